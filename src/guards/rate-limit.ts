/** How many calls there may be in a window; a burst is a second, shorter window that narrows the first. */
import type { Policy } from '../policy/schema';
import type { Finding, GuardInput, Reservation, StatefulGuard } from './guard';
import { isInScope, limitKey } from './limit-key';
import type { Taken, WindowStore } from './window-store';

type RateLimit = NonNullable<Policy['limits']>['rate'][number];

export function createRateLimit(limit: RateLimit, store: WindowStore): StatefulGuard {
  const { id, per, points, window, burst } = limit;
  return {
    name: 'rate_limit',
    mode: limit.mode,
    reserve(input: GuardInput): Reservation | undefined {
      if (!isInScope(limit.for, input)) return undefined;
      const key = limitKey(id, per, input);
      const long = store.take(key, 1, points, window, input.now);
      if (!long.admitted || burst === undefined)
        return reservation(finding(long, id, points, 'window_full'), [long]);
      const short = store.take(`${key}|burst`, 1, burst.points, burst.window, input.now);
      if (short.admitted) return reservation(finding(long, id, points, ''), [long, short]);
      long.refund();
      return reservation(finding(short, id, burst.points, 'burst_full'), []);
    },
  };
}

/** @param reason - of a denial */
export function finding(taken: Taken, rule: string, limit: number, reason: string): Finding {
  const { admitted, remaining, retryAfterMs } = taken;
  return admitted
    ? { verdict: 'allow', reason: 'allowed', rule, limit, remaining }
    : { verdict: 'deny', reason, rule, limit, remaining, retryAfterMs };
}

export function reservation(found: Finding, taken: readonly Taken[]): Reservation {
  return {
    finding: found,
    refund() {
      for (const one of taken) one.refund();
    },
  };
}
