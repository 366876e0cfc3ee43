/** What windows mean, for whatever counts them. */
import assert from 'node:assert/strict';

import * as fc from 'fast-check';

import type { Charge, Taken } from '../../../src/guards/limit';
import { milliseconds } from '../../../src/core/duration';

export const DAY = 86_400_000;
export const WINDOWS = ['1s', '60s', '1d', '30d', 'day', 'month', 'total'];

/** A store in which nothing has been counted yet. */
export interface Counting {
  take(charge: Charge, now: number): Promise<Taken & { refund(): Promise<void> | void }>;
}

export function charge(points: number, limit: number, window: string, values = 'key'): Charge {
  return {
    counter: `c|${window}`,
    values,
    tenant: '',
    owner: undefined,
    points,
    limit,
    window,
    reason: 'window_full',
  };
}

/** Written down without a thought for cost: a list of everything that was ever admitted. */
class Naive {
  private admitted: number[] = [];
  private startedAt: number | undefined;

  take({ points, limit, window }: Charge, now: number): boolean {
    if (this.startedAt === undefined || this.hasEnded(window, now)) {
      this.startedAt = undefined;
      this.admitted = [];
    }
    const used = this.admitted.reduce((sum, one) => sum + one, 0);
    if (used + points > limit) return false;
    this.startedAt ??= now;
    this.admitted.push(points);
    return true;
  }

  refundLast(): void {
    this.admitted.pop();
    // The window begins with the first call that is counted.
    if (this.admitted.length === 0) this.startedAt = undefined;
  }

  private hasEnded(spec: string, now: number): boolean {
    const started = new Date(this.startedAt ?? 0);
    const date = new Date(now);
    if (spec === 'total') return false;
    if (spec === 'day') return started.toISOString().slice(0, 10) !== date.toISOString().slice(0, 10);
    if (spec === 'month') return started.toISOString().slice(0, 7) !== date.toISOString().slice(0, 7);
    return now - (this.startedAt ?? 0) >= milliseconds(spec);
  }
}

const step = fc.record({
  // Bursts, ordinary gaps, and idle times longer than any window.
  gap: fc.oneof(
    { arbitrary: fc.nat(50), weight: 6 },
    { arbitrary: fc.nat(90_000), weight: 2 },
    { arbitrary: fc.nat(45 * DAY), weight: 1 },
  ),
  points: fc.constantFrom(1, 1, 1, 2, 5, 0.5),
  refunded: fc.boolean(),
});

type Define = (name: string, test: () => Promise<void>) => unknown;

/**
 * @param fresh - makes the stores that are compared; what the first says has to be what all say
 * @returns what `define` has returned
 */
export function windowSuite(
  define: Define,
  fresh: () => readonly [Counting, ...Counting[]],
  numRuns: number,
): unknown[] {
  return WINDOWS.map((spec) =>
    define(`${spec}: the same as a naive list, refunds and idle gaps included`, async () => {
      let denials = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 20 }),
          fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }),
          async (limit, steps) => {
            const stores = fresh();
            const naive = new Naive();
            let now = Date.UTC(2026, 0, 31, 23, 59, 59, 500);
            for (const { gap, points, refunded } of steps) {
              now += gap;
              const one = charge(points, limit, spec);
              const taken = await Promise.all(stores.map((store) => store.take(one, now)));
              const [first] = taken;
              assert.equal(first?.admitted, naive.take(one, now));
              for (const { admitted, remaining, retryAfterMs } of taken) {
                assert.deepEqual([admitted, remaining], [first.admitted, first.remaining]);
                if (admitted) continue;
                assert.equal(retryAfterMs, first.retryAfterMs);
                assert.ok(retryAfterMs === undefined ? spec === 'total' : retryAfterMs > 0);
              }
              if (!first.admitted) denials += 1;
              else if (refunded) {
                for (const each of taken) await each.refund();
                naive.refundLast();
              }
            }
          },
        ),
        { numRuns, endOnFailure: true },
      );
      assert.ok(denials > numRuns, `${denials} denials`);
    }),
  );
}
