/**
 * What `policy diff --replay` says of a stricter policy is what happens under it: a real agent makes calls under one that
 * observes, the log of that is replayed, and then the same calls are made again, at the times of the log, under the
 * stricter one.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { AuditRecord } from '../../src/audit/schema';
import { loadPolicy } from '../../src/policy/load';
import type { Arrival } from '../../src/simulate/arrivals';
import { ArrivalCollector } from '../../src/simulate/arrivals';
import type { Replayed } from '../../src/simulate/replay';
import { Replay } from '../../src/simulate/replay';
import { replayDiff } from '../../src/simulate/replay-diff';
import type { Denied, PolicyBody, ScriptedCall } from './support';
import { arrivalsOf, matchOf, serverEntries, Workshop } from './support';

const SERVERS = {
  files: { match: matchOf('files') },
  crm: { match: matchOf('crm') },
  web: { match: matchOf('web') },
} as const;

/** The same on every run: mulberry32. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * sides);
  };
}

const TOOLS = ['read_file', 'write_file', 'search', 'export_all', 'fetch', 'slow_search', 'fail_now'];
const HIDDEN = 'a\u202eb';
const PATHS = ['notes/a.txt', '../../etc/passwd', '/srv/data/b.md', 'c.exe', '%2e%2e/%2e%2e/x'];
const URLS = ['https://example.org/', 'http://169.254.169.254/latest', 'https://internal.example/'];

function script(count: number, seed: number): ScriptedCall[] {
  const roll = dice(seed);
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!;
  return Array.from({ length: count }, (_, index): ScriptedCall => {
    const user = roll(12);
    const as = {
      userId: user === 0 ? undefined : `user-${user % 5}`,
      tenantId: pick(['acme', 'globex', undefined]),
      agentName: pick(['support-1', 'nightly-2', undefined]),
      roles: pick([['ops'], ['reader', 'ops'], ['reader'], undefined]),
      allowTools: roll(30) === 0 ? ['search'] : undefined,
    };
    const given = {
      path: roll(3) === 0 ? pick(PATHS) : undefined,
      url: roll(4) === 0 ? pick(URLS) : undefined,
      note: roll(10) === 0 ? HIDDEN : 'x'.repeat(roll(8) === 0 ? roll(4_000) : roll(40)),
      secret: roll(9) === 0 ? 'sk-abcdef0123' : undefined,
      answer: roll(12) === 0 ? HIDDEN : undefined,
      deep: roll(10) === 0 ? { a: { b: [{ c: 1 }] } } : undefined,
      many: roll(12) === 0 ? Array.from({ length: 120 }, () => 0.5) : undefined,
      odd: roll(6) === 0 ? 'é😀"\\\n\u0001'.repeat(roll(60)) : undefined,
    };
    const what =
      roll(12) === 0
        ? { resource: pick(['file:///srv/data/x.txt', 'file:///etc/shadow', 'memo://1']) }
        : { tool: pick(TOOLS), arguments: given };
    const idle = pick([0, 3, 40, 250, 900, 4_000, 30_000]);
    return {
      server: pick(['files', 'crm', 'web']),
      as,
      ...what,
      after: idle,
      together: index % 7 === 3 && idle === 0,
    };
  });
}

/** As somebody would say by `--server`. */
const transports = new Map(
  Object.entries(serverEntries).map(([name, { command, args }]) => [
    name,
    JSON.stringify([command, ...args]),
  ]),
);

/** What each of the calls met when it was made again under `policy`, at the time that the log says. */
async function madeAgain(
  workshop: Workshop,
  policy: string,
  calls: readonly ScriptedCall[],
  arrivals: readonly Arrival[],
): Promise<readonly Denied[]> {
  const again = calls.map(({ after: _, together: __, ...call }, index) => ({
    ...call,
    at: arrivals[index]!.at,
  }));
  return workshop.run(policy, again);
}

const shownWith =
  (arrivals: readonly Arrival[]) =>
  (denied: Denied, index: number): string =>
    `${index} at ${arrivals[index]?.at} ${denied === null ? 'allowed' : `${denied.guard} ${denied.rule ?? ''}`}`;

const METADATA: Readonly<Record<string, PolicyBody>> = {
  identity: { mode: 'enforce', servers: SERVERS, identity: { required: true } },
  servers: {
    mode: 'enforce',
    servers: { files: { ...SERVERS.files, action: 'deny' }, crm: SERVERS.crm, '*': { action: 'deny' } },
  },
  tools: {
    mode: 'enforce',
    servers: SERVERS,
    rules: [
      { id: 'read', allow: { server: 'files', tool: ['read_*', 'search'] } },
      { id: 'crm', allow: { server: 'crm', agent: 'support-*' } },
      { id: 'no-export', deny: { tool: 'export_*' }, reason: 'export_forbidden' },
      { id: 'ops', require: { role: 'ops', tool: ['write_*', 'fetch'] } },
      { id: 'acme', deny: { tenant: 'acme', server: 'web' }, mode: 'observe' },
      { id: 'res', deny: { resource: '*shadow*' } },
    ],
  },
  size: { mode: 'enforce', servers: SERVERS, limits: { size: { request_bytes: 900 } } },
  rate: {
    mode: 'enforce',
    servers: SERVERS,
    limits: {
      rate: [
        { id: 'per-user', per: ['user'], points: 4, window: '60s', burst: { points: 2, window: '1s' } },
        { id: 'per-tool', per: ['server', 'tool'], points: 9, window: '10m' },
        { id: 'tried', per: ['agent'], points: 3, window: '5s', mode: 'observe' },
      ],
    },
  },
  budget: {
    mode: 'enforce',
    servers: SERVERS,
    limits: {
      budget: [
        {
          id: 'hour',
          per: ['user'],
          points: 40,
          window: '1h',
          cost: { 'crm/search': 7, 'web/*': 2.5, '*': 1 },
        },
        { id: 'day', per: ['tenant', 'agent'], points: 30, window: 'day' },
        { id: 'ever', per: ['server'], points: 60, window: 'total', for: 'files/*', cost: { '*': 1 } },
      ],
    },
  },
  together: {
    mode: 'enforce',
    default: 'deny',
    servers: { ...SERVERS, '*': { action: 'deny' } },
    identity: { required: true, mode: 'observe' },
    rules: [
      { id: 'a', allow: { server: ['files', 'crm'] } },
      { id: 'b', deny: { server: 'crm', tool: 'fetch', role: 'ops' } },
    ],
    limits: {
      size: { request_bytes: 2_000 },
      rate: [{ id: 'q', per: ['user', 'tool'], points: 2, window: '30s' }],
      budget: [{ id: 'p', per: ['user'], points: 30, window: '1h', cost: { '*/search': 3, '*': 1 } }],
    },
  },
};

const FULL: Readonly<Record<string, PolicyBody>> = {
  paths: {
    mode: 'enforce',
    servers: {
      ...SERVERS,
      files: { ...SERVERS.files, filesystem: { enabled: true, root: '/srv/data', read_only: true } },
    },
    paths: { root: '/srv/data', extensions: ['.txt', '.md'], deny: ['**/shadow'] },
  },
  urls: { mode: 'enforce', servers: SERVERS, urls: { allow: ['*.org'], schemes: ['https', 'file', 'memo'] } },
  content: {
    mode: 'enforce',
    servers: SERVERS,
    content: { patterns: [{ id: 'keys', regex: 'sk-[a-z0-9]{8,}' }], in: ['arguments', 'results'] },
  },
  tenant: { mode: 'enforce', servers: SERVERS, identity: { bind_session: true } },
  size: {
    mode: 'enforce',
    servers: SERVERS,
    limits: { size: { request_bytes: 1_000, depth: 3, keys: 100 } },
  },
  'all of it': {
    mode: 'enforce',
    servers: SERVERS,
    identity: { required: true },
    rules: [{ id: 'no-export', deny: { tool: 'export_*' } }],
    paths: { root: '/srv/data' },
    urls: {},
    content: { hidden_characters: 'deny', patterns: [{ id: 'keys', regex: 'sk-[a-z0-9]{8,}' }] },
    limits: {
      size: { request_bytes: 1_500, depth: 3, keys: 100 },
      rate: [{ id: 'q', per: ['user', 'tool'], points: 3, window: '60s' }],
      budget: [{ id: 'p', per: ['tenant'], points: 50, window: '1h' }],
    },
    tools_pin: { file: './tools.lock.json', on_new: 'deny' },
  },
};

for (const [level, policies] of [
  ['metadata', METADATA],
  ['full', FULL],
] as const) {
  describe(`from a log with level ${level}`, () => {
    const workshop = new Workshop();
    const calls = script(260, level === 'full' ? 7 : 3);
    let observing: { readonly file: string; readonly audit: string };
    let arrivals: readonly Arrival[] = [];

    before(async () => {
      observing = workshop.policy({ mode: 'observe', servers: SERVERS, identity: { required: true } }, level);
      const { denied, begun } = await workshop.timed(observing.file, calls);
      assert.deepEqual(new Set(denied), new Set([null]), 'nothing is denied');
      arrivals = await arrivalsOf(observing.audit);
      assert.equal(arrivals.length, calls.length);
      assert.deepEqual(
        arrivals.map(({ target }) => target),
        calls.map(({ tool, resource }) => tool ?? resource),
        'in the order in which they were made',
      );
      // Most of them: what a busy machine does between the end of a call and its line, the log does not know.
      const apart = arrivals.map(({ at }, index) => Math.abs(at - begun[index]!)).toSorted((a, b) => a - b);
      const [usual, nearly] = [0.5, 0.9].map((part) => apart[Math.floor(part * apart.length)]!);
      assert.ok(
        usual! <= 1 && nearly! <= 10,
        `times of the log are ${usual} to ${nearly} ms from those of the calls`,
      );
    });
    after(() => workshop.remove());

    for (const [name, body] of Object.entries(policies)) {
      test(`${name}: what is predicted happens`, async () => {
        const stricter = workshop.policy(body, level);
        const predicted: Denied[] = [];
        const diff = replayDiff(loadPolicy(observing.file), loadPolicy(stricter.file), arrivals, {
          transports,
          each: ({ decided: { action, decisions } }) => {
            const blocking = decisions.find((decision) => decision.action === 'blocked');
            const { guard = '', rule } = blocking ?? {};
            predicted.push(action === 'blocked' ? { guard, ...(rule === undefined ? {} : { rule }) } : null);
          },
        });
        const happened = await madeAgain(workshop, stricter.file, calls, arrivals);
        assert.deepEqual(predicted.map(shownWith(arrivals)), happened.map(shownWith(arrivals)));
        const denied = happened.filter((one) => one !== null).length;
        assert.ok(denied > 5 && denied < calls.length, `${denied} of ${calls.length} denied`);
        assert.equal(diff.newly_denied.blocked, denied);
        assert.equal(diff.agreement.agreeing, diff.agreement.compared);
        assert.equal(diff.agreement.compared, calls.length);
      });
    }
  });
}

test('what guards found then holds where the log has no arguments and the policy says the same of them', async () => {
  const workshop = new Workshop();
  try {
    const calls = script(200, 11);
    const looking: PolicyBody = {
      servers: SERVERS,
      paths: { root: '/srv/data' },
      urls: {},
      content: { patterns: [{ id: 'keys', regex: 'sk-[a-z0-9]{8,}' }] },
      limits: { rate: [{ id: 'q', per: ['user'], points: 4, window: '60s' }] },
    };
    const observing = workshop.policy({ ...looking, mode: 'observe' });
    await workshop.run(observing.file, calls);
    const arrivals = await arrivalsOf(observing.audit);
    const strict = workshop.policy({
      ...looking,
      mode: 'enforce',
      urls: { mode: 'observe' },
      limits: { rate: [{ id: 'q', per: ['user'], points: 2, window: '60s' }] },
    });
    const predicted: Denied[] = [];
    const diff = replayDiff(loadPolicy(observing.file), loadPolicy(strict.file), arrivals, {
      each: ({ decided: { action, decisions } }) => {
        const { guard = '', rule } = decisions.find((decision) => decision.action === 'blocked') ?? {};
        predicted.push(action === 'blocked' ? { guard, ...(rule === undefined ? {} : { rule }) } : null);
      },
    });
    const happened = await madeAgain(workshop, strict.file, calls, arrivals);
    assert.deepEqual(predicted.map(shownWith(arrivals)), happened.map(shownWith(arrivals)));
    assert.deepEqual(diff.undecided, {});
    for (const guard of ['path_traversal', 'content', 'rate_limit']) {
      assert.ok(
        happened.some((denied) => denied?.guard === guard),
        guard,
      );
    }
    assert.equal(diff.agreement.agreeing, calls.length);

    const elsewhere = workshop.policy({
      ...looking,
      mode: 'observe',
      paths: { root: '/srv' },
      urls: { schemes: ['http'] },
    });
    const other = replayDiff(loadPolicy(observing.file), loadPolicy(elsewhere.file), arrivals);
    assert.ok(other.undecided.path_traversal! > 0 && other.undecided.url! > 0);
    // What nobody can tell is not said to be allowed.
    const allowed = other.newly_allowed.by_rule.map(({ guard }) => guard);
    assert.ok(!allowed.includes('path_traversal') && !allowed.includes('url'), allowed.join());
  } finally {
    workshop.remove();
  }
});

test('a breaker is foretold where servers fail in the same way again', async () => {
  const workshop = new Workshop();
  try {
    const calls = Array.from({ length: 80 }, (_, index): ScriptedCall => ({
      server: index % 2 === 0 ? 'crm' : 'files',
      tool: index % 2 === 0 ? 'fail_now' : ['search', 'fail_now'][(index % 3) % 2]!,
      after: [100, 700, 4_000][index % 3]!,
    }));
    const observing = workshop.policy({ mode: 'observe', servers: SERVERS });
    await workshop.run(observing.file, calls);
    const arrivals = await arrivalsOf(observing.audit);
    const breaker = { consecutive: 3, half_open_after: '10s', count: ['tool_error' as const] };
    const strict = workshop.policy({ mode: 'enforce', servers: SERVERS, breaker });
    const predicted: boolean[] = [];
    const each = ({ decided: { guard } }: Replayed): unknown => predicted.push(guard === 'circuit_breaker');
    replayDiff(loadPolicy(observing.file), loadPolicy(strict.file), arrivals, { each });
    const happened = await madeAgain(workshop, strict.file, calls, arrivals);
    const denied = happened.map((one) => one?.guard === 'circuit_breaker');
    const wrong = predicted.filter((one, index) => one !== denied[index]).length;
    // A call fails when it ends, and the clock of the second run stands still until the next one begins.
    assert.ok(wrong <= 2, `${wrong} of ${calls.length} otherwise`);
    assert.ok(denied.filter(Boolean).length > 10);
  } finally {
    workshop.remove();
  }
});

test('what servers ask of the agent is replayed too', () => {
  const workshop = new Workshop();
  try {
    const collector = new ArrivalCollector();
    for (const method of [
      'sampling/createMessage',
      'elicitation/create',
      'roots/list',
      'tools/list',
      'initialize',
    ]) {
      collector.add({
        event: 'mcp_request',
        method,
        server_id: 'crm',
        timestamp: '2026-01-01T00:00:00.000Z',
        latency_ms: 3,
        outcome: 'success',
      });
    }
    const { arrivals } = collector.all();
    assert.equal(arrivals.length, 3, 'lists and connections are none that guards decide about alone');
    const strict = workshop.policy({
      mode: 'enforce',
      servers: SERVERS,
      rules: [{ id: 'own', deny: { method: 'sampling/*' } }],
    });
    const replay = new Replay(loadPolicy(strict.file));
    assert.deepEqual(
      arrivals.map((arrival) => replay.next(arrival).decided.action),
      ['blocked', 'allowed', 'allowed'],
    );
  } finally {
    workshop.remove();
  }
});

test('tools that changed since they were looked at are denied as predicted, where the servers are said', async () => {
  const workshop = new Workshop();
  try {
    const calls = script(60, 5).filter(({ tool }) => tool !== undefined);
    const pin = (on_new: 'allow' | 'deny'): PolicyBody => ({
      mode: on_new === 'allow' ? 'observe' : 'enforce',
      servers: SERVERS,
      tools_pin: { file: './tools.lock.json', on_new },
    });
    const learning = workshop.policy(pin('allow'));
    await workshop.run(learning.file, calls);
    const lock = join(workshop.folder, 'tools.lock.json');
    const locked = JSON.parse(readFileSync(lock, 'utf8')) as {
      servers: Record<string, { name: string; tools: Record<string, string> }>;
    };
    for (const { name, tools } of Object.values(locked.servers)) {
      if (name === 'crm') tools['search'] = `sha256:${'0'.repeat(64)}`;
      if (name === 'web') delete tools['fetch'];
    }
    workshop.file('tools.lock.json', JSON.stringify(locked));
    const strict = workshop.policy(pin('deny'));
    const arrivals = await arrivalsOf(learning.audit);
    const predicted: boolean[] = [];
    const each = ({ decided: { action } }: Replayed): unknown => predicted.push(action === 'blocked');
    const { undecided } = replayDiff(loadPolicy(learning.file), loadPolicy(strict.file), arrivals, {
      transports,
      each,
    });
    assert.deepEqual(undecided, {});
    const happened = await madeAgain(workshop, strict.file, calls, arrivals);
    assert.deepEqual(
      predicted,
      happened.map((denied) => denied !== null),
    );
    const denied = calls.filter(
      ({ server, tool = '', as }) =>
        (server === 'crm' && tool === 'search') ||
        (server === 'web' && tool === 'fetch') ||
        as?.allowTools?.includes(tool) === false,
    );
    assert.equal(predicted.filter(Boolean).length, denied.length);
    assert.ok(denied.length > 0);
  } finally {
    workshop.remove();
  }
});

test('findings of the monitor and authentications change nothing of the calls that they name', () => {
  const call: AuditRecord = {
    event: 'mcp_tool_call',
    method: 'tools/call',
    target: 'search',
    call_id: 'boot-1',
    writer: 'host-1-a',
    server_id: 'crm',
    timestamp: '2026-01-01T00:00:05.000Z',
    latency_ms: 3_000,
    outcome: 'success',
  };
  const { latency_ms: _, outcome: __, ...named } = call;
  const others: AuditRecord[] = [
    { ...named, event: 'mcp_security_alert', timestamp: '2026-01-01T00:00:05.002Z' },
    {
      event: 'mcp_auth',
      method: 'http_401',
      server_id: 'crm',
      writer: 'host-1-a',
      success: false,
      timestamp: call.timestamp,
    },
  ];
  const [alone, among] = [[call], [call, ...others]].map((records) => {
    const collector = new ArrivalCollector();
    for (const record of records) collector.add(record);
    return collector.all();
  });
  assert.deepEqual(among, alone);
  assert.deepEqual(
    alone?.arrivals.map(({ outcome, at }) => [outcome, at]),
    [['success', Date.parse('2026-01-01T00:00:02.000Z')]],
  );
});
