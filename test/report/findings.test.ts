/** What the runtime monitor has found, and authentications, in the report. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { renderMarkdown } from '../../src/report/markdown';
import { renderText } from '../../src/report/text';
import { alert, call, HOUR, MINUTE, reportOf, series, START } from './support';

const auth = (fields: Parameters<typeof call>[0] = {}) =>
  call({ event: 'mcp_auth', method: 'http_401', success: false, server_id: 'crm', ...fields });

const admin = (fields: Parameters<typeof call>[0] = {}) =>
  alert(
    { rule: 'privilege_escalation', severity: 'critical', description: 'three denied admin calls' },
    fields,
  );

describe('findings', () => {
  test('are counted by rule and severity, the worst first, and are no calls', async (t) => {
    const report = await reportOf(t, [
      call(),
      ...series(3, START, HOUR, (fields) => alert({}, fields)),
      admin({ timestamp: new Date(START + MINUTE).toISOString() }),
      alert({ rule: 'latency', severity: 'low', category: 'anomaly', score: 0.7 }),
      alert({ rule: 'latency', severity: 'medium', category: 'anomaly', score: 0.9 }),
    ]);
    const at = (ms: number): string => new Date(START + ms).toISOString();
    assert.deepEqual(report.findings, [
      { name: 'privilege_escalation', severity: 'critical', count: 1, first: at(MINUTE), last: at(MINUTE) },
      { name: 'brute_force', severity: 'high', count: 3, first: at(0), last: at(2 * HOUR) },
      { name: 'latency', severity: 'medium', count: 1, first: at(0), last: at(0) },
      { name: 'latency', severity: 'low', count: 1, first: at(0), last: at(0) },
    ]);
    assert.deepEqual(report.findings_by_severity, { low: 1, medium: 1, high: 3, critical: 1 });
    assert.equal(report.tool_call_stats.total_calls, 1);
    assert.deepEqual(
      report.by_user.rows.map(({ total_calls }) => total_calls),
      [1],
    );
    assert.equal(report.security_events.access_denied.count, 0);
  });

  test('the worst are told, of those the latest, with who and what to do', async (t) => {
    const report = await reportOf(
      t,
      [
        ...series(4, START, HOUR, (fields) => alert({}, fields)),
        admin({ user_id: 'mallory', trace_id: 'ab' }),
      ],
      { top: 2 },
    );
    assert.deepEqual(report.worst_findings, [
      {
        time: new Date(START).toISOString(),
        rule: 'privilege_escalation',
        severity: 'critical',
        score: 1,
        description: 'three denied admin calls',
        recommended_action: 'Revoke the tokens.',
        user_id: 'mallory',
        agent_name: 'deploy_agent',
        server_id: 'filesystem',
        tool_name: 'read_file',
        trace_id: 'ab',
      },
      { ...report.worst_findings[1]!, rule: 'brute_force', time: new Date(START + 3 * HOUR).toISOString() },
    ]);
  });

  test('are alerts of their severity, named as the alert rule', async (t) => {
    const report = await reportOf(t, [alert(), alert(), alert({ severity: 'low', rule: 'latency' })]);
    assert.deepEqual(
      report.alerts.map(({ name, severity, value }) => [name, severity, value]),
      [
        ['McpFinding', 'high', 2],
        ['McpFinding', 'low', 1],
      ],
    );
    assert.match(
      report.alerts[0]!.message,
      /^the monitor found brute_force 2 times, last at 2026-03-01 00:00 UTC$/,
    );
    assert.match(report.alerts[1]!.message, /^the monitor found latency once, at 2026/);
  });

  test('of lines of other programs tell nothing that is not there', async (t) => {
    const hostile = [
      { finding: 7 },
      { finding: null },
      { finding: { severity: 'worst', score: 'high', rule: ['a'], description: {} } },
      {
        finding: {
          rule: 'x'.repeat(100_000),
          severity: 'high',
          score: 1e9,
          description: 'y'.repeat(100_000),
        },
      },
    ];
    const report = await reportOf(
      t,
      hostile.map((fields) => ({ ...alert(), ...fields })),
    );
    assert.deepEqual(
      report.findings.map(({ count, severity }) => [severity, count]),
      [
        ['high', 1],
        [null, 3],
      ],
    );
    const [first] = report.worst_findings;
    assert.ok(first !== undefined && first.description.length <= 500 && first.rule.length <= 500);
    assert.equal(first.score, null);
    assert.equal(report.alerts.length, 1, 'without a severity there is none');
    assert.ok(renderText(report).includes('The worst findings:'));
  });

  test('of many rules are kept in bounded memory, and none is lost', async (t) => {
    const lines = Array.from({ length: 3_000 }, (_, index) => alert({ rule: `rule-${index}` }));
    const report = await reportOf(t, lines, { top: 5_000 });
    assert.ok(report.findings.length <= 201);
    assert.equal(report.findings_by_severity.high, 3_000);
    assert.equal(report.worst_findings.length, 1_000);
  });

  test('stand in every form, on one line, and hide nothing', async (t) => {
    const report = await reportOf(t, [alert({ description: 'a\u202Eb | `c` <b> http://x.example\nd' })]);
    const [text, markdown] = [renderText(report), renderMarkdown(report)];
    assert.match(
      text,
      /^ {2}2026-03-01 00:00 UTC {2}high .* a\[U\+202E\]b \| `c` <b> http:\/\/x\.example\[U\+000A\]d – Revoke/m,
    );
    assert.match(
      markdown,
      /^\| 2026-03-01 00:00 UTC \| high \| .* `a\[U\+202E\]b \\\| \[U\+0060\]c\[U\+0060\] <b> http:\/\/x\.example\[U\+000A\]d – Revoke the tokens\.` \|$/m,
    );
  });
});

test('authentications are counted by outcome, server and how, and are no calls', async (t) => {
  const report = await reportOf(t, [
    auth(),
    auth(),
    auth({ method: 'oauth_refresh', success: true }),
    auth({ method: 'oauth_authorize', success: true, server_id: 'git' }),
  ]);
  assert.deepEqual(report.authentication, {
    successful: 2,
    failed: 2,
    by_server: [
      { server_id: 'crm', method: 'http_401', successful: 0, failed: 2 },
      { server_id: 'crm', method: 'oauth_refresh', successful: 1, failed: 0 },
      { server_id: 'git', method: 'oauth_authorize', successful: 1, failed: 0 },
    ],
  });
  assert.equal(report.tool_call_stats.total_calls, 0);
  assert.deepEqual(report.by_server.rows, []);
  assert.match(
    renderText(report),
    /^Authentications:\n {2}Server +How +Successful +Failed\n {2}crm +http_401 +0 +2$/m,
  );
});
