/**
 * How each user uses each tool, for any number of both in bounded memory. When there are too many, the half with the fewest
 * calls is forgotten: a row lacks at most what it had each time, and a pair with more calls than that is never missing.
 */
import type { AuditRecord } from '../audit/schema';
import { Distincts, hashOf } from '../monitor/usage/distincts';
import { Figures } from '../monitor/usage/figures';
import { Hours } from '../monitor/usage/hours';
import { Slots } from '../monitor/usage/slots';
import type { Facts } from './line-facts';
import { namesOfPair } from './pair-key';

const MOST = 10_000;
/** Rows of a table, whatever is asked for: nobody reads more, and each has the hours of a day. */
const MOST_ROWS = 1_000;

export interface PatternRow {
  readonly user_id: string;
  readonly tenant_id: string | null;
  readonly server_id: string;
  readonly tool_name: string;
  /** Attempted tool calls: `successful` + `failed` + `denied`. */
  readonly calls: number;
  readonly successful: number;
  readonly failed: number;
  /** Calls that a guard blocked. */
  readonly denied: number;
  /** How many different arguments it was called with: up to 16 exactly, above within about 13 %. */
  readonly distinct_parameters: number;
  /** RFC 3339. */
  readonly first_used: string;
  readonly last_used: string;
  /** Calls by hour of the day in UTC, from 0 to 23. */
  readonly hours: readonly number[];
}

export interface PatternTable {
  /** Those with the most calls first. */
  readonly rows: readonly PatternRow[];
  /** Pairs that are known and not shown. */
  readonly further: number;
  /** How often a pair was forgotten, for lack of memory: 0 means that all figures are exact. */
  readonly forgotten: number;
  /** A row that is shown may lack so many calls at most. */
  readonly may_lack: number;
}

export class Patterns {
  private readonly known = new Map<string, number>();
  private readonly figures = new Figures();
  private readonly hours = new Hours();
  private readonly params = new Distincts();
  private readonly slots = new Slots(MOST, [this.figures, this.hours, this.params]);
  private forgotten = 0;
  private mayLack = 0;

  /**
   * @param pair - {@link pairKey} of the facts
   * @param outcome - of a tool call that ended
   */
  add(pair: string, facts: Facts, record: AuditRecord, outcome: 'success' | 'failure' | 'denied'): void {
    const { time } = facts;
    const { params_hash: params } = record;
    const slot = this.slotOf(pair);
    this.figures.add(slot, { time, outcome, latency: undefined, requestBytes: 0, resultBytes: 0 });
    this.hours.add(slot, time);
    if (typeof params === 'string') this.params.add(slot, hashOf(params));
  }

  /** @param top - rows at most; never more than a thousand */
  of(top: number): PatternTable {
    const rows = this.busiest(Math.min(top, MOST_ROWS)).map(([pair, slot]) => this.row(pair, slot));
    return {
      rows,
      further: this.known.size - rows.length,
      forgotten: this.forgotten,
      may_lack: this.mayLack,
    };
  }

  private row(pair: string, slot: number): PatternRow {
    const { success, failure, denied, firstUsed, lastUsed } = this.figures.of(slot);
    const calls = success + failure + denied;
    return {
      ...namesOfPair(pair),
      calls,
      successful: success,
      failed: failure,
      denied,
      distinct_parameters: Math.min(calls, this.params.count(slot)),
      first_used: new Date(firstUsed).toISOString(),
      last_used: new Date(lastUsed).toISOString(),
      hours: this.hours.of(slot),
    };
  }

  private slotOf(pair: string): number {
    let slot = this.known.get(pair);
    if (slot === undefined) {
      if (this.known.size >= MOST) this.forgetHalf();
      slot = this.slots.take();
      this.known.set(pair, slot);
    }
    return slot;
  }

  private forgetHalf(): void {
    const { figures } = this;
    const fewest = [...this.known]
      .toSorted(([, left], [, right]) => figures.calls(left) - figures.calls(right))
      .slice(0, MOST / 2);
    this.mayLack += figures.calls(fewest.at(-1)![1]);
    this.forgotten += fewest.length;
    for (const [pair, slot] of fewest) {
      this.known.delete(pair);
      this.slots.give(slot);
    }
  }

  /** Only those that may be shown are compared by name. */
  private busiest(top: number): [pair: string, slot: number][] {
    const { figures } = this;
    const counts = Float64Array.from(this.known.values(), (slot) => figures.calls(slot)).toSorted();
    const least = counts.at(-top) ?? 0;
    return [...this.known]
      .filter(([, slot]) => figures.calls(slot) >= least)
      .toSorted(([a, left], [b, right]) => figures.calls(right) - figures.calls(left) || (a < b ? -1 : 1))
      .slice(0, top);
  }
}
