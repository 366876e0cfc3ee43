/** How often keys were used in each hour of the day, in UTC. */
import { wholes } from '../saved';
import { grown, type Column } from './column';

const HOURS = 24;
const HOUR_MS = 3_600_000;
const MOST = 2 ** 32 - 1;

export class Hours implements Column {
  private counts = new Uint32Array(0);

  grow(slots: number): void {
    this.counts = grown(this.counts, new Uint32Array(slots * HOURS));
  }

  clear(slot: number): void {
    this.counts.fill(0, slot * HOURS, (slot + 1) * HOURS);
  }

  /** @param time - milliseconds since 1970, not before */
  add(slot: number, time: number): void {
    this.counts[slot * HOURS + (Math.floor(time / HOUR_MS) % HOURS)]! += 1;
  }

  merge(slot: number, other: Hours, otherSlot: number): void {
    for (const [hour, count] of other.of(otherSlot).entries()) this.counts[slot * HOURS + hour]! += count;
  }

  /** From 0 to 23. */
  of(slot: number): number[] {
    return [...this.counts.subarray(slot * HOURS, (slot + 1) * HOURS)];
  }

  restore(slot: number, saved: unknown): void {
    const counts = wholes(saved, MOST, HOURS);
    if (counts !== undefined) this.counts.set(counts, slot * HOURS);
  }
}
