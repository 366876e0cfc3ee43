/**
 * Rows by key: bounded by count and age. What was not used for long goes first, by the clock algorithm: a use costs one bit.
 * Keys are pairs of names, looked up one after the other: to join them would cost more than all the rest.
 */
import { MOST_CHANCES } from '../clock-hand';
import { clear, F, ROW_WIDTH, type Rows } from './row';

const FIRST_ROWS = 64;
/** Of longer names only both ends are kept: a server may choose them. */
const LONGEST_NAME = 200;
const KEPT = 90;
/** Pairs of ids stay whole numbers. */
const MOST_IDS = 2 ** 25;

export interface KeyTableOptions {
  readonly max: number;
  /** Minutes. */
  readonly maxAge: number;
  /** Told of a row that is given up, before it is; `isCrowded` if there were too many. */
  readonly forgotten: (slot: number, isCrowded: boolean) => void;
}

/** Server and tool, or tenant and user. */
export type Names = readonly [first: string, second: string];

/** A name as it is kept. */
export const shortened = (name: string): string =>
  name.length <= LONGEST_NAME ? name : `${name.slice(0, KEPT)}…${name.length}…${name.slice(-KEPT)}`;

export interface SavedKey {
  readonly names: Names;
  readonly slot: number;
  readonly id: number;
  readonly isUsed: boolean;
}

export class KeyTable implements Rows {
  values = new Float32Array(FIRST_ROWS * ROW_WIDTH);
  private slots = new Map<string, Map<string, number>>();
  private names: (Names | undefined)[] = [];
  private used = new Uint8Array(FIRST_ROWS);
  /** No two keys have had the same, unless one is long forgotten. */
  private ids: number[] = [];
  private nextId = 1;
  private free: number[] = [];
  private hand = 0;
  private swept = -1;

  constructor(private options: KeyTableOptions) {}

  get size(): number {
    return this.names.length - this.free.length;
  }

  /** The slot of a key that may be new. */
  use(firstName: string, secondName: string, minute: number): number {
    const [first, second] = [shortened(firstName), shortened(secondName)];
    const known = this.slots.get(first)?.get(second);
    if (known !== undefined) {
      this.used[known] = 1;
      if (minute - this.values[known * ROW_WIDTH + F.last]! <= this.options.maxAge) return known;
      this.release(known, false);
    }
    if (this.size >= this.options.max) this.forgetOne();
    const slot = this.free.pop() ?? this.names.length;
    this.occupy({ names: [first, second], slot, id: this.nextId, isUsed: false });
    this.nextId = (this.nextId % MOST_IDS) + 1;
    clear(this.values, slot * ROW_WIDTH, minute);
    return slot;
  }

  namesAt(slot: number): Names | undefined {
    return this.names[slot];
  }

  idAt(slot: number): number {
    return this.ids[slot]!;
  }

  /** One slot after the other, one by each call; gives up what is too old. */
  sweep(minute: number): number | undefined {
    if (this.names.length === 0) return undefined;
    this.swept = (this.swept + 1) % this.names.length;
    const slot = this.swept;
    if (this.names[slot] === undefined) return undefined;
    if (minute - this.values[slot * ROW_WIDTH + F.last]! <= this.options.maxAge) return slot;
    this.release(slot, false);
    return undefined;
  }

  *entries(): Generator<[SavedKey, row: Float32Array]> {
    for (let slot = 0; slot < this.names.length; slot += 1) {
      const names = this.names[slot];
      if (names === undefined) continue;
      const row = this.values.subarray(slot * ROW_WIDTH, (slot + 1) * ROW_WIDTH);
      yield [{ names, slot, id: this.ids[slot]!, isUsed: this.used[slot] === 1 }, row];
    }
  }

  /** Where `sweep` is, and the id and the slot that come next. */
  state(): [number, number, number] {
    return [this.swept, this.nextId, this.hand];
  }

  /** Takes over what `entries` gave, before the first use; false if there is no room for it. */
  load(saved: SavedKey, row: Float32Array): boolean {
    const { names, slot } = saved;
    if (slot >= this.options.max || this.names[slot] !== undefined) return false;
    if (this.slots.get(names[0])?.has(names[1]) === true) return false;
    this.occupy(saved);
    this.values.set(row, slot * ROW_WIDTH);
    return true;
  }

  /** After all rows were loaded. */
  loaded(swept: number, nextId: number, hand: number): void {
    this.free = [...this.names.keys()].filter((slot) => this.names[slot] === undefined).toReversed();
    this.swept = swept < this.names.length ? swept : -1;
    this.nextId = Math.max(1, Math.min(MOST_IDS, nextId));
    this.hand = hand < this.names.length ? hand : 0;
  }

  /** All slots are taken. */
  private forgetOne(): void {
    for (let chances = 0; ; chances += 1) {
      const slot = this.hand;
      this.hand = (this.hand + 1) % this.names.length;
      if (this.used[slot] === 0 || chances >= MOST_CHANCES) return this.release(slot, true);
      this.used[slot] = 0;
    }
  }

  private release(slot: number, isCrowded: boolean): void {
    this.options.forgotten(slot, isCrowded);
    const [first, second] = this.names[slot]!;
    const seconds = this.slots.get(first)!;
    seconds.delete(second);
    if (seconds.size === 0) this.slots.delete(first);
    this.names[slot] = undefined;
    this.free.push(slot);
  }

  private occupy({ names, slot, id, isUsed }: SavedKey): void {
    if ((slot + 1) * ROW_WIDTH > this.values.length) this.grow(slot + 1);
    while (this.names.length < slot) this.names.push(undefined);
    this.names[slot] = names;
    this.ids[slot] = id;
    this.used[slot] = isUsed ? 1 : 0;
    let seconds = this.slots.get(names[0]);
    if (seconds === undefined) this.slots.set(names[0], (seconds = new Map()));
    seconds.set(names[1], slot);
  }

  private grow(least: number): void {
    const slots = Math.max(least, Math.min(this.options.max, this.used.length * 2));
    const values = new Float32Array(slots * ROW_WIDTH);
    values.set(this.values);
    this.values = values;
    const used = new Uint8Array(slots);
    used.set(this.used);
    this.used = used;
  }
}
