/** Counts by a name of which there are few; beyond a number of them they are counted together. */

/** Name of what is counted together, as in metrics. */
export const OTHER = '__other__';

export class Counts {
  private readonly counts = new Map<string, number>();

  /** @param most - names with counts of their own */
  constructor(private readonly most: number) {}

  add(name: string, by = 1): void {
    const key = this.counts.has(name) || this.counts.size < this.most ? name : OTHER;
    this.counts.set(key, (this.counts.get(key) ?? 0) + by);
  }

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }

  /** The largest first. */
  entries(): [name: string, count: number][] {
    return [...this.counts].toSorted(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  }
}
