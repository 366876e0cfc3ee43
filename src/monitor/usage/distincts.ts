/**
 * How many different values keys have had, in 65 bytes each: up to 16 values exactly, more by HyperLogLog (Flajolet et al.,
 * 2007) with 64 registers, whose standard error is 13 %.
 */
import { isWhole, wholes } from '../saved';
import { grown, type Column } from './column';

const EXACT = 16;
const REGISTERS = 64;
const INDEX_BITS = 6;
/** Instead of the number of values: the registers are in use. */
const DENSE = 255;
const ALPHA = 0.709;
const HASHED_CHARACTERS = 16;

/** 32 bits of a text: of its end alone, which a hash fills evenly. */
export function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = Math.max(0, text.length - HASHED_CHARACTERS); at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export class Distincts implements Column {
  /** The values themselves, 4 bytes each, or the registers, of a byte. */
  private values = new Uint32Array(0);
  private registers = new Uint8Array(this.values.buffer);
  private used = new Uint8Array(0);

  grow(slots: number): void {
    this.values = grown(this.values, new Uint32Array(slots * EXACT));
    this.registers = new Uint8Array(this.values.buffer);
    this.used = grown(this.used, new Uint8Array(slots));
  }

  clear(slot: number): void {
    // Nobody reads values that are not used.
    this.used[slot] = 0;
  }

  /** @param hash - {@link hashOf} the value */
  add(slot: number, hash: number): void {
    const used = this.used[slot]!;
    if (used === DENSE) return this.register(slot, hash);
    const from = slot * EXACT;
    for (let at = from; at < from + used; at += 1) if (this.values[at] === hash) return;
    if (used < EXACT) {
      this.values[from + used] = hash;
      this.used[slot] = used + 1;
      return;
    }
    this.makeDense(slot);
    this.register(slot, hash);
  }

  /** Adds what `other` has in `otherSlot`. */
  merge(slot: number, other: Distincts, otherSlot: number): void {
    const [isDense, values] = other.save(otherSlot);
    if (isDense === 0) {
      for (const hash of values) this.add(slot, hash);
      return;
    }
    this.makeDense(slot);
    const registers = this.registersOf(slot);
    for (const [at, rank] of values.entries()) registers[at] = Math.max(registers[at]!, rank);
  }

  /** How many there were. */
  count(slot: number): number {
    const used = this.used[slot]!;
    if (used !== DENSE) return used;
    let zeros = 0;
    let sum = 0;
    for (const rank of this.registersOf(slot)) {
      if (rank === 0) zeros += 1;
      sum += 2 ** -rank;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    const isFew = estimate <= 2.5 * REGISTERS && zeros > 0;
    return Math.max(EXACT + 1, Math.round(isFew ? REGISTERS * Math.log(REGISTERS / zeros) : estimate));
  }

  save(slot: number): [isDense: number, values: number[]] {
    const used = this.used[slot]!;
    if (used === DENSE) return [1, [...this.registersOf(slot)]];
    return [0, [...this.values.subarray(slot * EXACT, slot * EXACT + used)]];
  }

  restore(slot: number, saved: unknown): void {
    if (!Array.isArray(saved) || !isWhole(saved[0], 1)) return;
    const [isDense, list] = saved as [number, unknown];
    const values = isDense === 1 ? wholes(list, 32 - INDEX_BITS + 1, REGISTERS) : wholes(list, 2 ** 32 - 1);
    if (values === undefined || (isDense === 0 && values.length > EXACT)) return;
    this.clear(slot);
    if (isDense === 1) this.registersOf(slot).set(values);
    else this.values.set(values, slot * EXACT);
    this.used[slot] = isDense === 1 ? DENSE : values.length;
  }

  private registersOf(slot: number): Uint8Array {
    return this.registers.subarray(slot * REGISTERS, (slot + 1) * REGISTERS);
  }

  private makeDense(slot: number): void {
    const used = this.used[slot]!;
    if (used === DENSE) return;
    const from = slot * EXACT;
    const values = this.values.slice(from, from + used);
    this.values.fill(0, from, from + EXACT);
    this.used[slot] = DENSE;
    for (const value of values) this.register(slot, value);
  }

  /** A register keeps the longest row of zeros that its values begin with, and one. */
  private register(slot: number, hash: number): void {
    const rank = Math.clz32(hash >>> INDEX_BITS) - INDEX_BITS + 1;
    const at = slot * REGISTERS + (hash & (REGISTERS - 1));
    if (rank > this.registers[at]!) this.registers[at] = rank;
  }
}
