/** What was raised live, as `mcp_security_alert` lines of the log say, beside what is raised from the same log now. */
import { canonicalize } from 'json-canonicalize';

import type { AuditRecord } from '../../audit/schema';
import type { FindingFields } from '../../monitor/alert';

/** A finding of one side only. */
export interface Unmatched {
  readonly where: 'only_live' | 'only_here';
  /** RFC 3339: of the event; of one raised live, when its line was written. */
  readonly time: string;
  readonly rule: string;
  readonly severity: string;
  readonly description: string;
  readonly writer: string | undefined;
}

export interface ComparisonFigures {
  /** Raised live and here, alike in every field. */
  readonly both: number;
  readonly only_live: number;
  readonly only_here: number;
  /** The first of those that one side alone has raised. */
  readonly unmatched: readonly Unmatched[];
}

/** Findings that may wait for their counterpart: live it comes right after, here it is raised right before. */
const MAX_WAITING = 10_000;
const MAX_SHOWN = 20;

/** The `finding` of a line, where it has one that can be compared. */
export function findingIn(record: AuditRecord): FindingFields | undefined {
  const finding: unknown = record.finding;
  if (typeof finding !== 'object' || finding === null) return undefined;
  const { description, rule, severity } = finding as Readonly<Record<string, unknown>>;
  const areTexts = [description, rule, severity].every((value) => typeof value === 'string');
  return areTexts ? (finding as FindingFields) : undefined;
}

/** What tells whether a finding is one that was asked for. */
export interface Comparable {
  readonly rule: string;
  readonly severity: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

type Side = Unmatched['where'];

interface Waiting extends Unmatched {
  readonly isWanted: boolean;
}

export class Comparison {
  private both = 0;
  /** By everything that is compared. */
  private readonly waiting = new Map<string, Waiting[]>();
  private waitingCount = 0;
  private readonly counts: Record<Side, number> = { only_live: 0, only_here: 0 };
  private readonly examples: Unmatched[] = [];

  constructor(private readonly isWanted: (finding: Comparable) => boolean) {}

  /** @param about - its line; `time` in milliseconds since 1970 */
  add(
    where: Side,
    fields: FindingFields,
    about: {
      readonly time: number;
      readonly writer?: string | undefined;
      readonly callId?: string | undefined;
    },
  ): void {
    const { description, rule, severity } = fields;
    const { callId, time, writer } = about;
    const isWanted = this.isWanted({ rule, severity, time });
    const key = canonicalize([writer ?? null, callId ?? null, fields]);
    const others = this.waiting.get(key);
    if (others !== undefined && others[0]!.where !== where) {
      const other = others.shift()!;
      this.waitingCount -= 1;
      if (others.length === 0) this.waiting.delete(key);
      // The line of one raised live may be written a moment after the time that was asked for.
      if (where === 'only_here' ? isWanted : other.isWanted) this.both += 1;
      return;
    }
    const one = { where, time: new Date(time).toISOString(), rule, severity, description, writer, isWanted };
    if (others === undefined) this.waiting.set(key, [one]);
    else others.push(one);
    this.waitingCount += 1;
    if (this.waitingCount > MAX_WAITING) this.giveUpFirst();
  }

  /** To be called once, at the end. */
  figures(): ComparisonFigures {
    for (const some of this.waiting.values()) some.forEach((one) => this.giveUp(one));
    const { both, counts, examples } = this;
    return {
      both,
      ...counts,
      unmatched: examples.toSorted((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time))),
    };
  }

  private giveUpFirst(): void {
    const [key, some] = this.waiting.entries().next().value!;
    this.giveUp(some.shift()!);
    if (some.length === 0) this.waiting.delete(key);
    this.waitingCount -= 1;
  }

  private giveUp({ isWanted, ...unmatched }: Waiting): void {
    if (!isWanted) return;
    this.counts[unmatched.where] += 1;
    if (this.examples.length < MAX_SHOWN) this.examples.push(unmatched);
  }
}
