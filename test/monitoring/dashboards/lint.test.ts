/** The rules of Grafana's linter for dashboards; what departs from them is in a table, with the reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { DASHBOARD_NAMES, readDashboard } from '../../../tools/preview/dashboard-queries';
import { syntaxErrors } from './support/promql';
import { RULES, type Finding } from './support/rules';

interface Exception {
  readonly rule: string;
  readonly covers: (finding: Finding) => boolean;
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'template-instance-rule',
    covers: () => true,
    reason: 'an instance is one process of an agent: a fleet has thousands, most of them ended',
  },
  { rule: 'target-instance-rule', covers: () => true, reason: 'as above: there is no variable to match' },
  {
    rule: 'target-job-rule',
    covers: ({ what }) => what.startsWith('ALERTS{job=~"$job|"'),
    reason: 'an alert about something that is absent has no job, and is the last that should be left out',
  },
  {
    rule: 'target-job-rule',
    covers: ({ what }) => /^system_\w+\{job=~"mcp-\.\+"/.test(what),
    reason:
      'a host that a Collector measures is no agent: its job is the scrape job, whichever agents are chosen',
  },
  {
    rule: 'target-counter-agg-rule',
    covers: ({ what }) => /^(last_over_time|resets)\(\w+_total\)$/.test(what),
    reason:
      'increase() does not count the value that a series is born with: the growth here is the difference of two last values, and increase() where the counter was reset',
  },
];

const exceptionFor = (rule: string, finding: Finding): Exception | undefined =>
  EXCEPTIONS.find((exception) => exception.rule === rule && exception.covers(finding));

test('there are the 17 rules', () => assert.equal(Object.keys(RULES).length, 17));

for (const name of DASHBOARD_NAMES) {
  for (const [rule, check] of Object.entries(RULES)) {
    test(`mcp-${name}: ${rule}`, () => {
      const findings = check(readDashboard(name));
      assert.deepEqual(
        findings.filter((finding) => exceptionFor(rule, finding) === undefined),
        [],
      );
    });
  }
}

test('every exception is needed', () => {
  for (const exception of EXCEPTIONS) {
    const needed = DASHBOARD_NAMES.some((name) => {
      return RULES[exception.rule]?.(readDashboard(name)).some((finding) => exception.covers(finding));
    });
    assert.ok(needed, exception.rule);
  }
});

test('the rules find what is wrong', () => {
  const [name] = DASHBOARD_NAMES;
  const good = readDashboard(name);
  const chart = good.panels.find(({ type }) => type === 'timeseries');
  assert.ok(chart?.fieldConfig !== undefined);
  const query = (expr: string) => ({
    ...chart,
    targets: [{ refId: 'A', expr, datasource: { uid: 'mine' } }],
  });
  const broken = {
    ...good,
    editable: true,
    templating: { list: good.templating.list.filter((variable) => variable.name !== 'job') },
    panels: [
      query('sum(rate(mcp_tool_calls_total[5m])'),
      query('mcp_tool_calls_total{job=~"$job"}'),
      query('rate(mcp_tool_calls_total[5m])'),
      { ...chart, description: '', targets: [] },
      {
        ...chart,
        fieldConfig: {
          ...chart.fieldConfig,
          defaults: { ...chart.fieldConfig.defaults, unit: 'bogus_unit' },
        },
      },
    ],
  };
  const found = Object.entries(RULES).filter(([rule, check]) => {
    return check(broken).some((finding) => exceptionFor(rule, finding) === undefined);
  });
  assert.deepEqual(
    found.map(([rule]) => rule),
    [
      'template-job-rule',
      'panel-datasource-rule',
      'panel-title-description-rule',
      'panel-units-rule',
      'panel-no-targets-rule',
      'target-promql-rule',
      'target-rate-interval-rule',
      'target-job-rule',
      'target-counter-agg-rule',
      'uneditable-dashboard-rule',
    ],
  );
});

test('annotations parse', () => {
  for (const name of DASHBOARD_NAMES) {
    const { annotations } = readDashboard(name);
    const asked = annotations.list.flatMap(({ target }) => (target === undefined ? [] : [target.expr]));
    assert.notEqual(asked.length, 0);
    for (const expression of asked) assert.deepEqual(syntaxErrors(expression), []);
  }
});
