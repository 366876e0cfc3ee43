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
