/** Rows by key: bounded by count and age, the one unused for longest goes first. */
import { LRUCache } from 'lru-cache';

import { clear, F, ROW_WIDTH, type Rows } from './row';

const FIRST_ROWS = 64;
/** Of longer names only both ends are kept: a server may choose them. */
const LONGEST_KEY = 400;
const KEPT = 180;

export interface KeyTableOptions {
  readonly max: number;
  /** Minutes. */
  readonly maxAge: number;
  /** Told of a row that is given up, before it is; `isCrowded` if there were too many. */
  readonly forgotten: (slot: number, isCrowded: boolean) => void;
}

export function keyOf(...parts: readonly string[]): string {
  const key = parts.join('\u0000');
  return key.length <= LONGEST_KEY
    ? key
    : `${key.slice(0, KEPT)}\u0000${key.length}\u0000${key.slice(-KEPT)}`;
}

export class KeyTable implements Rows {
  values = new Float32Array(FIRST_ROWS * ROW_WIDTH);
  private keys: (string | undefined)[] = [];
  private free: number[] = [];
  private swept = -1;
  private slots: LRUCache<string, number>;

  constructor(private options: KeyTableOptions) {
    this.slots = new LRUCache<string, number>({
      max: options.max,
      dispose: (slot, _key, reason) => {
        if (reason === 'set') return;
        options.forgotten(slot, reason === 'evict');
        this.keys[slot] = undefined;
        this.free.push(slot);
      },
    });
  }

  get size(): number {
    return this.slots.size;
  }

  /** The slot of a key that may be new. */
  use(key: string, minute: number): number {
    const known = this.slots.get(key);
    if (known !== undefined) {
      const row = known * ROW_WIDTH;
      if (minute - this.values[row + F.last]! <= this.options.maxAge) return known;
      this.slots.delete(key);
    }
    const slot = this.free.pop() ?? this.keys.length;
    this.occupy(key, slot);
    clear(this.values, slot * ROW_WIDTH, minute);
    return slot;
  }

  /** The slot of a key; does not count as a use. */
  peek(key: string): number | undefined {
    return this.slots.peek(key);
  }

  keyAt(slot: number): string | undefined {
    return this.keys[slot];
  }

  /** One slot after the other, one by each call; gives up what is too old. */
  sweep(minute: number): number | undefined {
    if (this.keys.length === 0) return undefined;
    this.swept = (this.swept + 1) % this.keys.length;
    const key = this.keys[this.swept];
    if (key === undefined) return undefined;
    if (minute - this.values[this.swept * ROW_WIDTH + F.last]! <= this.options.maxAge) return this.swept;
    this.slots.delete(key);
    return undefined;
  }

  /** Keys with their rows, the one unused for longest first. */
  *entries(): Generator<[key: string, slot: number, row: Float32Array]> {
    const all = [...this.slots.rkeys()];
    for (const key of all) {
      const slot = this.slots.peek(key);
      if (slot === undefined) continue;
      yield [key, slot, this.values.subarray(slot * ROW_WIDTH, (slot + 1) * ROW_WIDTH)];
    }
  }

  /** Where {@link sweep} is. */
  get position(): number {
    return this.swept;
  }

  /** Takes over a row that `entries` gave, before the first use; false if there is no room for it. */
  load(key: string, slot: number, row: Float32Array): boolean {
    if (slot > this.options.max || this.size >= this.options.max) return false;
    if (this.keys[slot] !== undefined || this.slots.peek(key) !== undefined) return false;
    this.occupy(key, slot);
    this.values.set(row, slot * ROW_WIDTH);
    return true;
  }

  /** After all rows were loaded. */
  loaded(position: number): void {
    this.free = [...this.keys.keys()].filter((slot) => this.keys[slot] === undefined).toReversed();
    this.swept = position < this.keys.length ? position : -1;
  }

  private occupy(key: string, slot: number): void {
    const row = slot * ROW_WIDTH;
    if (row + ROW_WIDTH > this.values.length) this.grow(row + ROW_WIDTH);
    while (this.keys.length < slot) this.keys.push(undefined);
    this.keys[slot] = key;
    this.slots.set(key, slot);
  }

  private grow(least: number): void {
    const most = (this.options.max + 1) * ROW_WIDTH;
    const larger = new Float32Array(Math.max(least, Math.min(most, this.values.length * 2)));
    larger.set(this.values);
    this.values = larger;
  }
}
