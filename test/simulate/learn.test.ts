/** `policy learn`: what is learned is valid, observes, and denies none of the calls that it was learned from. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import fc from 'fast-check';

import type { AuditRecord } from '../../src/audit/schema';
import type { LoadedPolicy } from '../../src/policy/load';
import { loadPolicy } from '../../src/policy/load';
import { ArrivalCollector } from '../../src/simulate/arrivals';
import { learnedPolicy } from '../../src/simulate/learn';
import { observedUse } from '../../src/simulate/observed-use';
import { Replay } from '../../src/simulate/replay';
import { policyCommand } from './cli';
import type { PolicyFile, ScriptedCall } from './support';
import { matchOf, Workshop } from './support';

const workshop = new Workshop();
after(() => workshop.remove());

const START = Date.parse('2026-03-01T22:00:00Z');

type Call = Partial<Omit<AuditRecord, 'timestamp'>> & { readonly at?: number };

function learned(
  calls: readonly Call[],
  recorded?: LoadedPolicy,
): { text: string; policy: LoadedPolicy; denied: string[] } {
  const collector = new ArrivalCollector();
  for (const [index, { at = index * 1_000, ...call }] of calls.entries()) {
    collector.add({
      event: 'mcp_tool_call',
      method: 'tools/call',
      call_id: `boot-${index.toString(36)}`,
      writer: 'host-1-a',
      server_id: 'https://a.example',
      outcome: 'success',
      latency_ms: 0,
      req_bytes: 2,
      ...call,
      timestamp: new Date(START + at).toISOString(),
    });
  }
  const { arrivals } = collector.all();
  const text = learnedPolicy(observedUse(arrivals), { recorded });
  const policy = loadPolicy(workshop.file('learned.yaml', text));
  const replay = new Replay(policy, { recorded });
  const denied = arrivals.flatMap((arrival) => {
    const { decided } = replay.next(arrival);
    return decided.verdict === 'allow'
      ? []
      : [`${arrival.serverId} ${arrival.target}: ${decided.guard} ${decided.reason}`];
  });
  return { text, policy, denied };
}

describe('from calls that are written down', () => {
  test('servers, tools by agent, and limits are those that were seen', () => {
    const calls: Call[] = Array.from({ length: 60 }, (_, index) => ({
      target: index % 2 === 0 ? 'search' : 'export',
      agent_name: index % 2 === 0 ? 'support' : 'nightly',
      user_id: 'ann',
      req_bytes: 100_000,
      at: index * 500,
    }));
    const { policy, denied } = learned([
      ...calls,
      { server_id: '@scope/server-x#2', target: 'go', user_id: 'bob', agent_name: 'support' },
    ]);
    assert.deepEqual(denied, []);
    const { identity, limits, mode, rules, servers } = policy.policy;
    assert.equal(mode, 'observe');
    assert.equal(identity!.required, true);
    assert.deepEqual(Object.keys(servers), ['a.example', 'server-x', '*']);
    assert.deepEqual(servers['server-x']!.match, { command: 'npx', args: ['-y', '@scope/server-x*'] });
    assert.equal(servers['*']!.action, 'deny');
    assert.deepEqual(
      rules.map(({ allow }) => allow),
      [
        { agent: 'support', server: 'a.example', tool: 'search' },
        { agent: 'nightly', server: 'a.example', tool: 'export' },
        { agent: 'support', server: 'server-x', tool: 'go' },
      ],
    );
    // 30 calls of ann to each tool in a minute, one of bob; 60 in a day.
    assert.deepEqual(
      limits!.rate.map(({ for: scope, per, points }) => [scope, per, points]),
      [
        [undefined, ['user', 'tool'], 60],
        ['server-x/go', ['user'], 2],
      ],
    );
    assert.deepEqual(
      limits!.budget.map(({ points, window }) => [points, window]),
      [[120, 'day']],
    );
    assert.equal(limits!.size!.request_bytes, 262_144);
  });

  test('what was not seen would be denied', () => {
    const { policy } = learned([{ target: 'search', user_id: 'ann' }]);
    const replay = new Replay(policy);
    const other = (call: Call): string | undefined => {
      const collector = new ArrivalCollector();
      const record = {
        event: 'mcp_tool_call',
        method: 'tools/call',
        server_id: 'https://a.example',
        user_id: 'ann',
        ...call,
      };
      collector.add({ ...record, timestamp: new Date(START).toISOString() } as AuditRecord);
      return replay.next(collector.all().arrivals[0]!).decided.guard;
    };
    assert.equal(other({ target: 'search' }), undefined);
    assert.equal(other({ target: 'other' }), 'tool_allowlist');
    assert.equal(other({ target: 'search', user_id: null }), 'identity');
    assert.equal(other({ target: 'search', server_id: 'https://b.example' }), 'server_allowlist');
  });

  test('one outlier in a hundred windows does not double the limit, and is not denied either', () => {
    const usual: Call[] = Array.from({ length: 300 }, (_, index) => ({
      target: 't',
      user_id: `u${index}`,
      at: index * 61_000,
    }));
    const burst: Call[] = Array.from({ length: 9 }, () => ({ target: 't', user_id: 'u0', at: 300 * 61_000 }));
    const { policy, denied } = learned([...usual, ...burst]);
    assert.deepEqual(denied, []);
    assert.equal(policy.policy.limits!.rate[0]!.points, 9);
  });

  test('calls that were denied are not learned, those that would have been are, and both are said', () => {
    const { text, policy } = learned([
      { target: 'a', user_id: 'ann' },
      { target: 'b', user_id: 'ann', action: 'observed' },
      { target: 'c', user_id: 'ann', action: 'blocked', outcome: 'denied' },
    ]);
    assert.match(text, /would have denied 1 of these calls/);
    assert.match(text, /1 further calls were denied/);
    assert.deepEqual(policy.policy.rules[0]!.allow!.tool, ['a', 'b']);
  });

  test('whatever the names are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.constantFrom(
        'true',
        'null',
        '*',
        '- a',
        '#x',
        "'",
        '"',
        '{a}',
        '[b]',
        'a: b',
        'x\ny',
        '\u202e',
        '12',
        '~',
        '!tag',
        '&a',
        '__proto__',
      ),
    );
    const server = fc.oneof(
      name,
      fc.constantFrom(
        'https://a.example',
        'http://127.0.0.1:8080',
        'wss://b.example',
        'npx',
        'server.js',
        'server.js#2',
        'x.py',
        '@a/b',
        '@a/b#3',
        'inmemory',
        'unknown',
        '@modelcontextprotocol/server-filesystem',
      ),
    );
    const call = fc.record({
      target: name,
      server_id: server,
      user_id: fc.option(name),
      agent_name: fc.option(name),
      tenant_id: fc.option(name, { nil: undefined }),
      method: fc.constantFrom('tools/call', 'resources/read', 'prompts/get', 'sampling/createMessage'),
      req_bytes: fc.nat(1_000_000),
      at: fc.nat(200_000),
    });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 40 }), (calls) => {
        const sorted = calls.toSorted((a, b) => a.at - b.at);
        const { policy, denied } = learned(
          sorted.map((one) =>
            one.method === 'sampling/createMessage' ? { ...one, target: undefined } : one,
          ) as Call[],
        );
        assert.deepEqual(denied, []);
        assert.equal(policy.policy.mode, 'observe');
      }),
      { numRuns: 150 },
    );
  });
});

describe('from the log of an agent', () => {
  const servers = {
    files: { match: matchOf('files') },
    crm: { match: matchOf('crm') },
    web: { match: matchOf('web') },
  };
  const calls: ScriptedCall[] = Array.from({ length: 60 }, (_, index) => ({
    server: ['files', 'crm', 'web'][index % 3]!,
    as: { userId: `u${index % 4}` },
    ...(index % 5 === 0
      ? { resource: `memo://${index}` }
      : { tool: ['read_file', 'search'][index % 2]!, arguments: { index } }),
    after: 300,
  }));
  let observing: PolicyFile;

  before(async () => {
    observing = workshop.policy({ mode: 'observe', servers });
    await workshop.run(observing.file, calls);
  });

  test('what is learned, put in force, denies none of the same calls', async () => {
    const out = join(workshop.folder, 'learned-of-agent.yaml');
    const { stdout, stderr } = await policyCommand([
      'learn',
      observing.audit,
      '--policy',
      observing.file,
      '--out',
      out,
    ]);
    assert.match(stdout, /^written to /);
    assert.match(stderr, /run over the 60 calls of the log that were made, it would deny 0/);
    const enforced = readFileSync(out, 'utf8').replace('mode: observe', 'mode: enforce');
    const happened = await workshop.run(workshop.file('enforced.yaml', enforced), calls);
    assert.deepEqual(new Set(happened), new Set([null]));
    const further = await workshop.run(join(workshop.folder, 'enforced.yaml'), [
      { server: 'crm', as: { userId: 'u1' }, tool: 'export_all' },
      { server: 'crm', tool: 'search' },
    ]);
    assert.deepEqual(
      further.map((denied) => denied?.guard),
      ['tool_allowlist', 'identity'],
    );
    await policyCommand(['learn', observing.audit, '--out', out], { code: 1 });
  });

  test('goes to standard output, and can come from standard input', async () => {
    const { stdout } = await policyCommand(['learn', observing.audit, '--id', 'mine']);
    assert.match(stdout, /^id: mine$/m);
    assert.match(stdout, /^# Every call had a user\.$/m);
  });

  test('a log without calls is exit code 1, one that is not there 3, none at all 64', async () => {
    await policyCommand(['learn', workshop.file('empty.log', 'nothing\n')], { code: 1 });
    await policyCommand(['learn', join(workshop.folder, 'none')], { code: 3 });
    await policyCommand(['learn'], { code: 64 });
    assert.ok(!existsSync(join(workshop.folder, 'none')));
  });
});
