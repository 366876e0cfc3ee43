/** State by group, so many groups at most. */
import { createHash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import type { Evicted } from '../finding';

export interface Bounds {
  readonly maxGroups: number;
  /** Of all groups together, as {@link GroupState.entries} counts them. */
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

/** What is known of a group. */
export interface GroupState {
  /** What it holds, so that all groups together can be bounded: timestamps; a text counts for ten. */
  readonly entries: number;
  /** Latest timestamp that it has seen. */
  readonly clock: number;
}

/** Past a bound the group unused for longest is forgotten: a rule raises for it later than it would have, never earlier. */
export class Groups<State extends GroupState> {
  private readonly states: LRUCache<string, State>;
  private entries = 0;
  /** Latest clock of those forgotten: none of them begins again with a clock that goes back. */
  private forgottenAt = Number.NEGATIVE_INFINITY;

  /** @param create - given the time at which the group’s clock begins */
  constructor(
    private readonly create: (clock: number) => State,
    evicted: Evicted,
    private readonly bounds: Bounds,
  ) {
    this.states = new LRUCache<string, State>({
      max: bounds.maxGroups,
      dispose: (state, _key, reason) => {
        this.entries -= state.entries;
        if (reason !== 'evict') return;
        this.forgottenAt = Math.max(this.forgottenAt, state.clock);
        evicted(STATE);
      },
    });
  }

  /** Changes the state of a group, which is made if it is not there. */
  change<Result>(key: string, by: (state: State) => Result): Result {
    let state = this.states.get(key);
    if (state === undefined) {
      state = this.create(this.forgottenAt);
      this.entries += state.entries;
      this.states.set(key, state);
    }
    const before = state.entries;
    const result = by(state);
    this.entries += state.entries - before;
    while (this.entries > this.bounds.maxEntries && this.states.size > 1) this.states.pop();
    return result;
  }
}

const LONGEST_KEY = 200;
const SEPARATOR = '\u0000';

/** One text for several values; a long one is as short as its digest. */
export function keyOf(values: readonly string[]): string {
  const text = values.join(SEPARATOR);
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('base64');
}
