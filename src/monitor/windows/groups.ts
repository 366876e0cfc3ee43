/** State by group, so many groups at most. */
import { createHash } from 'node:crypto';

import { ClockHand } from '../clock-hand';
import type { Evicted } from '../finding';

export interface Bounds {
  readonly maxGroups: number;
  /** Of all groups together, as {@link Window.entries} counts them. */
  readonly maxEntries: number;
}

/** Groups of all rules together: with some timestamps in each they hold about 10 MB. */
const ALL_GROUPS = 20_000;
const MOST_GROUPS = 10_000;
const ENTRIES_PER_GROUP = 20;

/** What each of so many rules may hold. */
export function boundsOfEach(rules: number): Bounds {
  const maxGroups = Math.min(MOST_GROUPS, Math.floor(ALL_GROUPS / Math.max(1, rules)));
  return { maxGroups, maxEntries: maxGroups * ENTRIES_PER_GROUP };
}

/** Value of the label `state` of the counter of evictions. */
const STATE = 'monitor_rules';

/** What is counted of a group. */
export interface Window {
  /** What it holds, so that all groups together can be bounded: timestamps; a text counts for ten. */
  readonly entries: number;
  /** Latest timestamp that it has seen. */
  readonly clock: number;
  /** All of it but the clock, as a value for JSON. */
  save(): unknown;
  /** Takes over what was saved, if it is that: called of a new window with the same clock. */
  restore(saved: unknown): void;
}

/** A group as a value for JSON: its key, clock, silence, whether it was used, its window. */
type SavedGroup = readonly [string, number | null, number | null, boolean, unknown];

export class Group<W extends Window> {
  /** Until then nothing more is said of the group. */
  silentUntil = Number.NEGATIVE_INFINITY;
  /** Since it was put where it is. */
  isUsed = false;

  constructor(readonly window: W) {}
}

/** Past a bound a group that was not used for long is forgotten: a rule raises for it later than it would have, never earlier. */
export class Groups<W extends Window> {
  private readonly groups = new Map<string, Group<W>>();
  private readonly hand = new ClockHand<string, Group<Window>>(this.groups, withoutUse);
  private entries = 0;
  /** Latest clock of those forgotten: none of them begins again with a clock that goes back. */
  private forgottenAt = Number.NEGATIVE_INFINITY;

  /** @param create - given the time at which the group’s clock begins */
  constructor(
    private readonly create: (clock: number) => W,
    private readonly evicted: Evicted,
    private readonly bounds: Bounds,
  ) {}

  /** Changes what is known of a group, which is made if it is not there. */
  change<Result>(key: string, by: (group: Group<W>) => Result): Result {
    let group = this.groups.get(key);
    if (group === undefined) {
      if (this.groups.size >= this.bounds.maxGroups) this.forgetOne();
      group = this.add(key, this.create(this.forgottenAt));
    } else group.isUsed = true;
    const before = group.window.entries;
    const result = by(group);
    this.entries += group.window.entries - before;
    while (this.entries > this.bounds.maxEntries && this.groups.size > 1) this.forgetOne();
    return result;
  }

  /** Those that would be forgotten first come first. */
  *save(): Generator<SavedGroup> {
    const keys = [...this.groups.keys()];
    for (const key of keys) {
      const group = this.groups.get(key);
      // Others may have come and gone since the last one.
      if (group === undefined) continue;
      const { isUsed, silentUntil, window } = group;
      yield [key, finite(window.clock), finite(silentUntil), isUsed, window.save()];
    }
  }

  /** Takes over a group that was saved, if it is one and there is room. */
  restore(saved: readonly unknown[]): void {
    const [key, clock, silentUntil, isUsed, window] = saved;
    const isRoom = this.groups.size < this.bounds.maxGroups && this.entries < this.bounds.maxEntries;
    if (!isRoom || typeof key !== 'string' || typeof clock !== 'number' || this.groups.has(key)) return;
    const created = this.create(clock);
    created.restore(window);
    const group = this.add(key, created);
    group.isUsed = isUsed === true;
    if (typeof silentUntil === 'number') group.silentUntil = silentUntil;
  }

  private add(key: string, window: W): Group<W> {
    const group = new Group(window);
    this.groups.set(key, group);
    this.entries += window.entries;
    return group;
  }

  private forgetOne(): void {
    const [, { window }] = this.hand.take();
    this.entries -= window.entries;
    this.forgottenAt = Math.max(this.forgottenAt, window.clock);
    this.evicted(STATE);
  }
}

function withoutUse(group: Group<Window>): Group<Window> | undefined {
  if (!group.isUsed) return undefined;
  group.isUsed = false;
  return group;
}

/** JSON knows no infinity. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const LONGEST_KEY = 200;
const SEPARATOR = '\u0000';

/** One text for several values; a long one is as short as its digest. */
export function keyOf(values: readonly string[]): string {
  const text = values.join(SEPARATOR);
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('base64');
}
