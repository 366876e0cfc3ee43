/** Deletes old audit files: the only thing that ever does. */
import { readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { compareFileNames, dayOf, parseFileName } from './file-name';

/** Nothing younger is deleted, whatever is asked. */
const MIN_DAYS = 90;
const DAY_MS = 86_400_000;

export interface PruneOptions {
  /** Days that the policy keeps files (`audit.retention_days`). */
  readonly retentionDays?: number | undefined;
  /** Days that are asked for; never fewer than the policy keeps, nor than 90. */
  readonly olderThanDays?: number | undefined;
  /** Deletes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: number | undefined;
}

export interface PrunedFile {
  readonly path: string;
  readonly bytes: number;
  readonly isDeleted: boolean;
  /** Why it could not be deleted. */
  readonly error?: string;
}

export interface PruneResult {
  /** Days that were kept. */
  readonly days: number;
  /** What was deleted, or would be, the oldest first. */
  readonly files: readonly PrunedFile[];
}

/**
 * Deletes the files of `folder` whose day is longer ago than the days to keep. Only files named by the writer are looked
 * at; a log that lines are appended to (`audit.file`) is never touched.
 *
 * @throws when the folder cannot be read
 */
export function pruneAudit(folder: string, options: PruneOptions = {}): PruneResult {
  const { retentionDays = 0, olderThanDays = 0, dryRun = false, now = Date.now() } = options;
  const days = Math.max(MIN_DAYS, retentionDays, olderThanDays);
  // A file of day d holds lines until the end of it.
  const oldestKept = dayOf(now - days * DAY_MS);
  const files = readdirSync(folder)
    .filter((name) => (parseFileName(name)?.day ?? oldestKept) < oldestKept)
    .toSorted(compareFileNames)
    .map((name) => remove(join(folder, name), dryRun));
  return { days, files };
}

function remove(path: string, dryRun: boolean): PrunedFile {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (dryRun) return { path, bytes, isDeleted: false };
  try {
    unlinkSync(path);
    return { path, bytes, isDeleted: true };
  } catch (error) {
    return { path, bytes, isDeleted: false, error: (error as Error).message };
  }
}
