/**
 * Counts points in windows, per key, in memory. Timestamps are compared when a key is used: no timer per key, and a
 * window of 30 days is as good as one of a second.
 */
import { LRUCache } from 'lru-cache';
import { milliseconds } from '../policy/schema';

/** A duration from the key's first admitted call, a calendar day or month in UTC, or one window without end. */
export type WindowSpec = string;

interface Window {
  startedAt: number;
  endsAt: number;
  used: number;
}

export interface Taken {
  readonly admitted: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends; absent where it never does. */
  readonly retryAfterMs?: number | undefined;
  /** Gives the points back, while their window lasts. */
  refund(): void;
}

export class WindowStore {
  private readonly windows: LRUCache<string, Window>;

  /** @param evicted - told of a key that was forgotten although its window had not ended */
  constructor(maxKeys: number, evicted: () => void) {
    this.windows = new LRUCache({
      max: maxKeys,
      dispose: (_window, _key, reason) => {
        if (reason === 'evict') evicted();
      },
    });
  }

  /**
   * Takes `points` of at most `limit` in the key's window. A key that cannot have them keeps what it has.
   *
   * @param now - milliseconds since 1970
   */
  take(key: string, points: number, limit: number, spec: WindowSpec, now: number): Taken {
    const known = this.windows.get(key);
    const isRunning = known !== undefined && now < known.endsAt && now >= known.startedAt;
    const used = isRunning ? known.used : 0;
    if (used + points > limit) {
      const endsAt = isRunning ? known.endsAt : endOf(spec, now);
      return {
        admitted: false,
        remaining: Math.max(0, limit - used),
        retryAfterMs: until(endsAt, now),
        refund() {},
      };
    }
    const window = isRunning ? known : { startedAt: startOf(spec, now), endsAt: endOf(spec, now), used: 0 };
    window.used += points;
    if (!isRunning) this.windows.set(key, window);
    return {
      admitted: true,
      remaining: limit - window.used,
      retryAfterMs: until(window.endsAt, now),
      refund: () => {
        window.used = Math.max(0, window.used - points);
      },
    };
  }

  /** Every window that has not ended, to be kept over a restart. */
  *entries(now: number): Generator<readonly [key: string, window: Readonly<Window>]> {
    for (const [key, window] of this.windows.entries()) if (now < window.endsAt) yield [key, window];
  }

  restore(key: string, window: Readonly<Window>): void {
    this.windows.set(key, { ...window });
  }
}

function until(endsAt: number, now: number): number | undefined {
  return endsAt === Number.POSITIVE_INFINITY ? undefined : endsAt - now;
}

/** A calendar window has begun before the call that is counted in it first. */
function startOf(spec: WindowSpec, now: number): number {
  const date = new Date(now);
  if (spec === 'day') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  if (spec === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return spec === 'total' ? 0 : now;
}

function endOf(spec: WindowSpec, now: number): number {
  const date = new Date(now);
  switch (spec) {
    case 'day':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    case 'total':
      return Number.POSITIVE_INFINITY;
    default:
      return now + milliseconds(spec);
  }
}
