/** How long a rule says nothing more of a group that it has raised a finding of. */
import type { MonitoringEvent } from '../event';
import type { Evicted } from '../finding';
import type { MonitoredLine } from '../line';
import { Groups, type Bounds, type Window } from '../windows/groups';

class Clock implements Window {
  readonly entries = 1;

  constructor(public clock: number) {}

  save(): null {
    return null;
  }

  restore(): void {}
}

export class Silence {
  /** None where it is never silent. */
  readonly groups: Groups<Clock> | undefined;

  /** A call can be several events, and is one finding all the same. */
  private lastLine: MonitoredLine | undefined;

  /** @param length - milliseconds; 0: none */
  constructor(
    private readonly length: number,
    evicted: Evicted,
    bounds: Bounds,
  ) {
    if (length > 0) this.groups = new Groups((clock) => new Clock(clock), evicted, bounds);
  }

  /** Whether a finding of the group may be raised of this event; it is, then. */
  isOver(key: string, { line, timestamp }: MonitoringEvent): boolean {
    if (line === this.lastLine) return false;
    this.lastLine = line;
    if (this.groups === undefined) return true;
    return this.groups.change(key, (group) => {
      const { window } = group;
      window.clock = Math.max(window.clock, timestamp);
      if (window.clock < group.silentUntil) return false;
      group.silentUntil = window.clock + this.length;
      return true;
    });
  }
}
