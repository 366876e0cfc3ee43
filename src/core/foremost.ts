/** Those of many that come first in an order, in bounded memory. */

/** From how many more than are kept on they are sorted out: seldom. */
const SLACK = 1_000;

export class Foremost<T> {
  private kept: T[] = [];

  /**
   * @param most - that are kept
   * @param order - as of `Array.sort`
   */
  constructor(
    private readonly most: number,
    private readonly order: (a: T, b: T) => number,
  ) {}

  add(one: T): void {
    this.kept.push(one);
    if (this.kept.length >= this.most + SLACK) this.sortOut();
  }

  /** In that order. */
  all(): readonly T[] {
    this.sortOut();
    return this.kept;
  }

  private sortOut(): void {
    this.kept = this.kept.toSorted(this.order).slice(0, this.most);
  }
}
