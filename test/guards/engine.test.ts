/** How the guards of a policy decide together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { compilePolicy } from '../../src/guards/compile';
import type { Ruling } from '../../src/guards/ruling';
import { Engine } from '../../src/guards/engine';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, session, toolCall, type CallOptions } from './support/input';

type Input = Omit<PolicyInput, 'version' | 'id'>;

function compile(input: Input) {
  let now = 0;
  const { engine } = compilePolicy(policy(input), { clock: () => now, counters: counters() });
  return (options: CallOptions = {}): Ruling => {
    now = options.now ?? now;
    return engine.decide(toolCall({ ...options, now }));
  };
}

const shown = ({ decisions }: Ruling) =>
  decisions
    .filter(({ verdict }) => verdict !== 'allow')
    .map(({ guard, action, reason }) => [guard, action, reason]);

describe('rules', () => {
  const rules: Input['rules'] = [
    { id: 'readers', allow: { role: 'reader', server: 'crm', tool: ['read_*', 'list_*'] } },
    { id: 'ops', allow: { role: 'ops', server: 'crm', tool: '*' } },
    { id: 'no-delete', deny: { tool: 'delete_*' }, reason: 'read_only' },
    { id: 'night', require: { tool: 'export', role: 'auditor' } },
  ];
  const decide = compile({ mode: 'enforce', rules });
  const by = (role: string, tool: string) => decide({ tool, identity: { roles: [role] } });

  it('what is allowed may be called, and nothing else on a server that has an allow rule', () => {
    assert.equal(by('reader', 'read_file').denial, undefined);
    assert.deepEqual(shown(by('reader', 'write_file')), [['tool_allowlist', 'blocked', 'not_in_allowlist']]);
    assert.equal(decide({ server: 'other', tool: 'write_file' }).denial, undefined);
  });

  it('deny wins over allow, and so does require', () => {
    assert.deepEqual(shown(by('ops', 'delete_all')), [['tool_allowlist', 'blocked', 'read_only']]);
    assert.deepEqual(shown(by('ops', 'export')), [['tool_allowlist', 'blocked', 'required_by_rule']]);
    assert.equal(decide({ tool: 'export', identity: { roles: ['ops', 'auditor'] } }).denial, undefined);
  });

  it('a context narrows, and a role that is not there matches nothing', () => {
    const identity = { roles: ['ops'], allowTools: ['search'] };
    assert.equal(decide({ tool: 'search', identity }).denial, undefined);
    assert.deepEqual(shown(decide({ tool: 'export_all', identity })), [
      ['tool_allowlist', 'blocked', 'not_in_context'],
    ]);
    assert.equal(shown(decide({ tool: 'read_file' }))[0]?.[2], 'not_in_allowlist');
  });

  it('a rule may enforce under a policy that observes, and the other way round', () => {
    const mixed = compile({
      rules: [
        { id: 'a', deny: { tool: 'x' }, mode: 'enforce' },
        { id: 'b', deny: { tool: 'y' } },
      ],
    });
    assert.equal(mixed({ tool: 'x' }).denial?.rule, 'a');
    assert.deepEqual(shown(mixed({ tool: 'y' })), [['tool_allowlist', 'observed', 'denied_by_rule']]);
  });
});

describe('servers', () => {
  const servers: Input['servers'] = {
    fs: {
      match: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem*'] },
      filesystem: { enabled: true },
    },
    crm: { match: { url: 'https://*.example.com/mcp/*' } },
    '*': { action: 'deny' },
  };
  const { engine, servers: aliases } = compilePolicy(policy({ mode: 'enforce', servers }), {
    clock: () => 0,
    counters: counters(),
  });
  const alias = (identity: string) => aliases.of(session(identity));
  const denied = (identity: string) => {
    const one = session(identity);
    return engine.decideConnection(toolCall({ session: one, server: aliases.of(one) })).denial !== undefined;
  };

  it('are known by their transport', () => {
    assert.equal(alias('["npx","-y","@modelcontextprotocol/server-filesystem@1","/data"]'), 'fs');
    assert.equal(alias('["/usr/bin/npx","-y","@modelcontextprotocol/server-filesystem"]'), 'fs');
    assert.equal(alias('https://eu.example.com/mcp/v1?x=1'), 'crm');
  });

  it('whose host only looks like an allowed one are others', () => {
    for (const url of [
      'https://evil.com/.example.com/mcp/x',
      'https://eu.example.com.evil.com/mcp/x',
      'https://eu.example.com@evil.com/mcp/x',
      'http://eu.example.com/mcp/x',
      'https://eu.example.com/other',
    ]) {
      assert.equal(alias(url), '*', url);
      assert.equal(denied(url), true, url);
    }
  });

  it('of files are denied unless they are enabled', () => {
    const open = compilePolicy(policy({ mode: 'enforce' }), {
      clock: () => 0,
      counters: counters(),
    });
    const one = session('["npx","@modelcontextprotocol/server-filesystem","/"]');
    const { denial, decisions } = open.engine.decideConnection(toolCall({ session: one, server: undefined }));
    assert.equal(denial?.guard, 'server_allowlist');
    assert.equal(decisions[0]?.reason, 'filesystem_disabled');
    assert.equal(denied('["npx","-y","@modelcontextprotocol/server-filesystem","/data"]'), false);
  });
});

describe('guards that fail', () => {
  const broken = (
    name: 'tool_allowlist' | 'content',
    onError: 'open' | 'closed',
    mode: 'observe' | 'enforce',
  ) =>
    new Engine({
      pure: [
        {
          name,
          check() {
            throw new Error('broken');
          },
        },
      ],
      stateful: [],
      mode,
      onError: () => onError,
    }).decide(toolCall());

  it('are a decision of their own: blocked, observed or failed open', () => {
    assert.deepEqual(shown(broken('content', 'open', 'enforce')), [
      ['content', 'failed_open', 'guard_failed'],
    ]);
    assert.deepEqual(shown(broken('tool_allowlist', 'closed', 'observe')), [
      ['tool_allowlist', 'observed', 'guard_failed'],
    ]);
    const blocked = broken('tool_allowlist', 'closed', 'enforce');
    assert.deepEqual(shown(blocked), [['tool_allowlist', 'blocked', 'guard_failed']]);
    assert.equal(blocked.denial?.kind, 'guard_unavailable');
  });
});

describe('limits', () => {
  const limits: Input['limits'] = {
    rate: [{ id: 'r', per: ['user'], points: 2, window: '60s' }],
    budget: [{ id: 'b', per: ['user'], points: 10, window: '1d', cost: { 'crm/export': 5, '*': 1 } }],
  };

  it('are counted by key, and one tenant never counts against another', () => {
    const decide = compile({ mode: 'enforce', limits });
    const calls = (tenantId: string) =>
      [1, 2, 3].map(() => decide({ identity: { userId: 'u', tenantId } }).denial?.kind);
    assert.deepEqual(calls('a'), [undefined, undefined, 'rate_limited']);
    assert.deepEqual(calls('b'), [undefined, undefined, 'rate_limited']);
  });

  it('a call that is not sent is refunded, and a denied one has cost nothing', () => {
    const decide = compile({ mode: 'enforce', limits, rules: [{ id: 'd', deny: { tool: 'bad' } }] });
    for (let call = 0; call < 10; call += 1) decide({ tool: 'bad' });
    decide({}).refund();
    assert.equal(decide({}).denial, undefined);
    assert.equal(decide({}).denial, undefined);
    assert.equal(decide({}).denial?.guard, 'rate_limit');
  });

  it('a budget that is spent denies and gives the rate limit its point back', () => {
    const decide = compile({
      mode: 'enforce',
      limits: { ...limits, rate: [{ id: 'r', per: ['user'], points: 100, window: '60s' }] },
    });
    assert.equal(decide({ tool: 'export' }).denial, undefined);
    assert.equal(decide({ tool: 'export' }).denial, undefined);
    const spent = decide({ tool: 'export' });
    assert.equal(spent.denial?.kind, 'budget_exceeded');
    const rate = spent.decisions.find(({ guard }) => guard === 'rate_limit');
    assert.equal(rate?.remaining, 97);
    assert.equal(decide({ now: 1 }).decisions.find(({ guard }) => guard === 'rate_limit')?.remaining, 97);
  });

  it('a burst narrows the window', () => {
    const decide = compile({
      mode: 'enforce',
      limits: {
        rate: [{ id: 'r', per: ['user'], points: 5, window: '60s', burst: { points: 1, window: '1s' } }],
      },
    });
    assert.equal(decide({ now: 0 }).denial, undefined);
    assert.equal(shown(decide({ now: 500 }))[0]?.[2], 'burst_full');
    for (const now of [1_000, 2_000, 3_000, 4_000]) assert.equal(decide({ now }).denial, undefined);
    assert.equal(shown(decide({ now: 5_000 }))[0]?.[2], 'window_full');
  });
});

describe('the circuit breaker', () => {
  const breaker = { consecutive: 2, half_open_after: '30s' };

  it('opens after failures in a row, lets one call try, and closes when it succeeds', () => {
    const decide = compile({ mode: 'enforce', breaker });
    decide({ now: 0 }).settled('timeout');
    decide({ now: 1 }).settled('tool_error');
    decide({ now: 2 }).settled('timeout');
    decide({ now: 3 }).settled('connection_closed');
    const open = decide({ now: 4 });
    assert.deepEqual([open.denial?.kind, open.denial?.retryAfterMs], ['circuit_open', 29_999]);
    const trial = decide({ now: 30_003 });
    assert.equal(trial.denial, undefined);
    assert.equal(decide({ now: 30_004 }).denial?.kind, 'circuit_open');
    trial.settled(undefined);
    assert.equal(decide({ now: 30_005 }).denial, undefined);
  });

  it('a trial that fails opens it again, one that is called off says nothing', () => {
    const decide = compile({ mode: 'enforce', breaker });
    decide({ now: 0 }).settled('timeout');
    decide({ now: 0 }).settled('timeout');
    decide({ now: 30_000 }).settled('cancelled');
    decide({ now: 30_001 }).settled('timeout');
    assert.equal(decide({ now: 60_000 }).denial?.kind, 'circuit_open');
    assert.equal(decide({ now: 60_001 }).denial, undefined);
  });
});

describe('observe predicts enforce', () => {
  const arrival = fc.record({
    gap: fc.oneof(fc.nat(20), fc.nat(5_000), fc.nat(120_000)),
    user: fc.constantFrom('a', 'b', 'c'),
    tool: fc.constantFrom('search', 'export', 'delete_x'),
    outcome: fc.constantFrom(undefined, undefined, 'timeout', 'tool_error', 'cancelled'),
  });
  const input: Input = {
    rules: [{ id: 'd', deny: { tool: 'delete_*' } }],
    limits: {
      rate: [{ id: 'r', per: ['user'], points: 5, window: '60s', burst: { points: 2, window: '1s' } }],
      budget: [{ id: 'b', per: ['user', 'tool'], points: 30, window: '1h', cost: { '*/export': 7, '*': 1 } }],
    },
    breaker: { per: ['tool'], consecutive: 2, half_open_after: '10s' },
  };

  it('on random arrivals, breakers included: the outcome of a would-be-denied call feeds no state', () => {
    let arrivals = 0;
    let denials = 0;
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 20, maxLength: 120 }), (steps) => {
        const enforced = compile({ ...input, mode: 'enforce' });
        const observed = compile({ ...input, mode: 'observe' });
        let now = 0;
        for (const { gap, user, tool, outcome } of steps) {
          now += gap;
          const options = { now, tool, identity: { userId: user } };
          const real = enforced(options);
          const shadow = observed(options);
          const verdicts = ({ decisions }: Ruling) =>
            decisions.map(({ guard, verdict, reason, remaining }) => [guard, verdict, reason, remaining]);
          assert.deepEqual(verdicts(shadow), verdicts(real));
          assert.equal(shadow.denial, undefined);
          // What is blocked has no outcome; what is only observed has one.
          if (real.denial === undefined) real.settled(outcome);
          shadow.settled(outcome);
          arrivals += 1;
          if (real.denial !== undefined) denials += 1;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(arrivals > 10_000, `${arrivals} arrivals`);
    assert.ok(denials > arrivals / 20, `${denials} denials`);
  });
});
