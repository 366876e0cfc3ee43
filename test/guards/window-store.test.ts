/** Windows against a list of everything that was ever admitted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { WindowStore } from '../../src/guards/window-store';
import { milliseconds } from '../../src/policy/schema';

const DAY = 86_400_000;

/** What a window means, written down without a thought for cost. */
class Naive {
  private admitted: { at: number; points: number }[] = [];
  private startedAt: number | undefined;

  take(points: number, limit: number, spec: string, now: number): boolean {
    if (this.startedAt === undefined || this.hasEnded(spec, now)) {
      this.startedAt = undefined;
      this.admitted = [];
    }
    const used = this.admitted.reduce((sum, one) => sum + one.points, 0);
    if (used + points > limit) return false;
    this.startedAt ??= now;
    this.admitted.push({ at: now, points });
    return true;
  }

  refundLast(): void {
    this.admitted.pop();
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
  gap: fc.oneof(fc.nat(50), fc.nat(90_000), fc.nat(45 * DAY)),
  points: fc.constantFrom(1, 1, 1, 2, 5, 0.5),
  refunded: fc.boolean(),
});

describe('windows', () => {
  for (const spec of ['1s', '60s', '1d', '30d', 'day', 'month', 'total']) {
    it(`${spec}: the same as a naive list, refunds and idle gaps included`, () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
          const store = new WindowStore(10, () => {});
          const naive = new Naive();
          let now = Date.UTC(2026, 0, 31, 23, 59, 59, 500);
          for (const { gap, points, refunded } of steps) {
            now += gap;
            const taken = store.take('key', points, limit, spec, now);
            assert.equal(taken.admitted, naive.take(points, limit, spec, now));
            if (taken.retryAfterMs !== undefined) assert.ok(taken.retryAfterMs > 0);
            if (taken.admitted && refunded) {
              taken.refund();
              naive.refundLast();
            }
          }
        }),
        { numRuns: 300 },
      );
    });
  }

  it('a denied call consumes nothing, and says when to come again', () => {
    const store = new WindowStore(10, () => {});
    assert.equal(store.take('key', 3, 3, '60s', 1_000).admitted, true);
    const denied = store.take('key', 1, 3, '60s', 11_000);
    assert.deepEqual([denied.admitted, denied.remaining, denied.retryAfterMs], [false, 0, 50_000]);
    assert.equal(store.take('key', 3, 3, '60s', 61_000).admitted, true);
  });

  it('a clock set back begins a new window instead of locking a key out', () => {
    const store = new WindowStore(10, () => {});
    store.take('key', 1, 1, '1d', DAY * 100);
    assert.equal(store.take('key', 1, 1, '1d', DAY * 50).admitted, true);
  });

  it('keys are bounded, the one unused for longest goes, and each is counted', () => {
    let evicted = 0;
    const store = new WindowStore(3, () => (evicted += 1));
    for (const key of ['a', 'b', 'c']) store.take(key, 1, 1, '1d', 0);
    store.take('a', 1, 1, '1d', 1);
    store.take('d', 1, 1, '1d', 2);
    assert.equal(evicted, 1);
    assert.equal(store.take('a', 1, 1, '1d', 3).admitted, false);
    assert.equal(store.take('b', 1, 1, '1d', 3).admitted, true);
  });
});
