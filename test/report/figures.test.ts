/** What a report counts, and what it does not count twice. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { loadPolicy } from '../../src/policy/load';
import { buildReport } from '../../src/report/build';
import {
  blocked,
  call,
  failed,
  HOUR,
  logOf,
  MINUTE,
  NOW,
  observed,
  reportOf,
  series,
  START,
  temporaryFolder,
} from './support';

/** The example of the monitoring guide. */
const GUIDE =
  '{"event": "mcp_tool_call", "tool_name": "read_file", "server_id": "filesystem", "user_id": "user123", "agent_name": "deploy_agent", "params_hash": "a1b2c3d4e5f6", "success": true, "latency_ms": 45.2, "timestamp": "2024-12-19T10:30:00Z"}';

describe('calls', () => {
  test('of the guide: its example line, with and without what its grep looks for', async (t) => {
    const report = await reportOf(t, [GUIDE, `MCP_AUDIT: ${GUIDE}`, '2024-12-19 10:30:00 INFO starting']);
    const { total_calls, successful, failed: failures, avg_latency_ms } = report.tool_call_stats;
    assert.deepEqual([total_calls, successful, failures, avg_latency_ms], [2, 2, 0, 45.2]);
    assert.equal(report.by_tool.rows[0]?.name, 'read_file');
    assert.equal(report.coverage.foreign_lines, 1);
    assert.deepEqual(report.alerts, []);
  });

  test('attempted = successful + failed + denied, latency over those not denied', async (t) => {
    const { tool_call_stats: stats } = await reportOf(t, [
      call({ latency_ms: 10 }),
      call({ latency_ms: 30 }),
      failed({ latency_ms: 50 }),
      blocked(),
    ]);
    const { total_calls, successful, failed: failures, denied, avg_latency_ms, max_latency_ms } = stats;
    assert.deepEqual([total_calls, successful, failures, denied], [4, 2, 1, 1]);
    assert.deepEqual([avg_latency_ms, max_latency_ms], [30, 50]);
    assert.deepEqual([stats.success_rate, stats.error_rate, stats.denial_rate], [0.666667, 0.333333, 0.25]);
  });

  test('that would have been denied have two lines and count once, as what they became', async (t) => {
    const report = await reportOf(t, [...observed(), ...observed({ user_id: 'bob' }), call()]);
    assert.equal(report.tool_call_stats.total_calls, 3);
    assert.equal(report.tool_call_stats.successful, 3);
    assert.equal(report.tool_call_stats.denied, 0);
    assert.deepEqual(report.would_be_denials, { count: 2, tool_calls: 2, rate: 0.666667 });
    assert.deepEqual(report.security_events.access_denied, { count: 2, blocked: 0, observed: 2 });
    assert.deepEqual(
      report.by_user.rows.map(({ name, total_calls, would_be_denied }) => [
        name,
        total_calls,
        would_be_denied,
      ]),
      [
        ['ann', 2, 1],
        ['bob', 1, 1],
      ],
    );
  });

  test('are not: other requests, refused servers, definitions taken out of a list, what an agent’s own guard reports', async (t) => {
    const { call_id: _, method: __, outcome: ___, ...reported } = blocked();
    const { outcome: ____, ...definition } = blocked({ method: 'tools/list', tool_name: 'tools/list' });
    const report = await reportOf(t, [
      call({ event: 'mcp_request', method: 'resources/read', tool_name: 'resources/read' }),
      failed({ event: 'mcp_request', method: 'resources/read', tool_name: 'resources/read' }),
      blocked({ method: 'initialize', tool_name: 'initialize' }),
      definition,
      reported,
      { ...definition, method: 'tools/call' },
    ]);
    assert.equal(report.tool_call_stats.total_calls, 0);
    assert.deepEqual(report.by_tool.rows, []);
    assert.deepEqual(report.security_events.access_denied, { count: 4, blocked: 4, observed: 0 });
    assert.deepEqual(report.other_requests, {
      total: 2,
      failed: 1,
      by_method: [{ name: 'resources/read', count: 2 }],
    });
    assert.equal(report.by_user.rows[0]?.other_denials, 3);
  });

  test('denied in a line of the guide, which has no method and no outcome', async (t) => {
    const line = { event: 'mcp_rate_limit', tool_name: 'a', user_id: 'u', success: false };
    const report = await reportOf(t, [{ ...line, timestamp: '2026-03-01T00:00:00Z' }]);
    assert.equal(report.tool_call_stats.denied, 1);
    assert.deepEqual(report.security_events.rate_limits, { count: 1, blocked: 1, observed: 0 });
    assert.deepEqual(report.denials, [
      { guard: 'rate_limit', rule: null, reason: null, blocked: 1, observed: 0 },
    ]);
  });

  test('of nobody are those of `unknown`', async (t) => {
    const report = await reportOf(t, [
      call({ user_id: null }),
      call({ user_id: undefined }),
      call({ user_id: '' }),
    ]);
    assert.deepEqual(
      report.by_user.rows.map(({ name, total_calls }) => [name, total_calls]),
      [['unknown', 3]],
    );
  });

  test('by error type; findings and authentication beside them', async (t) => {
    const report = await reportOf(t, [
      failed(),
      failed(),
      failed({ error_type: 'tool_error' }),
      call({ event: 'mcp_security_alert', rule: 'brute_force' }),
      call({ event: 'mcp_auth', method: 'http_401', success: false }),
      call({ event: 'mcp_auth', method: 'oauth_refresh' }),
    ]);
    assert.deepEqual(report.errors, [
      { name: 'timeout', count: 2 },
      { name: 'tool_error', count: 1 },
    ]);
    assert.deepEqual(
      report.findings.map(({ name, count, severity }) => [name, count, severity]),
      [['brute_force', 1, null]],
    );
    const { successful, failed: rejected } = report.authentication;
    assert.deepEqual([successful, rejected], [1, 1]);
    assert.equal(report.tool_call_stats.total_calls, 3);
  });
});

describe('names', () => {
  test('beyond the memory are counted together, and the report says so', async (t) => {
    const lines = Array.from({ length: 12_000 }, (_, index) => call({ user_id: `u${index}` }));
    const often = Array.from({ length: 600 }, (_, index) => call({ user_id: `often${index % 3}` }));
    const report = await reportOf(t, [...lines, ...often], { top: 3 });
    const { rows, folded, may_lack, further } = report.by_user;
    assert.deepEqual(
      rows.slice(0, 3).map(({ name, total_calls }) => [name, total_calls]),
      [
        ['often0', 200],
        ['often1', 200],
        ['often2', 200],
      ],
    );
    const other = rows.at(-1)!;
    assert.equal(other.name, '__other__');
    assert.ok(folded > 0 && may_lack >= 1 && other.total_calls === folded, JSON.stringify(report.by_user));
    assert.equal(600 + further + other.total_calls, 12_600, 'no call is lost');
    assert.equal(report.tool_call_stats.total_calls, 12_600);
  });

  test('that are like properties of an object are names', async (t) => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const lines = names.map((name) =>
      blocked({ user_id: name, tool_name: name, agent_name: name, server_id: name, guard: name, rule: name }),
    );
    const report = await reportOf(t, lines);
    for (const table of [report.by_tool, report.by_user, report.by_agent, report.by_server]) {
      assert.deepEqual(table.rows.map(({ name }) => name).toSorted(), names.toSorted());
    }
    assert.deepEqual(report.denials.map(({ guard }) => guard).toSorted(), names.toSorted());
    assert.deepEqual(report.series.points[0]?.denials.length, 4);
  });
});

describe('the period', () => {
  const lines = series(10, START, HOUR, call);

  test('begins with --since and ends before --until', async (t) => {
    const report = await reportOf(t, lines, { since: START + 2 * HOUR, until: new Date(START + 5 * HOUR) });
    assert.equal(report.tool_call_stats.total_calls, 3);
    assert.equal(report.coverage.outside_period, 7);
    assert.equal(report.coverage.first, '2026-03-01T02:00:00.000Z');
    assert.equal(report.coverage.last, '2026-03-01T04:00:00.000Z');
    assert.deepEqual(report.period, { since: '2026-03-01T02:00:00.000Z', until: '2026-03-01T05:00:00.000Z' });
  });

  test('decides which files are read, where their names say the day', async (t) => {
    const folder = temporaryFolder(t);
    const names = [
      'audit-20260227-h-1-0123abcd.jsonl',
      'audit-20260228-h-1-0123abcd.jsonl',
      'audit-20260301-h-1-0123abcd.jsonl',
      'audit-20260301-h-1-0123abcd-2.jsonl.gz',
      'audit-20260302-h-1-0123abcd.jsonl',
      'run.log',
    ];
    const text = JSON.stringify(call({ timestamp: '2026-03-01T12:00:00Z' }));
    for (const name of names) {
      writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text);
    }
    const read = async (since?: string, until?: string): Promise<string[]> => {
      const { coverage } = await buildReport([folder], {
        now: NOW,
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
      });
      assert.equal(coverage.skipped_files, names.length - coverage.file_count);
      return coverage.files.map((file) => basename(file));
    };
    assert.deepEqual((await read()).toSorted(), names.toSorted());
    assert.deepEqual(await read('2026-03-01T06:00:00Z', '2026-03-01T18:00:00Z'), [
      names[2],
      names[3],
      'run.log',
    ]);
    assert.deepEqual(
      await read('2026-03-01T00:00:00Z'),
      [...names.slice(1, 5), 'run.log'],
      'an hour of slack',
    );
    assert.deepEqual(await read(undefined, '2026-02-28T00:00:00Z'), [names[0], names[1], 'run.log']);
  });

  test('makes no sense when it is no time', async (t) => {
    await assert.rejects(reportOf(t, lines, { since: Number.NaN }), /since is no time/);
  });

  test('decides how long a bucket is: at most 180 of them', async (t) => {
    for (const [hours, seconds] of [
      [1, 60],
      [24, 900],
      [168, 3_600],
      [720, 21_600],
    ] as const) {
      const report = await reportOf(t, series(200, START - 800 * HOUR, (hours * HOUR) / 200, call), {
        now: NOW,
      });
      assert.equal(report.series.bucket_seconds, seconds, `${hours} h`);
      const [first, last] = [report.series.points[0]!, report.series.points.at(-1)!];
      assert.ok((Date.parse(last.time) - Date.parse(first.time)) / seconds / 1_000 < 180);
      const sum = report.series.points.reduce((all, point) => all + point.successful, 0);
      assert.equal(sum, 200, 'no call is lost when buckets are put together');
    }
  });
});

describe('suggested limits', () => {
  test('are twice the 99th percentile of a user’s calls of a tool in a minute', async (t) => {
    const usual = series(200, START, MINUTE, call);
    const burst = series(30, START + 300 * MINUTE, 1_000, (fields) => call({ ...fields, user_id: 'bob' }));
    const { suggested_limits } = await reportOf(t, [...usual, ...burst]);
    assert.deepEqual(suggested_limits, [
      {
        server_id: 'filesystem',
        tool_name: 'read_file',
        user_minutes: 201,
        p99_per_minute: 1,
        max_per_minute: 30,
        max_user: 'bob',
        suggested_points: 2,
        user_minutes_above: 1,
        current: null,
      },
    ]);
  });

  test('stand beside the strictest limit of the policy that counts by user', async (t) => {
    const file = join(temporaryFolder(t), 'policy.yaml');
    writeFileSync(
      file,
      `version: 1
id: p
limits:
  rate:
    - {id: wide, per: [user], points: 100, window: 60s}
    - {id: strict, per: [user, tool], for: ["filesystem/read_*"], points: 20, window: 2m}
    - {id: all, per: [server], points: 1, window: 60s}
report: {thresholds: {access_denied_per_hour: 0}}
`,
    );
    const policy = loadPolicy(file);
    const lines = [call(), call({ tool_name: 'write_file' }), blocked()];
    const report = await reportOf(t, lines, { policy, thresholds: { min_calls: 1 } });
    assert.deepEqual(
      report.suggested_limits.map(({ tool_name, current }) => [tool_name, current]),
      [
        ['read_file', { id: 'strict', points_per_minute: 10 }],
        ['write_file', { id: 'wide', points_per_minute: 100 }],
      ],
    );
    assert.deepEqual(
      [
        report.thresholds.access_denied_per_hour,
        report.thresholds.min_calls,
        report.thresholds.error_percent,
      ],
      [0, 1, 10],
    );
    assert.deepEqual(
      report.alerts.map(({ name }) => name),
      ['HighAccessDeniedRate'],
    );
  });
});

describe('inputs', () => {
  test('files, gzipped ones and standard input give the same report', async (t) => {
    const lines = [call(), failed(), blocked(), ...observed()];
    const file = logOf(t, lines);
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    writeFileSync(`${file}.gz`, gzipSync(text));
    const plain = await buildReport([file], { now: NOW });
    const zipped = await buildReport([`${file}.gz`], { now: NOW });
    const piped = await buildReport(['-'], { now: NOW, stdin: Readable.from([Buffer.from(text)]) });
    for (const report of [zipped, piped]) {
      const { files: _, bytes: __, ...coverage } = report.coverage;
      assert.deepEqual({ ...report, coverage: undefined }, { ...plain, coverage: undefined });
      assert.equal(coverage.records, 5);
    }
    const both = await buildReport([file, `${file}.gz`], { now: NOW });
    assert.equal(both.tool_call_stats.total_calls, 2 * plain.tool_call_stats.total_calls);
    assert.equal(both.coverage.file_count, 2);
  });

  test('that are not there, or are no gzip, are errors that name them', async (t) => {
    const file = join(temporaryFolder(t), 'a.jsonl.gz');
    await assert.rejects(buildReport([file]), /no audit log at .*a\.jsonl\.gz/);
    writeFileSync(file, 'this is no gzip');
    await assert.rejects(buildReport([file]), /cannot read .*a\.jsonl\.gz: incorrect header check/);
  });

  test('without a record make an empty report', async (t) => {
    const report = await reportOf(t, []);
    assert.deepEqual(
      report.objectives.map(({ is_met }) => is_met),
      [null, null, null],
    );
    assert.equal(report.tool_call_stats.avg_latency_ms, 0);
    assert.equal(report.tool_call_stats.p99_latency_ms, null);
    assert.equal(report.coverage.first, null);
    assert.equal(report.schema_version, 1);
  });
});
