/**
 * How many calls of one tool a user makes in a minute, from which limits are suggested. Limits are counted in each process;
 * so are these, where processes have files of their own.
 */
import type { Facts } from './line-facts';
import { UNKNOWN } from './line-facts';

/** What a limit per user and tool would have to admit. */
export interface SuggestedLimit {
  readonly server_id: string;
  readonly tool_name: string;
  /** Minutes in which some user called it, each user's counted. */
  readonly user_minutes: number;
  /** Calls in such a minute: 99 % of them had no more, and none more than `max`. */
  readonly p99_per_minute: number;
  readonly max_per_minute: number;
  /** The user of that minute. */
  readonly max_user: string;
  /** Twice the 99th percentile: `points` of a limit with `window: 60s`. */
  readonly suggested_points: number;
  /** Minutes with more calls than that. */
  readonly user_minutes_above: number;
  /** The strictest limit of the given policy that counts each user's calls of it; `null` when there is none. */
  readonly current: { readonly id: string; readonly points_per_minute: number } | null;
}

export interface LimitRule {
  readonly id: string;
  readonly pointsPerMinute: number;
  readonly appliesTo: (serverAndTool: string) => boolean;
}

const MINUTE = 60_000;
/** Users and tools whose minute is being counted; past it all of them are taken as ended. */
const MOST_CELLS = 5_000;
const MOST_TARGETS = 2_000;
/** Counts up to this are exact; beyond, within 1 %. */
const EXACT = 1_000;
/** What a suggestion leaves above the 99th percentile. */
const HEADROOM = 2;

interface Cell {
  readonly target: Target;
  readonly user: string;
  minute: number;
  count: number;
}

class Target {
  /** Calls in a minute, and in how many minutes it was so many. */
  readonly minutes = new Map<number, number>();
  max = 0;
  maxUser = '';

  constructor(
    readonly server: string,
    readonly tool: string,
  ) {}

  add(count: number, user: string): void {
    const step = count <= EXACT ? 1 : 10 ** (Math.floor(Math.log10(count)) - 2);
    const key = Math.ceil(count / step) * step;
    this.minutes.set(key, (this.minutes.get(key) ?? 0) + 1);
    if (count <= this.max) return;
    this.max = count;
    this.maxUser = user;
  }
}

export class CallRates {
  private readonly cells = new Map<string, Cell>();
  private readonly targets = new Map<string, Target>();

  /** @param key - {@link pairKey} of the facts */
  add(key: string, { time, user, server, tool }: Facts): void {
    const minute = Math.floor(time / MINUTE);
    const cell = this.cells.get(key);
    if (cell === undefined) this.begin(key, minute, user, server, tool);
    else if (cell.minute === minute) cell.count += 1;
    else {
      end(cell);
      cell.minute = minute;
      cell.count = 1;
    }
  }

  /** Tools with the most minutes first. */
  suggestions(top: number, rules: readonly LimitRule[]): SuggestedLimit[] {
    for (const cell of this.cells.values()) end(cell);
    this.cells.clear();
    return [...this.targets.values()]
      .map((target) => suggestionOf(target, rules))
      .toSorted((a, b) => b.user_minutes - a.user_minutes || (a.tool_name < b.tool_name ? -1 : 1))
      .slice(0, top);
  }

  private begin(key: string, minute: number, user: string, server: string, tool: string): void {
    const target = this.targetOf(server, tool);
    // There can be no limit for one of the users that nobody told apart.
    if (target === undefined || user === UNKNOWN) return;
    if (this.cells.size >= MOST_CELLS) {
      for (const cell of this.cells.values()) end(cell);
      this.cells.clear();
    }
    this.cells.set(key, { target, user, minute, count: 1 });
  }

  private targetOf(server: string, tool: string): Target | undefined {
    const key = `${server}\n${tool}`;
    let target = this.targets.get(key);
    if (target === undefined && this.targets.size < MOST_TARGETS) {
      target = new Target(server, tool);
      this.targets.set(key, target);
    }
    return target;
  }
}

function end({ target, count, user }: Cell): void {
  target.add(count, user);
}

function suggestionOf(
  { server, tool, minutes, max, maxUser }: Target,
  rules: readonly LimitRule[],
): SuggestedLimit {
  const sorted = [...minutes].toSorted(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, times]) => sum + times, 0);
  const p99 = percentile(sorted, all, 0.99);
  const suggested = HEADROOM * p99;
  return {
    server_id: server,
    tool_name: tool,
    user_minutes: all,
    p99_per_minute: p99,
    max_per_minute: max,
    max_user: maxUser,
    suggested_points: suggested,
    user_minutes_above: sorted.reduce((sum, [count, times]) => sum + (count > suggested ? times : 0), 0),
    current: strictest(rules, `${server}/${tool}`),
  };
}

/** The value that `share` of all do not exceed. */
function percentile(sorted: readonly (readonly [number, number])[], all: number, share: number): number {
  let before = 0;
  for (const [count, times] of sorted) {
    before += times;
    if (before >= share * all) return count;
  }
  return 0;
}

function strictest(rules: readonly LimitRule[], serverAndTool: string): SuggestedLimit['current'] {
  const [first] = rules
    .filter((rule) => rule.appliesTo(serverAndTool))
    .toSorted((a, b) => a.pointsPerMinute - b.pointsPerMinute);
  return first === undefined ? null : { id: first.id, points_per_minute: first.pointsPerMinute };
}
