/**
 * Figures of many keys side by side in typed arrays, by slot: an object with arrays for each key would be several times as
 * large, and a collection of garbage would walk through all of them.
 */
export interface Column {
  /** Makes room for so many slots. */
  grow(slots: number): void;
  /** Puts the slot back to the state before its first use. */
  clear(slot: number): void;
}

/** Copies `from` into `to`, a longer one, and returns that. */
export function grown<T extends { readonly length: number; set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** Whole numbers from 0 to `most`: what a state file holds may be anything. */
export function isWhole(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

/** @returns `undefined` unless it is an array of exactly `length`, or any number of, whole numbers up to `most` */
export function wholes(value: unknown, most: number, length?: number): readonly number[] | undefined {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) return undefined;
  return value.every((one) => isWhole(one, most)) ? value : undefined;
}
