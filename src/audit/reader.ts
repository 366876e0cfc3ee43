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
const CHUNK = 1_048_576;
const LINE_END = 0x0a;

/**
 * The lines of all files, some at a time, in the order of `filesOf`.
 *
 * @param inputs - paths, folders, globs, or `-` for standard input
 * @throws when an input names nothing, or a file cannot be read
 */
export async function* readAuditLines(
  inputs: readonly string[],
  stdin: AsyncIterable<unknown> = process.stdin,
): AsyncGenerator<readonly AuditLine[]> {
  for (const file of filesOf(inputs)) yield* readFile(file, stdin);
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

async function* readFile(file: string, stdin: AsyncIterable<unknown>): AsyncGenerator<readonly AuditLine[]> {
  const splitter = new Splitter(file);
  for await (const chunk of chunksOf(file, stdin)) {
    const lines = splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer));
    if (lines.length > 0) yield lines;
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}

function chunksOf(file: string, stdin: AsyncIterable<unknown>): AsyncIterable<unknown> {
  if (file === STDIN) return stdin;
  const stream = createReadStream(file, { highWaterMark: CHUNK });
  if (!file.endsWith('.gz')) return stream;
  const unzipped = createGunzip({ chunkSize: CHUNK });
  stream.once('error', (error) => unzipped.destroy(error));
  return stream.pipe(unzipped);
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
      lines.push(...this.entry(chunk.subarray(from, end), true));
      from = end + 1;
    }
    this.keep(chunk.subarray(from));
    return lines;
  }

  /** What stands after the last line end: a process that was killed, or a full disk, left it. */
  end(): AuditLine[] {
    return this.restBytes === 0 ? [] : this.entry(Buffer.alloc(0), false);
  }

  private keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.restBytes += bytes.length;
    // A line that is too long is only counted.
    if (this.restBytes <= MAX_LINE) this.rest.push(bytes);
    else this.rest = [];
  }

  private entry(end: Buffer, isWhole: boolean): AuditLine[] {
    this.line += 1;
    const place = { file: this.file, line: this.line };
    const length = this.restBytes + end.length;
    const text =
      length > MAX_LINE
        ? undefined
        : this.restBytes === 0
          ? end.toString()
          : Buffer.concat([...this.rest, end]).toString();
    this.rest = [];
    this.restBytes = 0;
    if (text === undefined) return [{ ...place, text: '', problem: 'too_long' }];
    if (text.trim() === '') return [];
    return this.parsed(text, place, isWhole);
  }

  private parsed(line: string, place: { file: string; line: number }, isWhole: boolean): AuditLine[] {
    const found = recordIn(line);
    if (found === undefined) return [{ ...place, text: line, problem: this.problemOf(line, isWhole) }];
    const entry = { ...place, record: found.record, text: found.text };
    return [found.isAfterTorn ? { ...entry, problem: 'torn' } : entry];
  }

  private problemOf(line: string, isWhole: boolean): 'torn' | 'unreadable' | 'other' {
    if (looksTorn(line)) return 'torn';
    if (!this.isOurs) return 'other';
    return isWhole ? 'unreadable' : 'torn';
  }
}
