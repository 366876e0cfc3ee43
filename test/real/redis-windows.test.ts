/** Limits in a real Redis decide as those in memory do. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import * as fc from 'fast-check';

import type { Decision } from '../../src/core/call';
import { compilePolicy } from '../../src/guards/compile';
import type { Limit } from '../../src/guards/limit';
import { RedisStore } from '../../src/guards/redis-store';
import type { Ruling } from '../../src/guards/ruling';
import type { Asked } from '../../src/guards/shared-limits';
import { WindowStore } from '../../src/guards/window-store';
import { counters, policy, toolCall } from '../guards/support/input';
import { windowSuite, type Counting } from '../guards/support/window-suite';
import { component } from './support/component';
import { startRedis, type Redis } from './support/redis';

let redis: Redis | undefined;
const stores: RedisStore[] = [];
let failures = 0;

let now = 0;

/** A store in whose keys nothing is; time is what the test says. */
function fresh(): RedisStore {
  const settings = {
    url: redis?.url ?? '',
    keyPrefix: `test-${stores.length}`,
    timeoutMs: 10_000,
    onError: 'closed',
  } as const;
  const file = createRequire(__filename).resolve('ioredis');
  const storeFailed = (): void => void (failures += 1);
  const store = new RedisStore(settings, { file, storeFailed, clock: () => now });
  stores.push(store);
  return store;
}

/** One connection for all runs: each has a counter of its own. */
let store: RedisStore | undefined;
let runs = 0;

function inRedis(): Counting {
  store ??= fresh();
  const shared = store;
  const run = (runs += 1);
  return {
    async take(one, at) {
      const charges = [{ ...one, counter: `${one.counter}|${run}` }] as const;
      const limit: Limit = { name: 'rate_limit', id: 'l', charges: () => charges };
      const asked: Asked = { limit, mode: 'enforce', charges };
      const taking = shared.take([asked], at, true);
      const answer = (await taking.answers)?.[0];
      assert.ok(answer !== undefined, 'Redis has answered');
      // Commands of one connection are in order: a later question finds it done.
      return { ...answer, refund: () => taking.refund(asked) };
    },
  };
}

function inMemory(): Counting {
  const windows = new WindowStore({ maxKeys: 10 }, () => {});
  return { take: async (one, at) => windows.take(one, at) };
}

const arrival = fc.record({
  gap: fc.oneof(fc.nat(20), fc.nat(5_000), fc.nat(120_000)),
  user: fc.constantFrom('a', 'b', 'c'),
  tool: fc.constantFrom('search', 'export', 'delete_x'),
  isSent: fc.constantFrom(true, true, true, false),
});

const verdicts = (decisions: readonly Decision[]) =>
  decisions.map(({ guard, rule, verdict, action, mode, reason, remaining, retryAfterMs }) => [
    guard,
    rule,
    verdict,
    action,
    mode,
    reason,
    remaining,
    retryAfterMs,
  ]);

test('limits in Redis', async (context) => {
  redis = await component(context, startRedis);
  if (redis === undefined) return;
  context.after(async () => {
    for (const one of stores) one.close();
    await redis?.end();
  });
  await Promise.all(
    windowSuite(
      (name, check) => context.test(name, check),
      () => [inMemory(), inRedis()],
      40,
    ),
  );

  for (const mode of ['enforce', 'observe'] as const) {
    await context.test(
      `${mode}: whole policies, with limits of either mode in one, decide as in memory`,
      async () => {
        let denials = 0;
        const modes = fc.constantFrom(undefined, 'observe', 'enforce') as fc.Arbitrary<undefined | 'observe'>;
        const steps = fc.array(arrival, { minLength: 20, maxLength: 80, size: 'max' });
        await fc.assert(
          fc.asyncProperty(modes, modes, modes, steps, async (rateMode, thriftMode, budgetMode, arrivals) => {
            const parsed = policy({
              mode,
              rules: [{ id: 'd', deny: { tool: 'delete_*' } }],
              limits: {
                rate: [
                  {
                    id: 'r',
                    per: ['user'],
                    points: 5,
                    window: '60s',
                    burst: { points: 2, window: '1s' },
                    mode: rateMode,
                  },
                  { id: 't', per: ['tool'], points: 6, window: '30s', mode: thriftMode },
                ],
                budget: [
                  {
                    id: 'b',
                    per: ['user', 'tool'],
                    points: 30,
                    window: 'day',
                    cost: { '*/export': 7, '*': 1 },
                    mode: budgetMode,
                  },
                ],
              },
            });
            const clock = (): number => now;
            const shared = fresh();
            const local = compilePolicy(parsed, { clock, counters: counters() }).engine;
            const there = compilePolicy(parsed, { clock, counters: { ...counters(), shared } }).engine;
            now = Date.UTC(2026, 0, 31, 23, 50);
            for (const { gap, user, tool, isSent } of arrivals) {
              now += gap;
              const input = toolCall({ now, tool, identity: { userId: user } });
              const expected = local.decide(input);
              const ruling: Ruling = await there.decideShared(input);
              const decisions = [...ruling.decisions, ...((await ruling.later?.()) ?? [])];
              assert.deepEqual(verdicts(decisions), verdicts(expected.decisions));
              assert.deepEqual(ruling.denial, expected.denial);
              if (decisions.some(({ verdict }) => verdict === 'deny')) denials += 1;
              if (isSent || ruling.denial !== undefined) continue;
              expected.refund();
              ruling.refund();
            }
          }),
          { numRuns: 60, endOnFailure: true },
        );
        assert.ok(denials > 200, `${denials} denials`);
        assert.equal(failures, 0);
      },
    );
  }
});
