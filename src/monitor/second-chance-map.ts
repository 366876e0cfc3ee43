/** A bounded map from keys to small whole numbers that forgets what was not used for long, as {@link ClockHand} says. */
import { ClockHand } from './clock-hand';

export class SecondChanceMap<K> {
  /** Twice the value, and one if it was used since it was put where it is. */
  private entries = new Map<K, number>();
  private hand = new ClockHand(this.entries, withoutUse);

  /** @param forgotten - told of a key that had to go because there were too many */
  constructor(
    readonly max: number,
    private forgotten: (key: K, value: number) => void,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Counts as a use. */
  get(key: K): number | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    if ((entry & 1) === 0) this.entries.set(key, entry | 1);
    return entry >> 1;
  }

  peek(key: K): number | undefined {
    const entry = this.entries.get(key);
    return entry === undefined ? undefined : entry >> 1;
  }

  /** @param value - a whole number up to 2^29 */
  set(key: K, value: number): void {
    const entry = this.entries.get(key);
    if (entry !== undefined) {
      this.entries.set(key, value * 2 + 1);
      return;
    }
    this.makeRoom();
    this.entries.set(key, value * 2);
  }

  delete(key: K): void {
    this.entries.delete(key);
  }

  /** Those that would go first come first. */
  *[Symbol.iterator](): Generator<[key: K, value: number, isUsed: boolean]> {
    for (const [key, entry] of this.entries) yield [key, entry >> 1, (entry & 1) === 1];
  }

  /** Puts a key in as it came out of the iterator of another map. */
  load(key: K, value: number, isUsed: boolean): boolean {
    if (this.entries.size >= this.max || this.entries.has(key)) return false;
    this.entries.set(key, value * 2 + (isUsed ? 1 : 0));
    return true;
  }

  /** Forgets one, if there is no room for another. */
  makeRoom(): void {
    if (this.entries.size >= this.max) this.forgetOne();
  }

  private forgetOne(): void {
    const [key, entry] = this.hand.take();
    this.forgotten(key, entry >> 1);
  }
}

const withoutUse = (entry: number): number | undefined => ((entry & 1) === 0 ? undefined : entry - 1);
