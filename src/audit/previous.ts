/** Finds the last record that was written before a writer starts, so that its first record can hold it. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { parseFileName } from './file-name';
import { recordIn } from './line';
import type { AuditRecord, PreviousRecord } from './schema';

/** A named pipe does not stop the agent; Windows has no such flag. */
const READ = constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);
/** Longest first record that is looked for. */
const HEAD_BYTES = 16_384;
/** How far from its end a file is searched. */
const TAIL_BYTES = 262_144;

/** The last record of the file in `folder` that was written to last. */
export function previousInFolder(folder: string): PreviousRecord | undefined {
  for (const { name } of newestFirst(folder)) {
    const found = lastRecord(join(folder, name));
    if (found !== undefined) return { file: name, ...found };
  }
  return undefined;
}

/** The last record of one file. */
export function lastRecord(path: string): Omit<PreviousRecord, 'file'> | undefined {
  const lines = part(path, (size) => ({ from: Math.max(0, size - TAIL_BYTES), bytes: TAIL_BYTES })).split(
    '\n',
  );
  // What follows the last line end is torn.
  lines.pop();
  for (const line of lines.toReversed()) {
    const record = recordIn(line)?.record;
    if (record?.hash !== undefined && record.seq !== undefined && record.writer !== undefined) {
      return { hash: record.hash, seq: record.seq, writer: record.writer };
    }
  }
  return undefined;
}

function newestFirst(folder: string): { name: string; changed: number }[] {
  const named = readdirSync(folder)
    .map((name) => ({ name, day: parseFileName(name)?.day }))
    .filter(({ name, day }) => day !== undefined && !name.endsWith('.gz'));
  // oxlint-disable-next-line unicorn/no-array-reduce -- a maximum of strings
  const lastDay = named.reduce((latest, { day = '' }) => (day > latest ? day : latest), '');
  return named
    .filter(({ day }) => day === lastDay)
    .map(({ name }) => ({
      name,
      changed: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }))
    .toSorted((a, b) => b.changed - a.changed);
}

/** The record in the first line of a file; `undefined` when there is none, or it is gzipped. */
export function firstRecord(path: string): AuditRecord | undefined {
  if (path.endsWith('.gz')) return undefined;
  const [line = ''] = part(path, () => ({ from: 0, bytes: HEAD_BYTES })).split('\n', 1);
  return recordIn(line)?.record;
}

function part(path: string, which: (size: number) => { from: number; bytes: number }): string {
  const fd = openSync(path, READ);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return '';
    const { from, bytes } = which(stat.size);
    const buffer = Buffer.alloc(Math.min(bytes, stat.size));
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, from));
  } finally {
    closeSync(fd);
  }
}
