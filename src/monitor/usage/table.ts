/** Usage by one kind of key, for as many keys as there is room for: past that one that was not used for long is forgotten. */
import { SecondChanceMap } from '../second-chance-map';
import { UsageColumns, type Measured } from './columns';

export interface UsageBounds {
  /** Keys of each kind. */
  readonly keysMax: number;
  /** Milliseconds after which a key that is not used is forgotten. */
  readonly maxAge: number;
}

/** Serial numbers begin again after so many: nobody remembers the key that had the same one. */
export const SERIALS = 2 ** 26;

export class UsageTable<Key extends string | number> {
  readonly columns: UsageColumns;
  private readonly slots: SecondChanceMap<Key>;
  private readonly serials: Uint32Array;
  private serial = 0;
  private now = 0;

  /**
   * @param hasQuantiles - of latencies
   * @param evicted - told of every key that was forgotten for lack of room
   */
  constructor(
    private readonly bounds: UsageBounds,
    hasQuantiles: boolean,
    evicted: () => void,
  ) {
    this.columns = new UsageColumns(bounds.keysMax, hasQuantiles);
    this.serials = new Uint32Array(bounds.keysMax);
    this.slots = new SecondChanceMap(bounds.keysMax, (_key, slot) => {
      this.columns.slots.give(slot);
      if (!this.isOld(slot, this.now)) evicted();
    });
  }

  /** @returns the key's slot, in which the call is counted now */
  add(key: Key, call: Measured): number {
    const slot = this.slotOf(key, call.use.time);
    this.columns.add(slot, call);
    return slot;
  }

  /** Number of the key in a slot, which it keeps as long as it is remembered. */
  serialOf(slot: number): number {
    return this.serials[slot]!;
  }

  get size(): number {
    return this.slots.size;
  }

  /** Keys that are not too old at `now`, those that would be forgotten first come first. */
  entries(now: number): (readonly [key: Key, slot: number, isUsed: boolean])[] {
    return [...this.slots].filter(([, slot]) => !this.isOld(slot, now));
  }

  slotIfKnown(key: Key): number | undefined {
    return this.slots.peek(key);
  }

  /** @returns the slot; `undefined` when what was saved is of no use */
  restore(key: Key, saved: unknown, isUsed: boolean): number | undefined {
    const slot = this.slotOf(key, this.now);
    if (this.columns.restore(slot, saved)) {
      if (isUsed) this.slots.get(key);
      return slot;
    }
    this.slots.delete(key);
    this.columns.slots.give(slot);
    return undefined;
  }

  private slotOf(key: Key, time: number): number {
    this.now = time;
    const known = this.slots.get(key);
    if (known !== undefined) {
      if (this.isOld(known, time)) this.columns.slots.clear(known);
      return known;
    }
    // One leaves its slot when there are too many.
    this.slots.makeRoom();
    const slot = this.columns.slots.take();
    this.serial = (this.serial + 1) % SERIALS;
    this.serials[slot] = this.serial;
    this.slots.set(key, slot);
    return slot;
  }

  private isOld(slot: number, now: number): boolean {
    const { figures } = this.columns;
    return figures.calls(slot) > 0 && now - figures.lastUsed(slot) > this.bounds.maxAge;
  }
}
