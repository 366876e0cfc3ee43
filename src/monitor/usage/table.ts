/** Usage by one kind of key, for as many keys as there is room for: past that the one unused for longest is forgotten. */
import { LRUCache } from 'lru-cache';

import type { Column } from './column';
import { Distincts, hashOf } from './distincts';
import { Figures, type Use } from './figures';
import { bucketOf, Histograms } from './histograms';
import { Times } from './times';

export interface UsageBounds {
  /** Keys of each kind. */
  readonly keysMax: number;
  /** Milliseconds after which a key that is not used is forgotten. */
  readonly maxAge: number;
}

/** What two tables of the same call need, computed once. */
export interface Measured {
  readonly use: Use;
  readonly bucket: number | undefined;
  readonly hash: number | undefined;
}

export function measured(use: Use): Measured {
  const { latency, params } = use;
  return {
    use,
    bucket: latency === undefined ? undefined : bucketOf(latency),
    hash: params === undefined ? undefined : hashOf(params),
  };
}

const FIRST_SLOTS = 64;
/** Serial numbers begin again after so many: nobody remembers the key that had the same one. */
export const SERIALS = 2 ** 26;

export class UsageTable<Key extends string | number> {
  readonly figures = new Figures();
  readonly times = new Times();
  readonly params = new Distincts();
  readonly latencies: Histograms | undefined;
  private readonly columns: readonly Column[];
  private readonly slots: LRUCache<Key, number>;
  private readonly free: number[] = [];
  private serials = new Uint32Array(0);
  private next = 0;
  private serial = 0;
  private now = 0;

  /**
   * @param hasQuantiles - whether the quantiles of latencies are kept, which more than doubles a key's memory
   * @param evicted - told of every key that was forgotten for lack of room
   */
  constructor(
    private readonly bounds: UsageBounds,
    hasQuantiles: boolean,
    evicted: () => void,
  ) {
    this.latencies = hasQuantiles ? new Histograms() : undefined;
    this.columns = [this.figures, this.times, this.params, ...(hasQuantiles ? [this.latencies!] : [])];
    this.slots = new LRUCache({
      max: bounds.keysMax,
      dispose: (slot, _key, reason) => {
        this.free.push(slot);
        if (reason === 'evict' && !this.isOld(slot, this.now)) evicted();
      },
    });
  }

  /** @returns the key's slot, in which the call is counted now */
  add(key: Key, { use, bucket, hash }: Measured): number {
    const slot = this.slotOf(key, use.time);
    this.figures.add(slot, use);
    this.times.add(slot, use.time);
    if (hash !== undefined) this.params.add(slot, hash);
    if (bucket !== undefined) this.latencies?.add(slot, bucket);
    return slot;
  }

  /** Number of the key in a slot, which it keeps as long as it is remembered. */
  serialOf(slot: number): number {
    return this.serials[slot]!;
  }

  get size(): number {
    return this.slots.size;
  }

  /** Keys that are not too old at `now`, those unused for longest first. */
  entries(now: number): [key: Key, slot: number][] {
    const entries = [...this.slots.rkeys()].map((key): [Key, number] => [key, this.slots.peek(key)!]);
    return entries.filter(([, slot]) => !this.isOld(slot, now));
  }

  slotIfKnown(key: Key): number | undefined {
    return this.slots.peek(key);
  }

  save(slot: number): unknown[] {
    const { figures, times, params, latencies } = this;
    return [
      figures.save(slot),
      times.save(slot),
      params.save(slot),
      ...(latencies === undefined ? [] : [latencies.save(slot)]),
    ];
  }

  /** @returns the slot; `undefined` when what was saved is of no use */
  restore(key: Key, saved: unknown): number | undefined {
    if (!Array.isArray(saved)) return undefined;
    const [figures, times, params, latencies] = saved as unknown[];
    const slot = this.slotOf(key, this.now);
    if (!this.figures.restore(slot, figures)) {
      this.slots.delete(key);
      return undefined;
    }
    this.times.restore(slot, times);
    this.params.restore(slot, params);
    this.latencies?.restore(slot, latencies);
    return slot;
  }

  private slotOf(key: Key, time: number): number {
    this.now = time;
    const known = this.slots.get(key);
    if (known !== undefined) {
      if (this.isOld(known, time)) this.clear(known);
      return known;
    }
    // One is evicted first when there are too many, and leaves its slot.
    if (this.slots.size >= this.bounds.keysMax) this.slots.pop();
    const slot = this.free.pop() ?? this.newSlot();
    this.clear(slot);
    this.serial = (this.serial + 1) % SERIALS;
    this.serials[slot] = this.serial;
    this.slots.set(key, slot);
    return slot;
  }

  private newSlot(): number {
    const slot = this.next;
    this.next += 1;
    if (slot < this.serials.length) return slot;
    const slots = Math.min(Math.max(FIRST_SLOTS, 2 * slot), this.bounds.keysMax);
    for (const column of this.columns) column.grow(slots);
    const serials = new Uint32Array(slots);
    serials.set(this.serials);
    this.serials = serials;
    return slot;
  }

  private clear(slot: number): void {
    for (const column of this.columns) column.clear(slot);
  }

  private isOld(slot: number, now: number): boolean {
    return this.figures.calls(slot) > 0 && now - this.figures.lastUsed(slot) > this.bounds.maxAge;
  }
}
