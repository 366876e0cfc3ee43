/**
 * Counts events in a sliding window of time, of one group.
 *
 * Time is that of the events. The group's clock is the latest timestamp it has seen and never goes back; the window is the
 * timespan up to the clock, without its first instant. An event that arrives late counts if it lies in the window and else not
 * at all, in whichever order events arrive.
 *
 * Up to {@link EXACT_UP_TO} events the timestamps themselves are kept, and the count is exact. Beyond, events are counted in
 * twelfths of the timespan, of which the oldest counts only as long as the whole of it lies in the window: the count is never
 * more than the exact one, and never less than that of a window which is a twelfth shorter.
 */
import type { Window } from './groups';

/** Largest limit whose timestamps are kept one by one. */
export const EXACT_UP_TO = 64;

/** Parts of a window whose events are not kept one by one. */
export const BUCKETS = 12;

export interface CountWindow extends Window {
  /**
   * @param timestamp - whole milliseconds
   * @returns events in the window, this one included; no more than the limit and one where they are kept one by one
   */
  add(timestamp: number): number;
}

/**
 * @param timespan - milliseconds
 * @param limit - the number of events that somebody asks for
 * @param clock - where the group’s clock begins
 */
export function countWindow(
  timespan: number,
  limit: number,
  clock: number = Number.NEGATIVE_INFINITY,
): CountWindow {
  return limit <= EXACT_UP_TO
    ? new ExactWindow(timespan, limit + 1, clock)
    : new BucketWindow(timespan, clock);
}

const NO_TIMES: readonly number[] = [];

class ExactWindow implements CountWindow {
  /** The latest ones in the window, in order. Made anew with every event: an array that grows takes room for 16 more. */
  private times: readonly number[] = NO_TIMES;

  constructor(
    private readonly timespan: number,
    private readonly keep: number,
    public clock: number,
  ) {}

  get entries(): number {
    return this.times.length;
  }

  add(timestamp: number): number {
    if (timestamp > this.clock) this.clock = timestamp;
    const start = this.clock - this.timespan;
    if (timestamp > start || this.times[0]! <= start) this.times = this.timesWith(timestamp, start);
    return this.times.length;
  }

  save(): readonly number[] {
    return this.times;
  }

  restore(saved: unknown): void {
    if (isNumbers(saved) && saved.every((time) => time <= this.clock))
      this.times = saved.toSorted((a, b) => a - b).slice(-this.keep);
  }

  private timesWith(timestamp: number, start: number): readonly number[] {
    const { times, keep } = this;
    let first = 0;
    while (times[first]! <= start) first += 1;
    if (timestamp <= start) return times.slice(first);
    // Behind all that are equal: nearly always at the end.
    let at = times.length;
    while (at > first && times[at - 1]! > timestamp) at -= 1;
    if (times.length - first === keep) {
      if (at === first) return times;
      first += 1;
    }
    return times.slice(first, at).concat([timestamp], times.slice(at));
  }
}

class BucketWindow implements CountWindow {
  /** Events by bucket, each at its number modulo {@link BUCKETS}. */
  private readonly counts: number[] = Array.from({ length: BUCKETS }, () => 0);
  /** Number since 1970 of the bucket that the clock is in. */
  private latest: number;
  private total = 0;

  constructor(
    private readonly timespan: number,
    public clock: number,
  ) {
    this.latest = this.bucketOf(clock);
  }

  get entries(): number {
    return BUCKETS;
  }

  add(timestamp: number): number {
    const bucket = this.bucketOf(timestamp);
    if (timestamp > this.clock) this.clock = timestamp;
    if (bucket > this.latest) this.advance(bucket);
    // The window begins in the bucket before the eleven that lie in it whatever the clock says, and the clock's own.
    if (bucket > this.latest - BUCKETS) {
      this.counts[slotOf(bucket)]! += 1;
      this.total += 1;
    }
    return this.total;
  }

  save(): readonly number[] {
    return this.counts;
  }

  restore(saved: unknown): void {
    if (!isNumbers(saved) || saved.length !== BUCKETS || saved.some((count) => count < 0)) return;
    for (const [slot, count] of saved.entries()) this.counts[slot] = count;
    this.total = saved.reduce((sum, count) => sum + count, 0);
  }

  /** Of whole numbers below 2^53: the quotient is cut at the right one. */
  private bucketOf(timestamp: number): number {
    return Math.floor((timestamp * BUCKETS) / this.timespan);
  }

  private advance(bucket: number): void {
    const steps = Math.min(bucket - this.latest, BUCKETS);
    for (let step = 0; step < steps; step += 1) {
      const slot = slotOf(bucket - step);
      this.total -= this.counts[slot]!;
      this.counts[slot] = 0;
    }
    this.latest = bucket;
  }
}

export const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one));

const slotOf = (bucket: number): number => ((bucket % BUCKETS) + BUCKETS) % BUCKETS;
