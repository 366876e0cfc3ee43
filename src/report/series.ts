/** Figures over time for charts: at most 180 buckets, as long as the span of the log asks for. */
import type { LatencyFigures } from './latency';
import { Counts } from '../core/counts';
import { Tally } from './tally';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Each divides the next, so that buckets can be put together; the last ones serve for centuries. */
const LENGTHS = [1, 5, 15, 60, 180, 360, 720].map((minutes) => minutes * MINUTE);
LENGTHS.push(DAY, 7 * DAY, 28 * DAY, 364 * DAY);
export const MOST_BUCKETS = 180;
const MOST_GUARDS = 24;

export interface SeriesPoint extends LatencyFigures {
  /** Begin of the bucket, RFC 3339. */
  readonly time: string;
  readonly successful: number;
  readonly failed: number;
  readonly denied: number;
  /** Denials by guard, blocked and observed; the most first. */
  readonly denials: readonly { readonly guard: string; readonly count: number }[];
}

export interface SeriesTable {
  readonly bucket_seconds: number;
  /** In order of time; buckets in which nothing happened are left out. */
  readonly points: readonly SeriesPoint[];
}

class Bucket {
  readonly tally = new Tally();
  readonly denials = new Counts(MOST_GUARDS);

  merge(other: Bucket): void {
    this.tally.merge(other.tally);
    for (const [guard, count] of other.denials.entries()) this.denials.add(guard, count);
  }
}

export class Series {
  private level = 0;
  private buckets = new Map<number, Bucket>();
  private first = Infinity;
  private last = -Infinity;

  at(time: number): Bucket {
    let index = Math.floor(time / this.length);
    let bucket = this.buckets.get(index);
    if (bucket !== undefined) return bucket;
    this.first = Math.min(this.first, time);
    this.last = Math.max(this.last, time);
    while (this.span >= MOST_BUCKETS && this.level < LENGTHS.length - 1) this.coarsen();
    index = Math.floor(time / this.length);
    bucket = this.buckets.get(index) ?? new Bucket();
    this.buckets.set(index, bucket);
    return bucket;
  }

  table(): SeriesTable {
    const sorted = [...this.buckets].toSorted(([a], [b]) => a - b);
    return {
      bucket_seconds: this.length / 1_000,
      points: sorted.map(([index, { tally, denials }]) => ({
        time: new Date(index * this.length).toISOString(),
        successful: tally.successful,
        failed: tally.failed,
        denied: tally.denied,
        ...tally.latency.figures(),
        denials: denials.entries().map(([guard, count]) => ({ guard, count })),
      })),
    };
  }

  private get length(): number {
    return LENGTHS[this.level]!;
  }

  private get span(): number {
    return Math.floor(this.last / this.length) - Math.floor(this.first / this.length);
  }

  private coarsen(): void {
    const shorter = this.length;
    this.level += 1;
    const { buckets } = this;
    this.buckets = new Map();
    for (const [index, bucket] of buckets) {
      const into = Math.floor((index * shorter) / this.length);
      const there = this.buckets.get(into);
      if (there === undefined) this.buckets.set(into, bucket);
      else there.merge(bucket);
    }
  }
}
