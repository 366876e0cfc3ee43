/**
 * Which of many keys is forgotten: the clock algorithm (Corbató, “A paging experiment with the Multics system”, 1968). Unlike
 * in a least-recently-used list a use costs one bit, and only a key that is forgotten costs more; under 100,000 users in 10,000
 * places that is most of the time of a call.
 */

/** So many that were used are passed over before one goes all the same: what one call may cost is bounded. */
export const MOST_CHANCES = 16;

export class ClockHand<K, V> {
  /** Goes on where it was: keys that were put in again come again at the end. */
  private keys: Iterator<K>;

  /**
   * @param entries - the map that keys go from
   * @param spared - the value as it is put in again; `undefined` if it was not used since it was put where it is
   */
  constructor(
    private readonly entries: Map<K, V>,
    private readonly spared: (value: V) => V | undefined,
  ) {
    this.keys = entries.keys();
  }

  /** Takes out the key that goes, of a map that has one. */
  take(): readonly [key: K, value: V] {
    for (let chances = 0; ; chances += 1) {
      const key = this.oldest();
      const value = this.entries.get(key)!;
      this.entries.delete(key);
      const again = chances < MOST_CHANCES ? this.spared(value) : undefined;
      if (again === undefined) return [key, value];
      this.entries.set(key, again);
    }
  }

  private oldest(): K {
    const next = this.keys.next();
    if (next.done !== true) return next.value;
    this.keys = this.entries.keys();
    return this.keys.next().value as K;
  }
}
