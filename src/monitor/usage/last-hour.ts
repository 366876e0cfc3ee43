/** How often keys were used in an hour that slides on, in twelve buckets of five minutes. */
import { isWhole, wholes } from '../saved';
import { grown, type Column } from './column';

const BUCKET_MS = 300_000;
const BUCKETS = 12;
/** Number of the newest bucket of what was not used. */
const NEVER = -BUCKETS;
const MOST = 2 ** 32 - 1;

export class LastHour implements Column {
  private buckets = new Uint32Array(0);
  /** Number of the newest bucket since 1970. */
  private newest = new Float64Array(0);

  grow(slots: number): void {
    this.buckets = grown(this.buckets, new Uint32Array(slots * BUCKETS));
    this.newest = grown(this.newest, new Float64Array(slots));
  }

  clear(slot: number): void {
    // The first use clears the buckets: it is later than all of them.
    this.newest[slot] = NEVER;
  }

  /** @param time - milliseconds since 1970, not before */
  add(slot: number, time: number): void {
    this.addTo(slot, Math.floor(time / BUCKET_MS), 1);
  }

  /** Adds what `other` has in `otherSlot`, as far as both are of one hour: the later one's. */
  merge(slot: number, other: LastHour, otherSlot: number): void {
    const [newest, buckets] = other.save(otherSlot);
    for (let bucket = Math.max(newest - BUCKETS + 1, 0); bucket <= newest; bucket += 1) {
      const isOld = bucket <= this.newest[slot]! - BUCKETS;
      if (!isOld) this.addTo(slot, bucket, buckets[bucket % BUCKETS]!);
    }
  }

  private addTo(slot: number, bucket: number, times: number): void {
    const newest = this.newest[slot]!;
    // Times may come late. One that is older than all the window knows is of a clock that was set back: it begins anew.
    if (bucket > newest || bucket <= newest - BUCKETS) this.moveTo(slot, bucket);
    this.buckets[slot * BUCKETS + (bucket % BUCKETS)]! += times;
  }

  /** Calls in the hour before `time`, exact to a bucket: what is older than 55 minutes may be left out. */
  count(slot: number, time: number): number {
    const now = Math.floor(time / BUCKET_MS);
    const newest = this.newest[slot]!;
    let sum = 0;
    for (let bucket = Math.max(now, newest) - BUCKETS + 1; bucket <= newest; bucket += 1)
      if (bucket >= 0) sum += this.buckets[slot * BUCKETS + (bucket % BUCKETS)]!;
    return sum;
  }

  save(slot: number): [newest: number, buckets: number[]] {
    return [this.newest[slot]!, [...this.buckets.subarray(slot * BUCKETS, (slot + 1) * BUCKETS)]];
  }

  restore(slot: number, saved: unknown): void {
    if (!Array.isArray(saved)) return;
    const [newest, list] = saved as unknown[];
    const buckets = wholes(list, MOST, BUCKETS);
    if (!isWhole(newest) || buckets === undefined) return;
    this.newest[slot] = newest;
    this.buckets.set(buckets, slot * BUCKETS);
  }

  /** Forgets the buckets between the newest one and `bucket`, which becomes the newest. */
  private moveTo(slot: number, bucket: number): void {
    const newest = this.newest[slot]!;
    const from = slot * BUCKETS;
    if (bucket < newest || bucket >= newest + BUCKETS) this.buckets.fill(0, from, from + BUCKETS);
    else
      for (let passed = newest + 1; passed <= bucket; passed += 1)
        this.buckets[from + (passed % BUCKETS)] = 0;
    this.newest[slot] = bucket;
  }
}
