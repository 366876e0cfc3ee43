/**
 * Every query of the dashboards and of the rules is asked of a real Prometheus, the oldest and the newest that are
 * supported, after real agents under a policy have done everything they can do: one scraped, one through the Collector.
 */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { prometheusLabel, prometheusNames } from '../../../tools/gen/prometheus-names';
import { HOST_SIGNALS } from '../../../tools/gen/promql/host-signals';
import { RECORDS } from '../../../tools/gen/promql/records';
import {
  ALL,
  ask,
  DASHBOARD_NAMES,
  legendOf,
  readDashboard,
  valuesOf,
  type Answer,
  type Choice,
  type DashboardJson,
  type PanelJson,
  type Range,
} from '../../../tools/preview/dashboard-queries';
import { AGENTS, JOBS, startSession, type Session } from '../../../tools/preview/session';
import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import type { Prometheus } from '../../../tools/stack/prometheus';
import { component } from '../../real/support/component';
import { EMPTY, reasonFor } from './support/empty';
import { linksOf, searchOf, tagsOf } from './support/links';
import { selectors } from './support/promql';

/** How long the agents go on after each kind of wish was made once, so that there are rates. */
const WORK_MS = 14_000;

const where = (dashboard: DashboardJson, { title }: PanelJson, { target }: Answer): string =>
  `${dashboard.uid} / ${title} / ${target.refId}`;

const placeholders = (legend: string): string[] =>
  [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);

/** Labels that the panel shows: as columns, as categories, as buckets, or in the legend. */
function shownLabels(panel: PanelJson, { target }: Answer): string[] {
  const organize = panel.transformations?.find(({ id }) => id === 'organize');
  if (organize === undefined) return placeholders(target.legendFormat ?? '');
  const columns = Object.keys(organize.options['indexByName'] as object);
  return columns.filter((name) => !name.startsWith('Value'));
}

const numbersOf = ({ series }: Answer): number[] =>
  series.flatMap(({ values }) => values.map(([, value]) => Number(value)));

function assertShape(panel: PanelJson, answer: Answer, at: string): void {
  const labels = shownLabels(panel, answer).toSorted();
  for (const { metric } of answer.series) assert.deepEqual(Object.keys(metric).toSorted(), labels, at);
  const numbers = numbersOf(answer).filter((value) => !Number.isNaN(value));
  assert.notEqual(numbers.length, 0, `${at}: only NaN`);
  assert.ok(
    numbers.every((value) => value >= 0),
    `${at}: below 0`,
  );
  if (panel.fieldConfig?.defaults.unit === 'percentunit')
    assert.ok(Math.max(...numbers) <= 1, `${at}: above 100 %`);
  if (panel.type === 'stat') assert.equal(answer.series.length, 1, at);
  if (answer.kind === 'range') {
    const points = answer.series.map(({ values }) => values.length);
    assert.ok(Math.max(...points) >= 2, `${at}: no line`);
  }
}

/** The column of a table has to say what it says: two series of one name are one line twice. */
function assertNames(panel: PanelJson, answers: readonly Answer[]): void {
  if (panel.type === 'table' || panel.type === 'barchart') return;
  const names = answers.flatMap(({ target, series }) => {
    return series.map(({ metric }) => legendOf(target.legendFormat ?? '', metric));
  });
  assert.equal(new Set(names).size, names.length, `${panel.title}: ${names.join(', ')}`);
}

/** Runs every query; what is wrong is collected, so that one failure does not hide the next. @returns where there was nothing */
async function askAll(
  prometheus: Prometheus,
  range: Range,
  choice: Choice,
  check: (panel: PanelJson, answer: Answer, at: string) => void,
): Promise<string[]> {
  const empty: string[] = [];
  const wrong: unknown[] = [];
  const collect = (assertion: () => void): void => {
    try {
      assertion();
    } catch (error) {
      wrong.push(error);
    }
  };
  for (const name of DASHBOARD_NAMES) {
    const dashboard = readDashboard(name);
    for (const panel of dashboard.panels) {
      const answers: Answer[] = [];
      for (const target of panel.targets ?? []) {
        const answer = await ask(prometheus, target, panel, range, choice);
        const at = where(dashboard, panel, answer);
        assert.doesNotMatch(answer.query, /\$[A-Za-z_{]/, `${at}: a variable is left`);
        if (answer.series.length === 0) empty.push(at);
        else collect(() => check(panel, answer, at));
        answers.push(answer);
      }
      collect(() => assertNames(panel, answers));
    }
  }
  if (wrong.length > 0) throw new AggregateError(wrong, wrong.map(String).join('\n'));
  return empty;
}

async function assertVariables(prometheus: Prometheus, range: Range): Promise<void> {
  for (const name of DASHBOARD_NAMES) {
    const { templating } = readDashboard(name);
    const values: Record<string, string[]> = {};
    for (const variable of templating.list) {
      if (variable.type !== 'query') continue;
      values[variable.name] = (await valuesOf(prometheus, variable, range)).toSorted();
    }
    const { server_id: servers = [], ...others } = values;
    const agents = Object.values(AGENTS).toSorted();
    assert.deepEqual(others, { job: Object.values(JOBS).toSorted(), agent_name: agents, service: agents });
    const [unnamed = '', ...aliases] = servers;
    assert.match(unnamed, /^@modelcontextprotocol\/server-everything/);
    assert.deepEqual(aliases, ['crm', 'files', 'reports', 'search']);
  }
}

async function assertAnnotations(prometheus: Prometheus, range: Range): Promise<void> {
  for (const name of DASHBOARD_NAMES) {
    for (const { name: title, target } of readDashboard(name).annotations.list) {
      if (target === undefined) continue;
      const { series } = await ask(prometheus, target, {}, range);
      if (title === 'Findings') {
        assertFindings(series.map(({ metric }) => metric));
        continue;
      }
      const seen = series.map(({ metric }) => [metric['job'], metric['policy'], metric['mode']].join(' '));
      // One agent's policy was changed.
      const scraped = `${JOBS.scraped} office-agents enforce`;
      assert.deepEqual(seen.toSorted(), [scraped, scraped, `${JOBS.sending} office-agents enforce`]);
      assert.equal(new Set(series.map(({ metric }) => metric['digest'])).size, 2);
    }
  }
}

/** The runtime guide's three rules and the flow, raised by either agent; of the detectors at least one. */
function assertFindings(found: readonly Readonly<Record<string, string>>[]): void {
  for (const job of Object.values(JOBS)) {
    const rules = new Map(
      found.filter((metric) => metric['job'] === job).map(({ rule = '', severity }) => [rule, severity]),
    );
    assert.equal(rules.get('brute_force'), 'high');
    assert.equal(rules.get('privilege_escalation'), 'critical');
    assert.equal(rules.get('unusual_data_access'), 'medium');
    assert.equal(rules.get('sensitive_flow'), 'high');
  }
}

interface RuleGroup {
  rules: {
    name: string;
    type: 'recording' | 'alerting';
    query: string;
    health: string;
    lastError?: string;
  }[];
}

/** What rules record is there, what alerts ask for is there; whether they fire is another test's. */
async function assertRules(prometheus: Prometheus): Promise<string[]> {
  const { groups } = await prometheus.get<{ groups: RuleGroup[] }>('rules');
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 20, `${rules.length} rules`);
  const empty = new Set<string>();
  for (const { name, type, query, health, lastError } of rules) {
    assert.equal(health, 'ok', `${name}: ${lastError}`);
    const asked = type === 'recording' ? [name] : selectors(query).map(({ text }) => text);
    for (const selector of asked) {
      const found = await prometheus.query(`count(last_over_time(${selector}[10m]))`);
      if (found.length === 0) empty.add(`rules / ${name} / ${selector}`);
    }
  }
  return [...empty];
}

/** What agents measure of their hosts, by the name that each way gives it. */
async function assertHostSignals(prometheus: Prometheus): Promise<void> {
  for (const signal of HOST_SIGNALS) {
    const { exporter, collector } = prometheusNames(signal);
    const suffix = signal.type === 'histogram' ? '_count' : '';
    for (const [job, name] of [
      [JOBS.scraped, exporter],
      [JOBS.sending, collector],
    ] as const) {
      const found = await prometheus.query(`last_over_time(${name}${suffix}{job="${job}"}[1m])`);
      assert.ok(found.length > 0, `${job} has no ${name}${suffix}`);
      const labels = signal.attributes.map((attribute) => prometheusLabel(attribute));
      for (const { metric } of found) {
        const own = Object.keys(metric).filter(
          (label) => !/^(__name__|job|instance|otel_scope_.*)$/.test(label),
        );
        assert.deepEqual(own.toSorted(), labels.toSorted(), name);
      }
    }
  }
}

/** One host for each who measures it, by its name or by the Collector's address; file systems by the Collector alone. */
async function assertHosts({ stack }: Session): Promise<void> {
  const { prometheus, collector } = stack;
  const address = new URL(collector.metricsUrl).host;
  const hosts = async (record: string): Promise<string[]> => {
    const samples = await prometheus.query(record);
    assert.ok(samples.every(({ value: [, share] }) => Number(share) >= 0 && Number(share) <= 1));
    return [...new Set(samples.map(({ metric }) => `${metric['job']} ${metric['host']}`))].toSorted();
  };
  const ofCollector = `mcp-collector-metrics ${address}`;
  const all = [...Object.values(JOBS).map((job) => `${job} ${hostname()}`), ofCollector].toSorted();
  assert.deepEqual(await hosts(RECORDS.hostCpu.name), all);
  assert.deepEqual(await hosts(RECORDS.hostMemory.name), all);
  assert.deepEqual(await hosts(RECORDS.hostDisk.name), [ofCollector]);
}

/** Growth is exact: since before the agents began it is what their counters say. */
async function assertCounts(prometheus: Prometheus, range: Range): Promise<void> {
  const overview = readDashboard('overview');
  const value = async (title: string): Promise<number> => {
    const panel = overview.panels.find((candidate) => candidate.title === title);
    const [target] = panel?.targets ?? [];
    assert.ok(panel !== undefined && target !== undefined);
    return Number((await ask(prometheus, target, panel, range)).series[0]?.values[0]?.[1]);
  };
  const now = async (expression: string): Promise<number> =>
    Number((await prometheus.query(expression, range.end))[0]?.value[1]);
  const calls = await now('sum(mcp_tool_calls_total)');
  assert.ok(calls > 200, `${calls} calls`);
  assert.equal(await value('Calls'), calls);
  const denied = await now('sum(mcp_tool_calls_total{status="denied"})');
  assert.equal(await value('Denial ratio'), denied / calls);
  const failed = await now('sum(mcp_tool_call_errors_total)');
  assert.equal(await value('Error ratio'), failed / (calls - denied));
  assert.equal(await value('Active connections'), await now('sum(mcp_active_connections)'));
}

/** What stands for the value under the pointer: of the calls that agents make, some are found by each. */
const POINTED_AT: Readonly<Record<string, readonly string[]>> = {
  'error.type': ['tool_error'],
  'gen_ai.agent.name': [AGENTS.sending],
  'gen_ai.tool.name': ['echo', 'get-sum', 'get-env'],
  'mcpguard.finding.rule': ['brute_force', 'privilege_escalation', 'unusual_data_access', 'sensitive_flow'],
  'mcpguard.finding.severity': ['critical', 'high', 'medium'],
  'mcpguard.guard': ['path_traversal'],
  'user.id': ['alice', 'bob'],
};

/** Every way to fill in what a link leaves open. */
function filledTags(tags: Readonly<Record<string, string>>): Record<string, string>[] {
  let all: Record<string, string>[] = [{}];
  for (const [name, value] of Object.entries(tags)) {
    const values = value.startsWith('${') ? (POINTED_AT[name] ?? []) : [value];
    all = all.flatMap((others) => values.map((filled) => ({ ...others, [name]: filled })));
  }
  return all;
}

/** What the links of all dashboards look for is in Jaeger. */
async function assertTraces({ stack }: Session): Promise<void> {
  const searches = DASHBOARD_NAMES.flatMap((name) => linksOf(readDashboard(name), '/explore?').map(searchOf));
  const different = new Map(
    searches.map((search) => [JSON.stringify([search.tags, search.minDuration]), search]),
  );
  assert.ok(different.size > 8);
  for (const [text, search] of different) {
    const counts: number[] = [];
    for (const tags of filledTags(tagsOf(search))) {
      const { minDuration } = search;
      const found = await stack.jaeger.traces({
        service: AGENTS.sending,
        tags,
        ...(minDuration !== undefined && { minDuration }),
      });
      counts.push(found.length);
    }
    assert.ok(Math.max(...counts) > 0, `no trace for ${text}`);
  }
}

for (const version of PROMETHEUS_VERSIONS) {
  test(`Prometheus ${version} answers every query of dashboards and rules`, async (context) => {
    const start = Date.now() / 1000;
    const session = await component(context, () =>
      startSession({ prometheus: version, pace: 150, incident: 5 }),
    );
    if (session === undefined) return;
    context.after(() => session.stop());
    const { prometheus } = session.stack;
    await pause(WORK_MS / 2);
    session.changePolicy();
    session.incident();
    await pause(WORK_MS);
    // What was scraped in the last second may not be there for every target.
    const range = { start, end: Date.now() / 1000 - 1, step: 1, barStep: 2, rateInterval: 5 };

    await assertCounts(prometheus, range);
    await assertHostSignals(prometheus);
    await assertHosts(session);
    await assertVariables(prometheus, range);
    await assertAnnotations(prometheus, range);
    const empty = [
      ...(await askAll(prometheus, range, ALL, assertShape)),
      ...(await assertRules(prometheus)),
    ];
    assert.deepEqual(
      empty.filter((at) => reasonFor(at) === undefined),
      [],
    );
    for (const { at } of EMPTY)
      assert.ok(
        empty.some((found) => at.test(found)),
        `is not empty: ${at.source}`,
      );

    // One of everything, several jobs: as Grafana writes them into a regular expression.
    const one = { job: `(${JOBS.scraped}|${JOBS.sending})`, server_id: 'search', agent_name: AGENTS.sending };
    await askAll(prometheus, range, one, (panel, answer, at) => {
      for (const { metric } of answer.series) {
        assert.equal(metric['server_id'] ?? 'search', 'search', at);
        assert.equal(metric['agent_name'] ?? AGENTS.sending, AGENTS.sending, at);
      }
      if (panel.type === 'stat') assert.equal(answer.series.length <= 1, true, at);
    });
    await assertTraces(session);
    const said = session.agents.map(({ log }) => log.replaceAll('ready\n', '')).join('');
    assert.equal(
      said,
      'opentelemetry-instrumentation-mcp: the policy office-agents has changed and is in force\n',
    );
  });
}
