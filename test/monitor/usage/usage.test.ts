/** Usage against lists that keep every call. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { UsageFigures, UsageQuantiles, UsageSnapshot } from '../../../src/monitor/usage/snapshot';
import { createUsage, DAY, HOUR, lineOf, randomOf, START, tell, type Call } from './support';

const MINUTE = 60_000;

interface Kept {
  readonly time: number;
  readonly outcome: string;
  readonly latency: number;
  readonly bytes: number;
  readonly params: string;
}

/** What the figures have to be. */
function naive(calls: readonly Kept[], now: number): Omit<UsageFigures, 'last_hour' | 'distinct_parameters'> {
  const of = (outcome: string): number => calls.filter((call) => call.outcome === outcome).length;
  const latencies = calls.filter(({ outcome }) => outcome !== 'denied').map(({ latency }) => latency);
  const total = latencies.reduce((sum, latency) => sum + latency, 0);
  const times = calls.map(({ time }) => time);
  assert.ok(now >= Math.max(...times));
  return {
    calls: calls.length,
    success: of('success'),
    failure: of('error'),
    denied: of('denied'),
    total_latency_ms: Math.round(total * 1_000) / 1_000,
    min_latency_ms: latencies.length === 0 ? null : Math.min(...latencies),
    mean_latency_ms: latencies.length === 0 ? null : Math.round((total / latencies.length) * 1_000) / 1_000,
    max_latency_ms: latencies.length === 0 ? null : Math.max(...latencies),
    request_bytes: calls.reduce((sum, { bytes }) => sum + bytes, 0),
    result_bytes: calls.reduce((sum, { bytes }) => sum + 3 * bytes, 0),
    first_used: new Date(Math.min(...times)).toISOString(),
    last_used: new Date(Math.max(...times)).toISOString(),
    hours: Array.from(
      { length: 24 },
      (_, hour) => times.filter((time) => new Date(time).getUTCHours() === hour).length,
    ),
  };
}

function assertNear(row: UsageFigures & Partial<UsageQuantiles>, calls: readonly Kept[], now: number): void {
  const { last_hour, distinct_parameters, p50_latency_ms, p95_latency_ms, p99_latency_ms, ...exact } = row;
  const {
    server_id: _s,
    tools: _m,
    tool_name: _t,
    user_id: _u,
    tenant_id: _n,
    ...figures
  } = exact as Record<string, unknown>;
  assert.deepEqual(figures, naive(calls, now));
  const within = (ms: number): number => calls.filter(({ time }) => time > now - ms).length;
  assert.ok(last_hour <= within(HOUR) && last_hour >= within(55 * MINUTE), 'calls of the last hour');
  const params = new Set(calls.map((call) => call.params)).size;
  assert.ok(
    params <= 16 ? distinct_parameters === params : Math.abs(distinct_parameters / params - 1) < 0.5,
    `${distinct_parameters} of ${params} different parameters`,
  );
  if (p50_latency_ms === undefined) return;
  const sorted = calls
    .filter(({ outcome }) => outcome !== 'denied')
    .map(({ latency }) => latency)
    .toSorted((a, b) => a - b);
  for (const [share, found] of [
    [0.5, p50_latency_ms],
    [0.95, p95_latency_ms!],
    [0.99, p99_latency_ms!],
  ] as const) {
    const value = sorted[Math.floor(share * (sorted.length - 1))];
    if (value === undefined) assert.equal(found, null);
    else assert.ok(Math.abs(found! / value - 1) <= 0.0201, `${found} for ${value} at ${share}`);
  }
}

interface Told {
  readonly snapshot: UsageSnapshot;
  readonly calls: ReadonlyMap<string, Kept[]>;
  readonly now: number;
}

/** Random calls of 12 users in two tenants, 7 tools of 3 servers, over three days; some come late. */
function tellRandomly(seed: number): Told {
  const random = randomOf(seed);
  const pick = (many: number): number => Math.floor(random() * many);
  const { usage } = createUsage();
  const calls = new Map<string, Kept[]>();
  let clock = START;
  let now = START;
  for (let call = 0; call < 3_000; call += 1) {
    clock += pick(2 * MINUTE);
    const isLate = call > 0 && call < 2_999 && random() < 0.1;
    const time = isLate ? Math.max(START, clock - pick(20 * MINUTE)) : clock;
    now = time;
    const user = `user-${pick(12)}`;
    const tenant = pick(2) === 0 ? 'acme' : undefined;
    const server = `server-${pick(3)}`;
    const tool = `tool-${pick(7)}`;
    const outcome = ['success', 'success', 'success', 'error', 'denied'][pick(5)]!;
    const kept: Kept = {
      time,
      outcome,
      latency: Math.round(1_000 * Math.exp(6 * random())) / 1_000,
      bytes: pick(5_000),
      params: `hmac-sha256:${pick(10 ** (1 + pick(3)))}`,
    };
    tell(usage, {
      time,
      fields: fieldsOf(kept, { user_id: user, tenant_id: tenant, server_id: server, tool_name: tool }),
    });
    for (const key of [
      server,
      `${server} ${tool}`,
      `${tenant} ${user}`,
      `${tenant} ${user} ${server} ${tool}`,
    ])
      calls.set(key, [...(calls.get(key) ?? []), kept]);
  }
  return { snapshot: usage.snapshot({ top: 1_000 }), calls, now };
}

function fieldsOf({ outcome, latency, bytes, params }: Kept, who: Call['fields']): Call['fields'] {
  const isDenied = outcome === 'denied';
  return {
    ...who,
    ...(isDenied
      ? { event: 'mcp_access_denied', action: 'blocked', latency_ms: 0 }
      : { latency_ms: latency }),
    success: outcome === 'success',
    outcome,
    params_hash: params,
    req_bytes: bytes,
    res_bytes: 3 * bytes,
  };
}

describe('usage', () => {
  test('is what a list of all calls says', () => {
    for (const seed of [1, 2, 3]) {
      const { snapshot, calls, now } = tellRandomly(seed);
      const { servers, tools, users, user_tools } = snapshot;
      const rows = [
        ...servers.rows.map((row) => [row.server_id, row] as const),
        ...tools.rows.map((row) => [`${row.server_id} ${row.tool_name}`, row] as const),
        ...users.rows.map((row) => [`${row.tenant_id} ${row.user_id}`, row] as const),
        ...user_tools.rows.map(
          (row) => [`${row.tenant_id} ${row.user_id} ${row.server_id} ${row.tool_name}`, row] as const,
        ),
      ];
      assert.equal(rows.length, calls.size);
      assert.equal(servers.known + tools.known + users.known + user_tools.known, calls.size);
      assert.equal(snapshot.timestamp, new Date(now).toISOString());
      for (const [key, row] of rows) assertNear(row, calls.get(key)!, now);
    }
  });

  test('shows those with the most calls first, and no more than asked for', () => {
    const { usage } = createUsage();
    for (let tool = 1; tool <= 30; tool += 1)
      for (let call = 0; call < tool; call += 1) tell(usage, { fields: { tool_name: `tool-${tool}` } });
    const { tools, user_tools, users } = usage.snapshot({ top: 3 });
    assert.equal(tools.known, 30);
    assert.deepEqual(
      tools.rows.map(({ tool_name, calls }) => [tool_name, calls]),
      [
        ['tool-30', 30],
        ['tool-29', 29],
        ['tool-28', 28],
      ],
    );
    assert.deepEqual(
      user_tools.rows.map(({ user_id, tool_name }) => [user_id, tool_name]),
      [
        ['ada', 'tool-30'],
        ['ada', 'tool-29'],
        ['ada', 'tool-28'],
      ],
    );
    assert.equal(users.rows.length, 1);
    assert.equal(usage.snapshot().tools.rows.length, 10);
  });

  test('of a server is that of its tools', () => {
    const { usage } = createUsage();
    for (const [server_id, tool_name, times] of [
      ['crm', 'search', 5],
      ['crm', 'read', 4],
      ['mail', 'send', 6],
      ['git', 'log', 1],
    ] as const) {
      for (let call = 0; call < times; call += 1)
        tell(usage, { fields: { server_id, tool_name, params_hash: `hmac-sha256:${call}` } });
    }
    const { servers } = usage.snapshot({ top: 2 });
    assert.equal(servers.known, 3);
    assert.deepEqual(
      servers.rows.map((row) => [row.server_id, row.tools, row.calls, row.distinct_parameters]),
      [
        ['crm', 2, 9, 5],
        ['mail', 1, 6, 6],
      ],
    );
  });

  test('is plain JSON, and empty before the first call', () => {
    const { usage } = createUsage();
    const nothing = { known: 0, rows: [] };
    assert.deepEqual(usage.snapshot(), {
      timestamp: null,
      servers: nothing,
      tools: nothing,
      users: nothing,
      user_tools: nothing,
    });
    tell(usage, {});
    const snapshot = usage.snapshot();
    assert.deepEqual(JSON.parse(JSON.stringify(snapshot)), snapshot);
  });

  test('counts a tool call once, whatever was observed of it, and nothing that is none', () => {
    const { usage } = createUsage();
    tell(usage, {
      fields: { event: 'mcp_access_denied', action: 'observed', outcome: undefined, success: false },
    });
    tell(usage, { fields: { action: 'observed', latency_ms: 6_000 } });
    tell(usage, { fields: { event: 'mcp_request', method: 'resources/read', tool_name: 'resources/read' } });
    tell(usage, {
      fields: { event: 'mcp_access_denied', method: 'resources/read', outcome: 'denied', action: 'blocked' },
    });
    tell(usage, { fields: { event: 'mcp_auth', method: 'http_401', success: false } });
    tell(usage, { fields: { event: 'mcp_security_alert', rule: 'brute_force' } });
    tell(usage, { fields: { event: 'audit_start' } });
    const { tools } = usage.snapshot();
    assert.deepEqual(
      tools.rows.map(({ calls, success, denied }) => ({ calls, success, denied })),
      [{ calls: 1, success: 1, denied: 0 }],
    );
  });

  test('takes lines of the monitoring guide', () => {
    const { usage } = createUsage();
    const guide = { method: undefined, action: undefined, outcome: undefined };
    tell(usage, { fields: { ...guide, success: true } });
    tell(usage, { fields: { ...guide, event: 'mcp_rate_limit', success: false, latency_ms: 0 } });
    const [row] = usage.snapshot().tools.rows;
    assert.deepEqual([row?.calls, row?.success, row?.denied, row?.min_latency_ms], [2, 1, 1, 12]);
  });
});

describe('usage of hostile lines', () => {
  test('leaves out what is no number', () => {
    const { usage } = createUsage();
    for (const latency_ms of [Number.NaN, Infinity, -1, '12', null, {}, 1e30])
      tell(usage, { fields: { latency_ms, req_bytes: latency_ms, res_bytes: latency_ms } });
    const [row] = usage.snapshot().tools.rows;
    assert.equal(row?.calls, 7);
    assert.deepEqual(
      [row.total_latency_ms, row.min_latency_ms, row.mean_latency_ms, row.p50_latency_ms, row.request_bytes],
      [0, null, null, null, 0],
    );
    tell(usage, { fields: { latency_ms: 0 } });
    assert.deepEqual(usage.snapshot().tools.rows[0]?.p99_latency_ms, 0);
  });

  test('cuts names, and takes what is no name as unknown', () => {
    const { usage } = createUsage();
    const long = 'x'.repeat(1_000_000);
    tell(usage, {
      fields: { tool_name: long, user_id: long, server_id: long, tenant_id: long, params_hash: long },
    });
    for (const name of [null, undefined, '', 7, {}, ['a']])
      tell(usage, {
        fields: { tool_name: name, user_id: name, server_id: name, tenant_id: name, params_hash: name },
      });
    const { tools, users } = usage.snapshot();
    assert.deepEqual(
      tools.rows.map((row) => [row.server_id.length, row.tool_name.length, row.calls]),
      [
        [7, 7, 6],
        [256, 256, 1],
      ],
    );
    assert.deepEqual(
      users.rows.map((row) => [row.user_id.length, row.tenant_id?.length]),
      [
        [7, undefined],
        [256, 256],
      ],
    );
  });

  test('keeps names apart that are those of objects, or hold a separator', () => {
    const { usage } = createUsage();
    const names = ['__proto__', 'constructor', 'toString', 'a\u0000b', '\ud800', '💥'];
    for (const name of names) tell(usage, { fields: { tool_name: name, user_id: name } });
    const { tools, users, user_tools } = usage.snapshot();
    for (const rows of [
      tools.rows.map((row) => row.tool_name),
      users.rows.map((row) => row.user_id),
      user_tools.rows.map((row) => row.tool_name),
    ])
      assert.deepEqual(new Set(rows), new Set(names));
  });

  test('survives any timestamp', () => {
    const { usage } = createUsage();
    for (const time of [0, -1, 8.64e15, -8.64e15, START, 1]) tell(usage, { time });
    const [row] = usage.snapshot().tools.rows;
    // The one of the year 275760 came too long after the first.
    assert.equal(row?.calls, 3);
    assert.equal(usage.snapshot().timestamp, '1970-01-01T00:00:00.001Z');
    assert.equal(
      row.hours.reduce((sum, calls) => sum + calls, 0),
      3,
    );
    tell(usage, { time: START + 1 });
    assert.equal(usage.snapshot().tools.rows[0]?.last_hour, 1);
  });
});

describe('the bounds of usage', () => {
  test('forget the key that is unused for longest, and count that', () => {
    const { usage, evictions } = createUsage(10);
    for (let user = 0; user < 25; user += 1) {
      tell(usage, { time: START + user, fields: { user_id: 'always' } });
      tell(usage, { time: START + user, fields: { user_id: `user-${user}` } });
    }
    const { tools, users, user_tools } = usage.snapshot({ top: 100 });
    assert.deepEqual([tools.known, users.known, user_tools.known], [1, 10, 10]);
    assert.deepEqual(evictions, { usage_user: 16, usage_user_tool: 16 });
    const expected = ['always', ...Array.from({ length: 9 }, (_, place) => `user-${place + 16}`)];
    assert.deepEqual(users.rows.map((row) => row.user_id).toSorted(), expected.toSorted());
    assert.deepEqual(user_tools.rows.map((row) => row.user_id).toSorted(), expected.toSorted());
    assert.equal(users.rows[0]?.calls, 25);
    assert.ok(users.rows.slice(1).every(({ calls, hours }) => calls === 1 && hours[8] === 1));
  });

  test('forget a key that was not used for too long, and do not count that', () => {
    const { usage, evictions } = createUsage(2, DAY);
    tell(usage, { fields: { user_id: 'ada' } });
    tell(usage, { time: START + DAY, fields: { user_id: 'bob' } });
    assert.equal(usage.snapshot().users.known, 2);
    tell(usage, { time: START + DAY + 1, fields: { user_id: 'bob' } });
    assert.deepEqual(
      usage.snapshot().users.rows.map(({ user_id }) => user_id),
      ['bob'],
    );
    tell(usage, { time: START + DAY + 2, fields: { user_id: 'eve' } });
    assert.deepEqual(evictions, {});
    tell(usage, { time: START + DAY + 3, fields: { user_id: 'ada' } });
    assert.deepEqual(evictions, { usage_user: 1, usage_user_tool: 1 });
    assert.equal(usage.snapshot().users.rows.find(({ user_id }) => user_id === 'ada')?.calls, 1);
    const [tool] = usage.snapshot().tools.rows;
    assert.equal(tool?.calls, 5);
  });

  test('count anew what comes back after that', () => {
    const { usage } = createUsage(10, DAY);
    tell(usage, { fields: { latency_ms: 900, params_hash: 'a' } });
    tell(usage, { time: START + 2 * DAY, fields: { params_hash: 'b' } });
    const { tools, users, user_tools } = usage.snapshot();
    for (const row of [tools.rows[0]!, users.rows[0]!, user_tools.rows[0]!])
      assert.deepEqual([row.calls, row.max_latency_ms, row.distinct_parameters], [1, 12, 1]);
  });
});

describe('usage that is saved', () => {
  test('is the same when it was restored, and goes on', () => {
    const random = randomOf(5);
    const { usage } = createUsage(20);
    const { usage: restored } = createUsage(20);
    const call = (number: number): Call => ({
      time: START + number * MINUTE,
      fields: {
        user_id: `user-${Math.floor(random() * 30)}`,
        tool_name: `tool-${Math.floor(random() * 25)}`,
        latency_ms: Math.exp(7 * random()),
        params_hash: `hmac-sha256:${Math.floor(random() * 200)}`,
      },
    });
    for (let number = 0; number < 2_000; number += 1) tell(usage, call(number));
    restored.restore(JSON.parse(JSON.stringify([...usage.save()])) as unknown[]);
    assert.deepEqual(restored.snapshot({ top: 100 }), usage.snapshot({ top: 100 }));
    for (let number = 2_000; number < 2_500; number += 1) {
      const next = call(number);
      tell(usage, next);
      tell(restored, next);
    }
    assert.deepEqual(restored.snapshot({ top: 100 }), usage.snapshot({ top: 100 }));
  });

  test('may change while it is saved', () => {
    const { usage } = createUsage(50);
    for (let user = 0; user < 50; user += 1)
      tell(usage, { fields: { user_id: `a${user}`, tool_name: `a${user}` } });
    const saved: unknown[] = [];
    let number = 0;
    for (const row of usage.save()) {
      saved.push(JSON.parse(JSON.stringify(row)));
      tell(usage, { fields: { user_id: `b${number}`, tool_name: `b${number}` } });
      number += 1;
    }
    const { usage: restored } = createUsage(50);
    restored.restore(saved);
    for (const row of restored.snapshot({ top: 100 }).user_tools.rows) {
      assert.equal(row.calls, 1);
      assert.equal(row.user_id, row.tool_name);
    }
  });

  test('takes what is of use of anything', () => {
    const { usage } = createUsage();
    tell(usage, {});
    const rows = JSON.parse(JSON.stringify([...usage.save()])) as unknown[][];
    const junk: unknown[] = [
      null,
      7,
      'text',
      [],
      ['tool'],
      ['tool', 'a\u0000b'],
      ['tool', 'a\u0000b', [[1, 2]]],
      ['user', 7, rows[1]![2]],
      ['user', 'a\u0000b', [[Number.NaN]]],
      ['pair', [9, 9], rows[2]![2]],
      ['pair', ['0', -1], rows[2]![2]],
      ['pair', null, null],
      ['now', -5],
      ['now', 'x'],
      ['later', 1, 2],
    ];
    const { usage: restored } = createUsage();
    restored.restore([...rows, ...junk]);
    assert.deepEqual(restored.snapshot(), usage.snapshot());
  });

  test('does not grow beyond the bounds of now', () => {
    const { usage } = createUsage(100);
    for (let user = 0; user < 100; user += 1)
      tell(usage, { time: START + user, fields: { user_id: `user-${user}` } });
    const { usage: restored, evictions } = createUsage(10);
    restored.restore([...usage.save()]);
    const { users } = restored.snapshot({ top: 100 });
    assert.deepEqual(
      users.rows.map(({ user_id }) => user_id).toSorted(),
      Array.from({ length: 10 }, (_, place) => `user-${place + 90}`),
    );
    assert.deepEqual(evictions, { usage_user: 90, usage_user_tool: 90 });
  });
});

test('a line gives one call of usage, slow or tagged as it is', () => {
  const { usage } = createUsage();
  tell(usage, { fields: { latency_ms: 9_000 } });
  assert.equal(lineOf({}).event, 'mcp_tool_call');
  assert.equal(usage.snapshot().tools.rows[0]?.calls, 1);
});
