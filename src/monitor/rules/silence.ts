/** How long a rule says nothing more of a group that it has raised a finding of. */
import type { Evicted } from '../finding';
import { Groups, type Bounds, type GroupState } from '../windows/groups';

class Last implements GroupState {
  readonly entries = 1;
  until = Number.NEGATIVE_INFINITY;

  constructor(public clock: number) {}
}

export class Silence {
  private readonly groups: Groups<Last> | undefined;

  /** @param length - milliseconds; 0: none */
  constructor(
    private readonly length: number,
    evicted: Evicted,
    bounds: Bounds,
  ) {
    if (length > 0) this.groups = new Groups((clock) => new Last(clock), evicted, bounds);
  }

  /** Whether a finding of the group may be raised at this time; it is, then. */
  isOver(key: string, timestamp: number): boolean {
    if (this.groups === undefined) return true;
    return this.groups.change(key, (last) => {
      last.clock = Math.max(last.clock, timestamp);
      if (last.clock < last.until) return false;
      last.until = last.clock + this.length;
      return true;
    });
  }
}
