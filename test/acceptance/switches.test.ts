/**
 * Switching telemetry off leaves every denial and every audit line in place; what switches guards off, or keeps them on, is
 * the policy and `MCP_GUARD_*` alone.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { join } from 'node:path';

import type { AuditRecord } from '../../src/audit/schema';
import { REPOSITORY } from '../support/installs';
import {
  callsTo,
  runGuarded,
  type GuardedRun,
  type Policy,
  type Setup,
  type Step,
} from './support/guarded-run';
import { PROGRAMS, SIDES } from './support/nine-cases';

const [V1, V2] = SIDES;
assert.ok(V1 && V2);

const preloading = (program: string): readonly string[] => [
  '--require',
  join(REPOSITORY, 'test/acceptance/programs', program),
];

const SWITCHES: Readonly<Record<string, Pick<Setup, 'env'> & { nodeArgs?: readonly string[] }>> = {
  'OTEL_SDK_DISABLED=true': { env: { OTEL_SDK_DISABLED: 'true' } },
  'OTEL_MCP_SDK=off': { env: { OTEL_MCP_SDK: 'off' } },
  'OTEL_NODE_DISABLED_INSTRUMENTATIONS=mcp': { env: { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'mcp' } },
  'sampler always_off': { env: { OTEL_TRACES_SAMPLER: 'always_off', OTEL_METRICS_EXPORTER: 'none' } },
  'disable() in code': { nodeArgs: preloading('disabled.cjs') },
  'ignoreMethods in code': { nodeArgs: preloading('ignoring.cjs') },
};

const POLICY: Policy = {
  mode: 'enforce',
  servers: { denied: { match: { command: 'node', args: ['*tee.cjs', '*server-denied'] }, action: 'deny' } },
  rules: [{ id: 'only-echo', allow: { tool: 'echo' } }],
  limits: { budget: [{ id: 'two', per: ['user'], points: 2, window: 'total' }] },
};

const stepsFor = (textArgument: string): Step[] => [
  { call: 'echo', arguments: { [textArgument]: 'one' } },
  { call: 'whoami', arguments: {} },
  { call: 'echo', arguments: { [textArgument]: 'two' } },
  { call: 'echo', arguments: { [textArgument]: 'three' } },
  { server: 'denied', call: 'echo', arguments: { [textArgument]: 'four' } },
];

function setupFor(side: (typeof SIDES)[number]): Setup {
  const { agent, echo, textArgument } = side;
  return { agent, servers: { main: echo, denied: echo }, steps: stepsFor(textArgument), policy: POLICY };
}

/** What two logs of the same calls must agree on. */
const essence = ({
  event,
  action,
  method,
  target,
  guard,
  reason,
  success,
  decisions,
}: AuditRecord): unknown => [event, action, method, target, guard, reason, success, decisions];

/** A denial's text and fields; a result says what the server answered. */
const seenBy = ({ connected, outcomes }: GuardedRun): unknown => [connected, outcomes];

for (const side of [V1, V2]) {
  describe(`telemetry switched off: ${side.name}`, { concurrency: 2 }, () => {
    let traced: GuardedRun;
    before(async () => {
      traced = await runGuarded(setupFor(side));
      assert.equal(callsTo(traced.servers['main']).length, 2);
      assert.deepEqual(
        traced.outcomes.map(({ thrown, unconnected }) => thrown?.kind ?? unconnected),
        [undefined, 'access_denied', undefined, 'budget_exceeded', true],
      );
      assert.ok(traced.spans.length > 0);
    });

    for (const [name, { env, nodeArgs }] of Object.entries(SWITCHES)) {
      // Nothing of the switches knows the SDK's version: two of them show that for v2.
      if (side === V2 && !/OTEL_SDK_DISABLED|disable\(\)/.test(name)) continue;
      test(name, async () => {
        const setup = setupFor(side);
        const agent = nodeArgs === undefined ? setup.agent : { ...setup.agent, nodeArgs };
        const run = await runGuarded({ ...setup, agent, ...(env === undefined ? {} : { env }) });
        assert.deepEqual(seenBy(run), seenBy(traced), 'what the agent saw');
        assert.deepEqual(callsTo(run.servers['main']), callsTo(traced.servers['main']));
        assert.equal(run.servers['denied']?.starts, 0, 'the denied server was not started');
        assert.deepEqual(run.audit.map(essence), traced.audit.map(essence), 'the audit log');
        const calls = run.spans.filter((span) => span.name.startsWith('tools/call'));
        assert.deepEqual(calls, [], 'telemetry is off');
        const sent = run.servers['main']?.in.filter((line) => line.includes('"traceparent":"00-')) ?? [];
        if (name !== 'sampler always_off')
          assert.deepEqual(
            sent.filter((line) => line.includes('tools/call')),
            [],
          );
      });
    }
  });
}

describe('switches of the guards', { concurrency: 2 }, () => {
  const { agent, echo } = V1;
  const guardedSteps: Step[] = [
    { call: 'echo', arguments: { message: 'one' } },
    { call: 'get-sum', arguments: { a: 1, b: 2 } },
    { list: true },
  ];
  const base: Setup = { agent, servers: { main: echo }, steps: guardedSteps, policy: undefined };
  const UNAVAILABLE = ['McpGuardUnavailableError', 'MCP_GUARD_UNAVAILABLE', 'guard_unavailable', 'policy'];

  const REQUIRED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'no policy at all': {},
    'a policy that is not there': { MCP_GUARD_POLICY: join(PROGRAMS, 'no-such-policy.yaml') },
    'a file that is no policy': { MCP_GUARD_POLICY: join(PROGRAMS, 'echo-server-v1.cjs') },
  };
  for (const [name, env] of Object.entries(REQUIRED)) {
    test(`MCP_GUARD_REQUIRED, ${name}: every guarded call is denied`, async () => {
      const run = await runGuarded({ ...base, env: { ...env, MCP_GUARD_REQUIRED: 'true' } });
      for (const { thrown } of run.outcomes.slice(0, 2)) {
        const { name: error, code, kind, guard } = thrown ?? {};
        assert.deepEqual([error, code, kind, guard], UNAVAILABLE);
      }
      assert.ok(run.outcomes[2]?.result, 'what is not guarded goes on');
      assert.deepEqual(callsTo(run.servers['main']), []);
      assert.match(run.program.stderr, /every guarded call is denied/);
    });
  }
  test('a policy that is not there, and MCP_GUARD_REQUIRED is not set: nothing is guarded', async () => {
    const run = await runGuarded({ ...base, env: REQUIRED['a policy that is not there'] ?? {} });
    assert.ok(run.outcomes.every(({ result }) => result !== undefined));
    assert.equal(callsTo(run.servers['main']).length, 2);
    assert.deepEqual(run.audit, []);
    assert.match(run.program.stderr, /no guard is in force/);
  });

  const rules: Policy = { rules: [{ id: 'only-echo', allow: { tool: 'echo' } }] };
  const MODES = [
    ['enforce', 'observe', 1],
    ['enforce', 'off', 1],
    ['observe', 'enforce', 1],
    ['enforce', 'enforce', 0],
    ['enforce', 'no such mode', 0],
  ] as const;
  for (const [mode, lowered, arrived] of MODES) {
    test(`mode ${mode} and MCP_GUARD_MODE=${lowered}`, async () => {
      const run = await runGuarded({ ...base, policy: { ...rules, mode }, env: { MCP_GUARD_MODE: lowered } });
      assert.equal(run.outcomes[1]?.thrown?.code, arrived === 1 ? undefined : 'MCP_GUARD_DENIED');
      assert.equal(callsTo(run.servers['main']).filter(([tool]) => tool === 'get-sum').length, arrived);
      const denials = run.audit.filter((line) => line.event === 'mcp_access_denied');
      const action = arrived === 1 ? 'observed' : 'blocked';
      assert.deepEqual(
        denials.map((line) => line.action),
        lowered === 'off' ? [] : [action],
      );
    });
  }
});
