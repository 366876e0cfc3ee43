/**
 * A real Prometheus scrapes three agents: the demo's, one in which every name is hostile, and one with 100,000 users.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { node, project, REPOSITORY, type OtelLine } from '../support/installs';
import { startProgram, type RunningProgram } from '../support/run-program';
import { freePort } from '../../tools/stack/ports';
import { program as findProgram } from '../../tools/stack/programs';
import { startPrometheus, type Prometheus } from '../../tools/stack/prometheus';
import { component } from './support/component';

const PROGRAMS = join(REPOSITORY, 'test/real/programs');
const names = createRequire(__filename)(join(PROGRAMS, 'hostile-names.cjs')) as string[];
const USERS = 100_000;
/** Metrics with a label for the user. */
const CAPPED = ['mcp_tool_calls_total', 'mcp_tool_call_errors_total'];

/** What Prometheus adds, and what the exporter says of the instrumentation. */
const FOREIGN = /^(__name__|job|instance|otel_scope_.*)$/;

const GUIDE_LABELS = {
  mcp_tool_calls_total: ['agent_name', 'server_id', 'status', 'tool_name', 'user_id'],
  mcp_tool_call_duration_seconds_bucket: ['agent_name', 'le', 'server_id', 'status', 'tool_name'],
  mcp_tool_call_duration_seconds_count: ['agent_name', 'server_id', 'status', 'tool_name'],
  mcp_tool_call_duration_seconds_sum: ['agent_name', 'server_id', 'status', 'tool_name'],
  mcp_tool_call_errors_total: ['agent_name', 'error_type', 'server_id', 'tool_name', 'user_id'],
  mcp_active_connections: ['agent_name', 'server_id'],
};

/** Where an agent's OpenTelemetry comes from, and the Node that runs it. */
interface Line {
  title: string;
  otel: OtelLine;
  node: string;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** OpenTelemetry 3.x needs Node 22.15. */
const runsNewLine = major > 22 || (major === 22 && minor >= 15);

const LINES: Line[] = [
  { title: 'OpenTelemetry 2.x', otel: '2.x', node: process.versions.node },
  { title: 'OpenTelemetry 3.x', otel: '3.x', node: runsNewLine ? process.versions.node : '24.21.0' },
];

/** A program under the preload with a metrics page of its own; resolves once it says `ready` on stdout. */
async function startAgent(
  context: TestContext,
  line: Line,
  file: string,
  args: string[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(await project({ sdk: '1.32.2', otel: line.otel }), 'real-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(PROGRAMS, folder, { recursive: true });
  const port = await freePort();
  const program = startProgram(join(folder, file), {
    node: await node(line.node),
    preload: 'installed-require',
    cwd: folder,
    args,
    timeoutMs: 400_000,
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    },
  });
  endAfter(context, program);
  await said(program, /^ready$/m);
  return `127.0.0.1:${port}`;
}

async function startDemo(context: TestContext): Promise<string> {
  const demo = startProgram(join(REPOSITORY, 'examples/demo.mjs'), { args: ['--keep'], timeoutMs: 400_000 });
  context.after(async () => {
    demo.child.kill();
    await demo.result;
  });
  const [, address = ''] = await said(demo, /Metrics page: http:\/\/([\d.:]+)\/metrics/);
  return address;
}

function endAfter(context: TestContext, { child, result }: RunningProgram): void {
  context.after(async () => {
    child.stdin.end();
    await result;
  });
}

/** The first match on stdout. */
async function said(
  { child, result, commandLine }: RunningProgram,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  let text = '';
  child.stdout.on('data', (chunk: string) => (text += chunk));
  const ended = result.then((end) => {
    throw new Error(`ended before it said ${String(pattern)}: ${commandLine}\n${end.stdout}${end.stderr}`);
  });
  for (;;) {
    const match = pattern.exec(text);
    if (match !== null) return match;
    await Promise.race([once(child.stdout, 'data'), ended]);
  }
}

async function assertUp(prometheus: Prometheus): Promise<void> {
  const targets = await prometheus.scraped();
  const states = targets.map(({ labels, health, lastError }) => [labels['job'], health, lastError]);
  assert.deepEqual(states, [[targets[0]?.labels['job'], 'up', '']]);
  assert.equal(await prometheus.number('up'), 1);
}

/** The four guide metrics are there, and have exactly their labels. */
async function assertGuideMetrics(prometheus: Prometheus): Promise<void> {
  for (const [name, labels] of Object.entries(GUIDE_LABELS)) {
    const series = await prometheus.query(name);
    assert.notEqual(series.length, 0, `${name} is not there`);
    for (const { metric } of series) {
      const own = Object.keys(metric).filter((key) => !FOREIGN.test(key));
      assert.deepEqual(own.toSorted(), labels, name);
      assert.equal(metric['otel_scope_name'], 'opentelemetry-instrumentation-mcp');
    }
  }
}

const scraping = (target: string): object => ({
  global: { scrape_interval: '5s', scrape_timeout: '5s' },
  scrape_configs: [{ job_name: 'agent', static_configs: [{ targets: [target] }] }],
});

async function scrape(context: TestContext, start: () => Promise<string>): Promise<Prometheus | undefined> {
  const found = await component(context, () => findProgram('prometheus'));
  if (found === undefined) return undefined;
  const prometheus = await startPrometheus({ config: scraping(await start()), logLevel: 'warn' });
  context.after(() => prometheus.stop());
  return prometheus;
}

test('the demo: up, and the guide’s metrics with their labels', async (context) => {
  const prometheus = await scrape(context, () => startDemo(context));
  if (prometheus === undefined) return;
  await assertUp(prometheus);
  await assertGuideMetrics(prometheus);
  const calls = await prometheus.query('mcp_tool_calls_total');
  const users = new Set(calls.map(({ metric }) => metric['user_id']));
  assert.deepEqual(users, new Set(['alice', 'bob', 'carol', 'dave']));
});

for (const line of LINES) {
  test(`hostile tool names, users, agents and servers: up, and every value arrives as it was (${line.title})`, async (context) => {
    const prometheus = await scrape(context, () => startAgent(context, line, 'hostile-agent.cjs'));
    if (prometheus === undefined) return;
    await assertUp(prometheus);
    await assertGuideMetrics(prometheus);
    const calls = await prometheus.query('mcp_tool_calls_total');
    const expected = names.map((name) => name.toWellFormed());
    for (const label of ['tool_name', 'user_id', 'agent_name']) {
      const seen = new Set(calls.map(({ metric }) => metric[label]));
      for (const name of expected) {
        assert.ok(seen.has(name) || name.length > 1000, `${label} ${JSON.stringify(name)} is not there`);
      }
    }
    // Two servers, nothing forged, nothing lost.
    assert.equal(await prometheus.number('count(count by (server_id) (mcp_tool_calls_total))'), 2);
    assert.equal(await prometheus.number('sum(mcp_tool_calls_total)'), 2 * names.length);
    assert.deepEqual(await prometheus.query('mcp_forged_total'), []);
    assert.equal(prometheus.log, '');
  });

  test(`100,000 users: series stay under the cap, and every call is counted (${line.title})`, async (context) => {
    const prometheus = await scrape(context, () => {
      return startAgent(context, line, 'many-users-agent.cjs', [String(USERS)]);
    });
    if (prometheus === undefined) return;
    await assertUp(prometheus);
    await assertGuideMetrics(prometheus);
    for (const name of [
      ...CAPPED,
      'mcp_tool_call_duration_seconds_count',
      'mcp_client_operation_duration_count',
    ]) {
      const series = await prometheus.number(`count(${name})`);
      assert.ok(series > 100 && series <= 1500 + 2, `${name} has ${series} series`);
    }
    for (const name of CAPPED) {
      const users = await prometheus.number(`count(count by (user_id) (${name}))`);
      assert.ok(users > 50 && users <= 200 + 1, `${name} has ${users} users`);
    }
    assert.equal(await prometheus.number('sum(mcp_tool_calls_total)'), USERS);
    assert.equal(await prometheus.number('sum(mcp_tool_call_errors_total)'), Math.ceil(USERS / 3));
    assert.equal(await prometheus.number('sum(mcp_tool_call_duration_seconds_count)'), USERS);
    assert.ok((await prometheus.number('sum(mcp_tool_calls_total{user_id="__other__"})')) > USERS / 2);
    assert.ok((await prometheus.number('sum(mcpguard_labels_overflow_total{label="user_id"})')) > 0);
    // The SDK's own overflow series would have lost the labels.
    assert.deepEqual(await prometheus.query('{otel_metric_overflow="true"}'), []);
  });
}
