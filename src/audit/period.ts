/** Which part of a log is asked for. */
import { basename } from 'node:path';

import { dayOf, parseFileName } from './file-name';

/** Milliseconds since 1970; from `since`, before `until`. */
export interface Period {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/** Clocks are set, and a line may be written a moment after its time was read. */
const SLACK_MS = 3_600_000;

/** A file of ours holds the lines of the day that its name says: one of another day need not be read. */
export function mayHoldPeriod(file: string, { since, until }: Period): boolean {
  const day = parseFileName(basename(file))?.day;
  if (day === undefined) return true;
  const isBefore = since !== undefined && day < dayOf(since - SLACK_MS);
  return !isBefore && (until === undefined || day <= dayOf(until + SLACK_MS));
}
