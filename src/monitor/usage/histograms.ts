/**
 * Quantiles of many keys, in 516 bytes each: buckets that grow by a factor, as in DDSketch (Masson et al., VLDB 2019), in a
 * dense window. When values lie too far apart for it, all buckets of the key are merged in pairs, as in UDDSketch (Epicoco
 * et al., 2020): the relative error is 1 % while the largest value is up to 160 times the smallest, 2 % up to 27,000 times,
 * and never above 8 %. Two can be merged. `@datadog/sketches-js` takes some kilobytes for each key.
 */
import { isWhole, wholes } from '../saved';
import { grown, type Column } from './column';

const ACCURACY = 0.01;
const LOG_GAMMA = Math.log((1 + ACCURACY) / (1 - ACCURACY));
const BINS = 256;
const MOST = 2 ** 16 - 1;
/** Buckets of a key that has no value. */
const EMPTY = -(2 ** 15);
/** A microsecond, and eleven days: what is beyond counts as the bound. In milliseconds. */
const SHORTEST = 0.001;
const LONGEST = 1e9;
/** All buckets between the bounds fit into a window after so many merges. */
const MOST_MERGES = 3;

/** Number of the finest bucket that `value` belongs to. */
export function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.min(Math.max(value, SHORTEST), LONGEST)) / LOG_GAMMA);
}

const LOWEST = bucketOf(SHORTEST);
const HIGHEST = bucketOf(LONGEST);

/** The bucket `bucket`, after it was merged `merges` times: the pair of 2n − 1 and 2n becomes n. */
function merged(bucket: number, merges: number): number {
  return (bucket + (1 << merges) - 1) >> merges;
}

export class Histograms implements Column {
  private bins = new Uint16Array(0);
  /** Bucket of the window's first bin, in buckets that were merged as often as `merges` says. */
  private first = new Int16Array(0);
  private merges = new Uint8Array(0);

  grow(slots: number): void {
    const before = this.first.length;
    this.bins = grown(this.bins, new Uint16Array(slots * BINS));
    this.first = grown(this.first, new Int16Array(slots)).fill(EMPTY, before);
    this.merges = grown(this.merges, new Uint8Array(slots));
  }

  clear(slot: number): void {
    this.bins.fill(0, slot * BINS, (slot + 1) * BINS);
    this.first[slot] = EMPTY;
    this.merges[slot] = 0;
  }

  /** @param bucket - {@link bucketOf} the value: two columns that take the same value need not both compute it */
  add(slot: number, bucket: number, times = 1): void {
    let place = merged(bucket, this.merges[slot]!) - this.first[slot]!;
    if (place < 0 || place >= BINS || this.first[slot] === EMPTY) place = this.makeRoom(slot, bucket);
    const at = slot * BINS + place;
    while (this.bins[at]! + times > MOST) {
      this.halve(slot);
      times = (times + 1) >>> 1;
    }
    this.bins[at]! += times;
  }

  /** Adds what `other` has in `otherSlot`. */
  merge(slot: number, other: Histograms, otherSlot: number): void {
    const merges = other.merges[otherSlot]!;
    while (this.merges[slot]! < merges) this.mergePairs(slot);
    for (let bin = 0; bin < BINS; bin += 1) {
      const times = other.bins[otherSlot * BINS + bin]!;
      if (times > 0) this.add(slot, (other.first[otherSlot]! + bin) * 2 ** merges, times);
    }
  }

  /**
   * The value of rank `share × (n − 1)`, rounded down, of n values.
   *
   * @returns `undefined` when there is none
   */
  quantile(slot: number, share: number): number | undefined {
    const bins = this.binsOf(slot);
    let left = Math.floor(share * (bins.reduce((sum, times) => sum + times, 0) - 1));
    if (left < 0) return undefined;
    const at = bins.findIndex((times) => (left -= times) < 0);
    const logGamma = LOG_GAMMA * 2 ** this.merges[slot]!;
    return (2 * Math.exp((this.first[slot]! + at) * logGamma)) / (Math.exp(logGamma) + 1);
  }

  save(slot: number): number[] {
    if (this.first[slot] === EMPTY) return [];
    const bins = this.binsOf(slot);
    const from = bins.findIndex(isUsed);
    const used = bins.subarray(from, bins.findLastIndex(isUsed) + 1);
    return [this.merges[slot]!, this.first[slot]! + from, ...used];
  }

  restore(slot: number, saved: unknown): void {
    if (!Array.isArray(saved) || saved.length < 3) return;
    const [merges, first, ...rest] = saved as unknown[];
    const times = wholes(rest, MOST);
    if (!isWhole(merges, MOST_MERGES) || !Number.isSafeInteger(first) || times === undefined) return;
    const lowest = merged(LOWEST, merges);
    const highest = merged(HIGHEST, merges);
    if ((first as number) < lowest || (first as number) + times.length - 1 > highest) return;
    if (times.length > BINS || times.every((one) => one === 0)) return;
    this.clear(slot);
    this.merges[slot] = merges;
    this.first[slot] = first as number;
    this.bins.set(times, slot * BINS);
  }

  private binsOf(slot: number): Uint16Array {
    return this.bins.subarray(slot * BINS, (slot + 1) * BINS);
  }

  /** Moves the window so that the bucket is in it, after as many merges as that takes; returns its place. */
  private makeRoom(slot: number, bucket: number): number {
    if (this.first[slot] === EMPTY) {
      this.first[slot] = merged(bucket, this.merges[slot]!) - BINS / 2;
      return BINS / 2;
    }
    for (;;) {
      const bins = this.binsOf(slot);
      const from = bins.findIndex(isUsed);
      const to = bins.findLastIndex(isUsed);
      const place = merged(bucket, this.merges[slot]!) - this.first[slot]!;
      const lowest = Math.min(from, place);
      const span = Math.max(to, place) - lowest + 1;
      if (span <= BINS) return place - this.move(slot, lowest - ((BINS - span) >> 1), from, to);
      this.mergePairs(slot);
    }
  }

  /** Moves the window by `by` bins, of which those from `from` to `to` are used. */
  private move(slot: number, by: number, from: number, to: number): number {
    const bins = this.binsOf(slot);
    const used = bins.slice(from, to + 1);
    bins.fill(0);
    bins.set(used, from - by);
    this.first[slot]! += by;
    return by;
  }

  private mergePairs(slot: number): void {
    this.merges[slot]! += 1;
    if (this.first[slot] === EMPTY) return;
    const bins = this.binsOf(slot);
    const before = bins.slice();
    const firstBefore = this.first[slot]!;
    const first = merged(firstBefore, 1);
    bins.fill(0);
    this.first[slot] = first;
    for (let bin = 0; bin < BINS; bin += 1) {
      const place = merged(firstBefore + bin, 1) - first;
      // Shares are what counts: see `halve`.
      bins[place] = Math.min(MOST, bins[place]! + before[bin]!);
    }
  }

  /** A count is full: all are halved, which leaves quantiles as they are. What was seen once stays seen. */
  private halve(slot: number): void {
    const bins = this.binsOf(slot);
    for (let bin = 0; bin < BINS; bin += 1) bins[bin] = (bins[bin]! + 1) >>> 1;
  }
}

function isUsed(times: number): boolean {
  return times > 0;
}
