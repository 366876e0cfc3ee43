/** What the verifier finds. */
import type { Place } from './verify-chain';

/**
 * What is wrong, and how bad it is. `broken`: somebody changed the log. `gap`: something is missing for a reason that is
 * no manipulation. `note`: neither.
 */
const SEVERITIES = {
  /** A record is not what was written. */
  edit: 'broken',
  /** Records, or a whole file, are missing. */
  deletion: 'broken',
  /** A record stands at another place. */
  reordering: 'broken',
  /** What belongs elsewhere: a record of another chain, a copy, a line that no writer wrote. */
  splice: 'broken',
  /** The end is missing, as something later knows. */
  truncation: 'broken',
  /** Written under another key: the order was checked, the content was not. */
  wrong_key: 'broken',
  /** A key was given and the writer had none: who can write the file could have written all of it. */
  unkeyed: 'broken',
  /** There is no `audit_end`: the writer was killed, or still runs. */
  crash: 'gap',
  /** The writer itself says that lines could not be written. */
  loss: 'gap',
  /** A piece of a line, from a full disk or a crash. */
  torn: 'gap',
  /** Older than the record before it: the clock was set back. */
  clock_back: 'note',
} as const;

export type ProblemKind = keyof typeof SEVERITIES;
export type Severity = (typeof SEVERITIES)[ProblemKind];

export interface Problem {
  readonly kind: ProblemKind;
  readonly severity: Severity;
  /** Absent for a line that holds no record. */
  readonly writer?: string;
  readonly file: string;
  /** From 1; 0 for what concerns no line. */
  readonly line: number;
  readonly text: string;
}

const MAX_PROBLEMS = 1_000;

export class ProblemList {
  readonly all: Problem[] = [];
  /** Problems beyond the first 1,000. */
  further = 0;
  isBroken = false;

  add(kind: ProblemKind, { file, line }: Place, writer: string | undefined, text: string): void {
    const severity = SEVERITIES[kind];
    if (severity === 'broken') this.isBroken = true;
    if (this.all.length >= MAX_PROBLEMS) this.further += 1;
    else this.all.push({ kind, severity, ...(writer === undefined ? {} : { writer }), file, line, text });
  }
}
