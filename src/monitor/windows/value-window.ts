/**
 * Counts different values in a sliding window of time, of one group: exactly, with the clock and the window of
 * `count-window.ts`. A value counts as long as its latest occurrence lies in the window.
 */
import type { Window } from './groups';

/** Most values that can be asked for: each is kept. */
export const MOST_VALUES = 1_000;

const ENTRIES_PER_VALUE = 10;

export class ValueWindow implements Window {
  /** The values seen last, each with its latest timestamp. */
  private readonly seen = new Map<string, number>();
  private readonly keep: number;

  /** @param limit - the number of values that somebody asks for */
  constructor(
    private readonly timespan: number,
    limit: number,
    public clock: number = Number.NEGATIVE_INFINITY,
  ) {
    this.keep = limit + 1;
  }

  get entries(): number {
    return ENTRIES_PER_VALUE * this.seen.size;
  }

  save(): readonly (readonly [value: string, time: number])[] {
    return [...this.seen];
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const one of saved.slice(0, this.keep) as unknown[]) {
      const [value, time] = Array.isArray(one) ? (one as unknown[]) : [];
      if (typeof value === 'string' && Number.isSafeInteger(time))
        this.seen.set(value, Math.min(Number(time), this.clock));
    }
  }

  /** @returns different values in the window, the limit and one at most */
  add(timestamp: number, value: string): number {
    const { seen } = this;
    if (timestamp > this.clock) this.clock = timestamp;
    const start = this.clock - this.timespan;
    if (timestamp > start && timestamp >= (seen.get(value) ?? timestamp)) seen.set(value, timestamp);
    let oldest: string | undefined;
    let oldestAt = Number.POSITIVE_INFINITY;
    for (const [one, at] of seen) {
      if (at <= start) seen.delete(one);
      else if (at < oldestAt) [oldest, oldestAt] = [one, at];
    }
    // What is forgotten here is older than so many others that it makes no difference unless it comes again.
    if (seen.size > this.keep && oldest !== undefined) seen.delete(oldest);
    return seen.size;
  }
}
