/**
 * The shipped rules under promtool, the oldest and the newest: every alert has a case in which it fires and one in which it is
 * close to it and stays silent. Each case says which alerts fire at a time, all of them, beside the guide's own rules.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import type { Case } from './case';
import { DENIALS } from './cases/denials';
import { ERRORS } from './cases/errors';
import { FINDINGS } from './cases/findings';
import { GUARDS } from './cases/guards';
import { HOSTS } from './cases/hosts';
import { LOSSES } from './cases/losses';
import { SERVERS } from './cases/servers';
import { SILENCE } from './cases/silence';
import { THROUGHPUT, TRAFFIC } from './cases/traffic';
import { ABOUT, CONFIGURATION, OPTIONAL_FILES, promtool, RULE_FILES, runCases } from './promtool';

const FILES = [...RULE_FILES, ...OPTIONAL_FILES];

const TOPICS: Readonly<Record<string, readonly Case[]>> = {
  denials: DENIALS,
  'guards and audit': GUARDS,
  'findings and authentications': FINDINGS,
  hosts: HOSTS,
  'availability and throughput': [...TRAFFIC, ...THROUGHPUT],
  'errors and latency': ERRORS,
  'servers and stores': SERVERS,
  silence: SILENCE,
  losses: LOSSES,
};

for (const version of PROMETHEUS_VERSIONS) {
  test(`Prometheus ${version} accepts configuration and rules`, async (context) => {
    const config = await component(context, () =>
      promtool(version, 'check', 'config', join(CONFIGURATION, 'prometheus.yaml')),
    );
    if (config === undefined) return;
    assert.equal(config.code, 0, config.output);
    assert.match(config.output, /2 rule files found/);
    // What the comment says: its line taken in.
    const text = readFileSync(join(CONFIGURATION, 'prometheus.yaml'), 'utf8');
    const all = text.replace(/^( +)# (- rules\/optional\/.*)$/m, '$1$2');
    assert.notEqual(all, text);
    const { rule_files: taken } = parse(all) as { rule_files: string[] };
    assert.deepEqual(taken, ['rules/*.yaml', 'rules/optional/mcp-throughput.yaml']);
    assert.ok(OPTIONAL_FILES.includes(join(CONFIGURATION, taken[1] ?? '')));
    const rules = await promtool(version, 'check', 'rules', '--lint=all', '--lint-fatal', ...FILES);
    assert.equal(rules.code, 0, rules.output);
  });

  for (const [topic, cases] of Object.entries(TOPICS)) {
    test(`${topic}: ${cases.length} cases (${version})`, async (context) => {
      const result = await component(context, () => runCases(version, cases));
      if (result !== undefined) assert.equal(result.code, 0, result.output);
    });
  }

  test(`a case that expects something else fails (${version})`, async (context) => {
    const [first] = DENIALS;
    assert.ok(first !== undefined);
    const wrong = { ...first, fires: { '61m': [] } };
    const result = await component(context, () => runCases(version, [wrong]));
    if (result === undefined) return;
    assert.notEqual(result.code, 0);
    assert.match(result.output, /HighAccessDeniedRate/);
  });
}

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const read = (file: string): Rule[] =>
  (parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);

const RULE_LIST = FILES.flatMap(read);
const ALERTS = RULE_LIST.filter(({ alert }) => alert !== undefined);
const CASES = Object.values(TOPICS).flat();

/** The severities of an alert; where the rule names none, it is that of its series. */
const severitiesOf = ({ labels = {} }: Rule): string[] => {
  const { severity } = labels;
  return severity === undefined ? ['low', 'medium', 'high', 'critical'] : [severity];
};

test('every level of every alert fires in a case, and stays silent in one that is close to it', () => {
  const levels = ALERTS.flatMap((rule) =>
    severitiesOf(rule).map((severity) => ({ alert: rule.alert ?? '', severity })),
  );
  const missing = levels.flatMap(({ alert, severity }) => {
    const fires = CASES.some((one) =>
      Object.values(one.fires)
        .flat()
        .some((fired) => fired.alert === alert && fired.severity === severity),
    );
    const isSilent = CASES.some(({ silent = [] }) =>
      silent.some((name) => name === alert || name === `${alert}/${severity}`),
    );
    return [
      ...(fires ? [] : [`${alert} ${severity} never fires`]),
      ...(isSilent ? [] : [`${alert} ${severity} is never close`]),
    ];
  });
  assert.deepEqual(missing, []);
});

test('what a case calls silent does not fire in its last times, and exists', () => {
  const known = new Set(
    ALERTS.flatMap((rule) => [
      rule.alert ?? '',
      ...severitiesOf(rule).map((severity) => `${rule.alert}/${severity}`),
    ]),
  );
  for (const { title, silent = [], fires } of CASES) {
    const last = Object.values(fires).at(-1) ?? [];
    const firing = new Set(last.flatMap(({ alert, severity }) => [alert, `${alert}/${severity}`]));
    for (const name of silent) {
      assert.ok(known.has(name), `${title}: there is no ${name}`);
      assert.ok(!firing.has(name), `${title}: ${name} fires`);
    }
  }
});

test('every alert has texts that a case compares', () => {
  const compared = new Set(
    CASES.flatMap(({ fires }) => Object.values(fires).flat())
      .filter(({ texts }) => texts !== undefined)
      .map(({ alert }) => alert),
  );
  assert.deepEqual(
    [...new Set(ALERTS.map(({ alert = '' }) => alert))].filter((name) => !compared.has(name)),
    [],
  );
});

test('names, labels and annotations are as the contract says', () => {
  const guides = ['HighAccessDeniedRate', 'HighRateLimitHits', 'BudgetExceeded', 'HighErrorRate'];
  for (const { alert = '', labels = {}, annotations = {} } of ALERTS) {
    assert.ok(guides.includes(alert) || alert.startsWith('Mcp'), alert);
    // A finding’s severity is a label of its series.
    if (alert !== 'McpFinding') assert.match(labels['severity'] ?? '', /^(low|medium|high|critical)$/);
    else assert.equal(labels['severity'], undefined);
    assert.equal(labels['component'], 'mcp');
    assert.match(labels['alert_class'] ?? '', /^(security|reliability|pipeline)$/);
    assert.deepEqual(Object.keys(annotations), ['summary', 'description', 'runbook_url', 'dashboard']);
  }
  assert.deepEqual(
    [...new Set(ALERTS.map(({ alert = '' }) => alert))].toSorted(),
    Object.keys(ABOUT).toSorted(),
  );
});

test('the name of a record says which labels it has', () => {
  for (const { record, expr } of RULE_LIST) {
    if (record === undefined) continue;
    const [level = '', ...rest] = record.split(':');
    assert.equal(rest.length, 2, record);
    // The outermost aggregation, or that of the recorded series it is made of.
    const by = /by \(([^)]*)\)/.exec(expr)?.[1] ?? '';
    if (by !== '' && !record.includes(':p')) assert.equal(by.replaceAll(', ', '_'), level, record);
  }
});

test('a rule reads no record that is not recorded', () => {
  const recorded = new Set(RULE_LIST.map(({ record }) => record));
  for (const { expr, alert, record, annotations } of RULE_LIST) {
    const text = `${expr} ${annotations?.['description'] ?? ''}`;
    for (const [name] of text.matchAll(/\b[a-z_]+:[a-z_]+:[a-z0-9_]+/g)) {
      assert.ok(recorded.has(name), `${alert ?? record} reads ${name}`);
    }
  }
});
