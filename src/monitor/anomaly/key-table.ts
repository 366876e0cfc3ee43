/** Rows by key: bounded by count and age, what was not used for long goes first. */
import { SecondChanceMap } from '../second-chance-map';
import { clear, F, ROW_WIDTH, type Rows } from './row';

const FIRST_ROWS = 64;
/** Of longer names only both ends are kept: a server may choose them. */
const LONGEST_KEY = 400;
const KEPT = 180;
/** Pairs of ids stay whole numbers. */
const MOST_IDS = 2 ** 25;

export interface KeyTableOptions {
  readonly max: number;
  /** Minutes. */
  readonly maxAge: number;
  /** Told of a row that is given up, before it is; `isCrowded` if there were too many. */
  readonly forgotten: (slot: number, isCrowded: boolean) => void;
}

export function keyOf(first: string, second: string): string {
  const key = `${first}\u0000${second}`;
  return key.length <= LONGEST_KEY
    ? key
    : `${key.slice(0, KEPT)}\u0000${key.length}\u0000${key.slice(-KEPT)}`;
}

export interface SavedKey {
  readonly key: string;
  readonly slot: number;
  readonly id: number;
  readonly isUsed: boolean;
}

export class KeyTable implements Rows {
  values = new Float32Array(FIRST_ROWS * ROW_WIDTH);
  private keys: (string | undefined)[] = [];
  /** No two keys have had the same, unless one is long forgotten. */
  private ids: number[] = [];
  private nextId = 1;
  private free: number[] = [];
  private swept = -1;
  private slots: SecondChanceMap<string>;

  constructor(private options: KeyTableOptions) {
    this.slots = new SecondChanceMap<string>(options.max, (_key, slot) => this.release(slot, true));
  }

  get size(): number {
    return this.slots.size;
  }

  /** The slot of a key that may be new. */
  use(key: string, minute: number): number {
    const known = this.slots.get(key);
    if (known !== undefined) {
      if (minute - this.values[known * ROW_WIDTH + F.last]! <= this.options.maxAge) return known;
      this.forget(key, known);
    }
    if (this.free.length === 0 && this.slots.size >= this.options.max) this.slots.makeRoom();
    const slot = this.free.pop() ?? this.keys.length;
    this.occupy({ key, slot, id: this.nextId, isUsed: false });
    this.nextId = (this.nextId % MOST_IDS) + 1;
    clear(this.values, slot * ROW_WIDTH, minute);
    return slot;
  }

  keyAt(slot: number): string | undefined {
    return this.keys[slot];
  }

  idAt(slot: number): number {
    return this.ids[slot]!;
  }

  /** One slot after the other, one by each call; gives up what is too old. */
  sweep(minute: number): number | undefined {
    if (this.keys.length === 0) return undefined;
    this.swept = (this.swept + 1) % this.keys.length;
    const slot = this.swept;
    const key = this.keys[slot];
    if (key === undefined) return undefined;
    if (minute - this.values[slot * ROW_WIDTH + F.last]! <= this.options.maxAge) return slot;
    this.forget(key, slot);
    return undefined;
  }

  /** Keys with their rows, those that would go first come first. */
  *entries(): Generator<[SavedKey, row: Float32Array]> {
    const all = [...this.slots];
    for (const [key, slot, isUsed] of all) {
      if (this.keys[slot] !== key) continue;
      const row = this.values.subarray(slot * ROW_WIDTH, (slot + 1) * ROW_WIDTH);
      yield [{ key, slot, id: this.ids[slot]!, isUsed }, row];
    }
  }

  /** Where `sweep` is, and the id that comes next. */
  state(): [number, number] {
    return [this.swept, this.nextId];
  }

  /** Takes over what `entries` gave, before the first use; false if there is no room for it. */
  load(saved: SavedKey, row: Float32Array): boolean {
    const { key, slot, isUsed } = saved;
    if (slot >= this.options.max || this.keys[slot] !== undefined || !this.slots.load(key, slot, isUsed))
      return false;
    this.occupy(saved);
    this.values.set(row, slot * ROW_WIDTH);
    return true;
  }

  /** After all rows were loaded. */
  loaded(swept: number, nextId: number): void {
    this.free = [...this.keys.keys()].filter((slot) => this.keys[slot] === undefined).toReversed();
    this.swept = swept < this.keys.length ? swept : -1;
    this.nextId = Math.max(1, Math.min(MOST_IDS, nextId));
  }

  private forget(key: string, slot: number): void {
    this.slots.delete(key);
    this.release(slot, false);
  }

  private release(slot: number, isCrowded: boolean): void {
    this.options.forgotten(slot, isCrowded);
    this.keys[slot] = undefined;
    this.free.push(slot);
  }

  private occupy({ key, slot, id }: SavedKey): void {
    const end = (slot + 1) * ROW_WIDTH;
    if (end > this.values.length) this.grow(end);
    while (this.keys.length < slot) this.keys.push(undefined);
    this.keys[slot] = key;
    this.ids[slot] = id;
    this.slots.set(key, slot);
  }

  private grow(least: number): void {
    const most = this.options.max * ROW_WIDTH;
    const larger = new Float32Array(Math.max(least, Math.min(most, this.values.length * 2)));
    larger.set(this.values);
    this.values = larger;
  }
}
