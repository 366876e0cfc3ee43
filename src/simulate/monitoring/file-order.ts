/** In which order the files of a log are read. */
import { basename } from 'node:path';

import { parseFileName } from '../../audit/file-name';
import type { AuditLine } from '../../audit/reader';

/**
 * The files of each writer, to be read after each other, so that one monitor is in use at a time; a file that many wrote to
 * stands for itself.
 *
 * @param files - of a writer in the order in which they were written
 */
export function byWriter(files: readonly string[]): readonly (readonly string[])[] {
  const writers = new Map<string, string[]>();
  for (const file of files) {
    const writer = parseFileName(basename(file))?.writer ?? file;
    const others = writers.get(writer);
    if (others === undefined) writers.set(writer, [file]);
    else others.push(file);
  }
  return [...writers.values()];
}

export interface Beginning<T> {
  readonly item: T;
  /** Milliseconds since 1970, of its first record; `-Infinity` where there is none. */
  readonly begin: number;
}

/** @param read - its lines, of which only the first are looked at */
export async function inOrderOfBegin<T>(
  items: readonly T[],
  read: (item: T) => AsyncGenerator<readonly AuditLine[]>,
): Promise<readonly Beginning<T>[]> {
  const beginnings: Beginning<T>[] = [];
  // oxlint-disable-next-line no-await-in-loop -- many files are not to be open at once
  for (const item of items) beginnings.push({ item, begin: await beginOf(read(item)) });
  return beginnings.toSorted((a, b) => a.begin - b.begin);
}

async function beginOf(lines: AsyncGenerator<readonly AuditLine[]>): Promise<number> {
  for await (const some of lines) {
    const record = some.find((line) => line.record !== undefined)?.record;
    const time = Date.parse(record?.timestamp ?? '');
    if (!Number.isNaN(time)) return time;
  }
  return -Infinity;
}
