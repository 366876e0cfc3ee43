/**
 * Counts points in windows, per key, in memory. Timestamps are compared when a key is used: no timer per key, and a
 * window of 30 days is as good as one of a second.
 */
import { LRUCache } from 'lru-cache';
import { milliseconds } from '../core/duration';
import type { Charge, Taken } from './limit';

/** A duration from the key's first admitted call, a calendar day or month in UTC, or one window without end. */
export type WindowSpec = string;

/** Times are milliseconds since 1970. */
export interface Window {
  startedAt: number;
  endsAt: number;
  used: number;
  usedAt: number;
  owner?: string | undefined;
}

/** What was set aside in a window. */
interface Held extends Taken {
  /** Gives the points back, while their window lasts. */
  refund(): void;
}

export interface WindowBounds {
  /** Past it the key unused for longest is forgotten. */
  readonly maxKeys: number;
  /** Past it the further keys of one owner share one per counter. Default: no bound. */
  readonly maxKeysPerOwner?: number | undefined;
}

export class WindowStore {
  private readonly windows: LRUCache<string, Window>;
  private readonly keysOf = new Map<string, number>();
  private readonly maxKeysPerOwner: number;
  private now = 0;
  /** Something has been counted, or given back, since this was last set to `false`. */
  changed = false;

  /** @param evicted - told of a key that was forgotten although its window had not ended */
  constructor({ maxKeys, maxKeysPerOwner }: WindowBounds, evicted: () => void) {
    this.maxKeysPerOwner = maxKeysPerOwner ?? Number.POSITIVE_INFINITY;
    this.windows = new LRUCache({
      max: maxKeys,
      dispose: ({ endsAt, owner }, _key, reason) => {
        if (reason === 'set') return;
        if (owner !== undefined) this.countKey(owner, -1);
        if (reason === 'evict' && this.now < endsAt) evicted();
      },
    });
  }

  /**
   * Takes the charge's points in the key's window. A key that cannot have them keeps what it has.
   *
   * @param now - milliseconds since 1970
   */
  take(charge: Charge, now: number): Held {
    this.now = now;
    const { points, limit, owner, window: spec } = charge;
    const key = this.keyOf(charge);
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
    const window = isRunning
      ? known
      : { startedAt: startOf(spec, now), endsAt: endOf(spec, now), used: 0, usedAt: now, owner };
    window.used += points;
    window.usedAt = now;
    this.changed = true;
    if (!isRunning) this.add(key, window, known === undefined);
    return {
      admitted: true,
      remaining: limit - window.used,
      retryAfterMs: until(window.endsAt, now),
      refund: () => {
        window.used = Math.max(0, window.used - points);
        // Nothing is left of it: the next call begins the window.
        if (window.used === 0) window.endsAt = window.startedAt;
        this.changed = true;
      },
    };
  }

  /** Every window that has not ended, those unused for longest first: to be kept over a restart. */
  *entries(now: number): Generator<readonly [key: string, window: Readonly<Window>]> {
    for (const key of this.windows.rkeys()) {
      const window = this.windows.peek(key);
      if (window !== undefined && now < window.endsAt) yield [key, window];
    }
  }

  has(key: string): boolean {
    return this.windows.has(key);
  }

  restore(key: string, window: Readonly<Window>): void {
    this.add(key, { ...window }, !this.windows.has(key));
  }

  /** Forgets keys whose window has ended and that have been unused for `age` milliseconds. */
  sweep(now: number, age: number): void {
    for (const [key, { endsAt, usedAt }] of this.windows.entries()) {
      if (now >= endsAt && now - usedAt >= age) this.windows.delete(key);
    }
  }

  get size(): number {
    return this.windows.size;
  }

  private keyOf({ counter, values, owner }: Charge): string {
    const key = counter + values;
    if (owner === undefined || this.maxKeysPerOwner === Number.POSITIVE_INFINITY) return key;
    const isFull = (this.keysOf.get(owner) ?? 0) >= this.maxKeysPerOwner;
    // No key begins so: what follows a counter's name is a bar.
    return isFull && !this.windows.has(key) ? `${counter}*${owner}` : key;
  }

  private add(key: string, window: Window, isNew: boolean): void {
    if (isNew && window.owner !== undefined) this.countKey(window.owner, 1);
    this.windows.set(key, window);
  }

  private countKey(owner: string, by: 1 | -1): void {
    const keys = (this.keysOf.get(owner) ?? 0) + by;
    if (keys > 0) this.keysOf.set(owner, keys);
    else this.keysOf.delete(owner);
  }
}

function until(endsAt: number, now: number): number | undefined {
  return endsAt === Number.POSITIVE_INFINITY ? undefined : endsAt - now;
}

/** A calendar window has begun before the call that is counted in it first. */
export function startOf(spec: WindowSpec, now: number): number {
  const date = new Date(now);
  if (spec === 'day') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  if (spec === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  return spec === 'total' ? 0 : now;
}

export function endOf(spec: WindowSpec, now: number): number {
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
