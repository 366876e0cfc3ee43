/** Reads audit logs as a stream: any number of files of any size, plain or gzipped, with or without text before records. */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';

import { parseFileName } from './file-name';
import { filesOf, STDIN } from './inputs';
import { looksTorn, recordIn } from './line';
import type { AuditRecord } from './schema';

/** A line of a log. */
export interface AuditLine {
  /** Path of its file; `-` is standard input. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The record; absent when the line holds none. */
  readonly record?: AuditRecord;
  /** The record as it is written, without what stands before it. */
  readonly text: string;
  /**
   * What is wrong with the line. `torn`: a piece of a record, or a record after one. `unreadable`: no record where only
   * records are. `other`: text of another program, in a log that may hold such. `too_long`: skipped.
   */
  readonly problem?: 'torn' | 'unreadable' | 'other' | 'too_long';
}

/** Longest line that is looked at, in bytes. */
const MAX_LINE = 16_777_216;
const CHUNK = 65_536;
const LINE_END = 0x0a;

/**
 * The lines of all files, some at a time, in the order of `filesOf`.
 *
 * @param inputs - paths, folders, globs, or `-` for standard input
 * @param progress - told how many bytes were read since the last time, of a gzipped file those of the file
 * @throws when an input names nothing, or a file cannot be read
 */
export async function* readAuditLines(
  inputs: readonly string[],
  stdin: AsyncIterable<unknown> = process.stdin,
  progress?: (bytes: number) => void,
): AsyncGenerator<readonly AuditLine[]> {
  for (const file of filesOf(inputs)) yield* readFile(file, stdin, progress);
}

/** The records of all files, one at a time. */
export async function* readAuditRecords(
  inputs: readonly string[],
  stdin?: AsyncIterable<unknown>,
): AsyncGenerator<AuditRecord> {
  for await (const lines of readAuditLines(inputs, stdin)) {
    for (const { record } of lines) if (record !== undefined) yield record;
  }
}

async function* readFile(
  file: string,
  stdin: AsyncIterable<unknown>,
  progress: ((bytes: number) => void) | undefined,
): AsyncGenerator<readonly AuditLine[]> {
  const splitter = new Splitter(file);
  const { chunks, bytesRead } = open(file, stdin);
  let known = 0;
  try {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
      const lines = splitter.push(bytes);
      if (progress !== undefined) {
        const now = bytesRead?.() ?? known + bytes.length;
        progress(now - known);
        known = now;
      }
      if (lines.length > 0) yield lines;
    }
  } catch (error) {
    throw new Error(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}

interface Source {
  readonly chunks: AsyncIterable<unknown>;
  /** Of the file so far; `undefined`: what its chunks hold. */
  readonly bytesRead?: () => number;
}

function open(file: string, stdin: AsyncIterable<unknown>): Source {
  if (file === STDIN) return { chunks: stdin };
  const stream = createReadStream(file, { highWaterMark: CHUNK });
  if (!file.endsWith('.gz')) return { chunks: stream };
  const unzipped = createGunzip({ chunkSize: CHUNK });
  stream.once('error', (error) => unzipped.destroy(error));
  return { chunks: stream.pipe(unzipped), bytesRead: () => stream.bytesRead };
}

class Splitter {
  private line = 0;
  private rest: Buffer[] = [];
  private restBytes = 0;
  /** Of a file of ours every line is a record; a shared log holds lines of other programs. */
  private readonly isOurs: boolean;

  constructor(private readonly file: string) {
    this.isOurs = parseFileName(basename(file)) !== undefined;
  }

  push(chunk: Buffer): AuditLine[] {
    const lines: AuditLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, from)) {
      const line = this.entry(chunk, from, end, true);
      if (line !== undefined) lines.push(line);
      from = end + 1;
    }
    this.keep(chunk.subarray(from));
    return lines;
  }

  /** What stands after the last line end: a process that was killed, or a full disk, left it. */
  end(): AuditLine[] {
    const line = this.restBytes === 0 ? undefined : this.entry(NOTHING, 0, 0, false);
    return line === undefined ? [] : [line];
  }

  private keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.restBytes += bytes.length;
    // A line that is too long is only counted.
    if (this.restBytes <= MAX_LINE) this.rest.push(bytes);
    else this.rest = [];
  }

  /** The line whose rest is the chunk's bytes `from` to `end`; none when it is empty. */
  private entry(chunk: Buffer, from: number, end: number, isWhole: boolean): AuditLine | undefined {
    this.line += 1;
    const { file, line, rest } = this;
    const length = this.restBytes + end - from;
    this.rest = [];
    this.restBytes = 0;
    if (length > MAX_LINE) return { file, line, text: '', problem: 'too_long' };
    const isWithin = length === end - from;
    const text = isWithin
      ? chunk.toString('utf8', from, end)
      : Buffer.concat([...rest, chunk.subarray(from, end)]).toString();
    const found = recordIn(text);
    if (found === undefined) {
      return text.trim() === '' ? undefined : { file, line, text, problem: this.problemOf(text, isWhole) };
    }
    if (found.isAfterTorn) return { file, line, record: found.record, text: found.text, problem: 'torn' };
    return { file, line, record: found.record, text: found.text };
  }

  private problemOf(line: string, isWhole: boolean): 'torn' | 'unreadable' | 'other' {
    if (looksTorn(line)) return 'torn';
    if (!this.isOurs) return 'other';
    return isWhole ? 'unreadable' : 'torn';
  }
}

const NOTHING = Buffer.alloc(0);
