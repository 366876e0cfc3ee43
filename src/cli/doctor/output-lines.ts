/** What an agent writes to stderr: our package's own lines, and the last of the others. */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { NAME } from '../../version';

const PREFIX = `${NAME}: `;
const MAX_SAID = 200;
const MAX_LAST = 40;
const MAX_FIRST = 16_384;
const MAX_LINE = 2_000;
/** A process that the agent has left behind may hold its stderr. */
const CLOSING_MS = 500;

export class OutputLines {
  readonly said: string[] = [];
  readonly last: string[] = [];
  /** The first of the others, up to some length. */
  first = '';
  private rest = '';
  private isOurs = false;
  private readonly end: Promise<void>;

  /** @param copyTo - gets everything, as it comes */
  constructor(
    private readonly stream: Readable,
    copyTo: NodeJS.WriteStream | undefined,
  ) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      copyTo?.write(chunk);
      this.take(chunk);
    });
    this.end = new Promise((resolve) => {
      stream.once('close', resolve);
    });
  }

  /** Waits for the end of the stream, not for ever. */
  async closed(): Promise<void> {
    await Promise.race([this.end, sleep(CLOSING_MS)]);
    this.stream.destroy();
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
  }

  private take(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) this.line(line.slice(0, MAX_LINE));
  }

  /** What we say in several lines goes on indented. */
  private line(line: string): void {
    if (line.startsWith(PREFIX)) {
      this.isOurs = true;
      if (this.said.length < MAX_SAID) this.said.push(line.slice(PREFIX.length));
      return;
    }
    if (this.isOurs && line.startsWith('  ')) {
      const before = this.said.pop() ?? '';
      this.said.push(`${before}\n${line}`);
      return;
    }
    this.isOurs = false;
    if (line.trim() === '') return;
    if (this.first.length < MAX_FIRST) this.first += `${line}\n`;
    this.last.push(line);
    if (this.last.length > MAX_LAST) this.last.shift();
  }
}
