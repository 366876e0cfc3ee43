/** The last records of logs, and those that are appended while somebody looks. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

import { filesOf, STDIN } from '../../audit/inputs';
import { recordIn } from '../../audit/line';
import { readAuditLines } from '../../audit/reader';
import type { AuditRecord } from '../../audit/schema';

export interface Line {
  readonly record: AuditRecord;
  /** As it was written. */
  readonly text: string;
}

const CHUNK = 65_536;
const LINE_END = 0x0a;

/** @throws when an input names nothing, or a file cannot be read */
export async function* recordLines(
  inputs: readonly string[],
  stdin: AsyncIterable<unknown>,
): AsyncGenerator<Line> {
  for await (const lines of readAuditLines(inputs, stdin)) {
    for (const { record, text } of lines) if (record !== undefined) yield { record, text };
  }
}

/** Keeps the last of what it is given. */
export class Last {
  #lines: Line[] = [];

  constructor(private readonly most: number) {}

  add(line: Line): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.most) this.#lines = this.lines();
  }

  lines(): Line[] {
    return this.most === 0 ? [] : this.#lines.slice(-this.most);
  }
}

/** Files that are written to, also those that a folder will have later. */
export class Followed {
  readonly #files = new Map<string, Appended>();

  /** @throws when an input names nothing */
  constructor(private readonly inputs: readonly string[]) {
    this.#find(filesOf(inputs));
  }

  /** Every record since the last time; the first time all that there are. */
  *read(): Generator<Line> {
    for (const file of this.#files.values()) yield* file.read();
    try {
      this.#find(filesOf(this.inputs));
    } catch {
      // A folder may be gone, or empty, for a while.
    }
  }

  #find(files: readonly string[]): void {
    for (const file of files) {
      const isWritten = file !== STDIN && !file.endsWith('.gz');
      if (isWritten && !this.#files.has(file)) this.#files.set(file, new Appended(file));
    }
  }
}

/** What one file has gained since it was last looked at. */
class Appended {
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly file: string) {}

  *read(): Generator<Line> {
    for (let chunk = this.#next(); chunk.length > 0; chunk = this.#next()) {
      this.#at += chunk.length;
      const bytes = Buffer.concat([this.#rest, chunk]);
      const end = bytes.lastIndexOf(LINE_END) + 1;
      this.#rest = bytes.subarray(end);
      for (const line of bytes.toString('utf8', 0, end).split('\n')) {
        const found = recordIn(line);
        if (found !== undefined) yield found;
      }
    }
  }

  #next(): Buffer {
    const size = statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.#at) return Buffer.alloc(0);
    const descriptor = openSync(this.file, 'r');
    try {
      const chunk = Buffer.alloc(CHUNK);
      return chunk.subarray(0, readSync(descriptor, chunk, 0, CHUNK, this.#at));
    } finally {
      closeSync(descriptor);
    }
  }
}
