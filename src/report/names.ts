/**
 * Figures by name, for any number of names in bounded memory. When there are too many, the half with the fewest calls is
 * folded into one row; a name that comes again after that begins at 0. So a row lacks at most what its name had each time
 * it was folded, and a name that has more calls than that bound is never missing.
 */
import { OTHER } from '../core/counts';
import { Tally, type NamedFigures } from './tally';

export interface NamedTable {
  /** Those with the most calls first; last, when names were folded, `__other__`. */
  readonly rows: readonly NamedFigures[];
  /** Names that have figures of their own and are not shown. */
  readonly further: number;
  /** How often a name was folded into `__other__`, for lack of memory: 0 means that all figures are exact. */
  readonly folded: number;
  /** A row that is shown may lack so many calls at most. */
  readonly may_lack: number;
}

export class Names {
  private readonly tallies = new Map<string, Tally>();
  private other: Tally | undefined;
  private folded = 0;
  private mayLack = 0;

  /** @param most - names with figures of their own */
  constructor(private readonly most: number) {}

  of(name: string): Tally {
    let tally = this.tallies.get(name);
    if (tally === undefined) {
      if (this.tallies.size >= this.most) this.fold();
      tally = new Tally();
      this.tallies.set(name, tally);
    }
    return tally;
  }

  /** @param top - rows at most, besides `__other__` */
  table(top: number): NamedTable {
    const sorted = [...this.tallies].toSorted(
      ([a, left], [b, right]) => right.weight - left.weight || (a < b ? -1 : 1),
    );
    const shown = sorted.slice(0, top);
    if (this.other !== undefined) shown.push([OTHER, this.other]);
    return {
      rows: shown.map(([name, tally]) => ({
        name,
        ...tally.figures(),
        would_be_denied: tally.observed,
        other_denials: tally.otherDenials,
      })),
      further: Math.max(0, sorted.length - top),
      folded: this.folded,
      may_lack: this.mayLack,
    };
  }

  private fold(): void {
    const sorted = [...this.tallies].toSorted(([, left], [, right]) => left.weight - right.weight);
    const smallest = sorted.slice(0, Math.ceil(sorted.length / 2));
    this.other ??= new Tally();
    for (const [name, tally] of smallest) {
      this.other.merge(tally);
      this.tallies.delete(name);
    }
    this.folded += smallest.length;
    this.mayLack += smallest.at(-1)?.[1].weight ?? 0;
  }
}
