/**
 * A file of one process that keeps what it knows over a restart. It is replaced as a whole, every so often and when the
 * process ends: a process that is killed loses what it learned since the last time.
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

import { say } from './diagnostics';
import { FileLock } from './file-lock';

/** Often enough that processes elsewhere see that this one lives: see {@link FileLock}. */
const TOUCH_MS = 5_000;
/** Characters that are made before the agent goes on. */
const SLICE = 65_536;
/** Longest time that is taken at the end of the process, in milliseconds. */
const LAST_MS = 1_000;

export interface KeptContent {
  /** @param text - what the file holds; what is of no use is the content's own affair to say */
  load(text: string): void;
  /** Whether there is something that the last call of `text` did not have. */
  isChanged(): boolean;
  /** All of it, in pieces: between two of them the agent goes on. */
  text(): Iterable<string>;
}

export interface KeptFileOptions {
  readonly file: string;
  /** Least time between two saves, in milliseconds. */
  readonly everyMs: number;
  readonly content: KeptContent;
  /** What happens without the file, said with every reason for it. */
  readonly otherwise: string;
  /** What to do where another process uses the file. */
  readonly remedy: string;
}

export class KeptFile {
  private readonly timer: NodeJS.Timeout;
  private readonly tickMs: number;
  private ticks = 0;
  private saving = false;
  private isUnsaved = false;
  private failing = false;
  private isClosed = false;

  private constructor(
    private readonly options: KeptFileOptions,
    private readonly lock: FileLock,
  ) {
    this.tickMs = Math.min(options.everyMs, TOUCH_MS);
    this.timer = setInterval(() => this.tick(), this.tickMs).unref();
  }

  /**
   * Takes the file into use, and its content. Who opens it closes it when the process ends.
   *
   * @returns `undefined`, having said why, when the file cannot be used
   */
  static open(options: KeptFileOptions): KeptFile | undefined {
    const { file, content, otherwise, remedy } = options;
    if (!isMainThread) {
      say(`${file} is for the main thread: in this worker thread ${otherwise}`);
      return undefined;
    }
    let lock: FileLock | undefined;
    try {
      lock = FileLock.take(`${file}.lock`);
      if (lock !== undefined) {
        const text = readIfThere(file);
        if (text !== undefined) content.load(text);
        return new KeptFile(options, lock);
      }
      say(`${file} is in use by another process: ${otherwise}; ${remedy}`);
    } catch (error) {
      lock?.release();
      say(`${file} cannot be used (${(error as Error).message}): ${otherwise}`);
    }
    return undefined;
  }

  /** Saves what is new and lets go of the file. Never throws. */
  close(): void {
    if (this.isClosed) return;
    this.end();
    try {
      if (!this.lock.isHeld()) return;
      // After a save that is under way, too: it may not come to its end any more.
      if (this.hasNews() || this.saving) this.saveNow();
      this.lock.release();
    } catch (error) {
      this.failed(error);
    }
  }

  private end(): void {
    this.isClosed = true;
    clearInterval(this.timer);
  }

  private tick(): void {
    this.ticks += 1;
    if (this.saving) return;
    try {
      if (!this.lock.isHeld()) return this.lost();
      if (this.isTime(TOUCH_MS)) this.lock.touch();
    } catch (error) {
      return this.failed(error);
    }
    if (this.isTime(this.options.everyMs) && this.hasNews()) void this.save();
  }

  private isTime(everyMs: number): boolean {
    return this.ticks % Math.ceil(everyMs / this.tickMs) === 0;
  }

  private hasNews(): boolean {
    return this.isUnsaved || this.options.content.isChanged();
  }

  private async save(): Promise<void> {
    this.saving = true;
    const { file, content } = this.options;
    try {
      const temporary = `${file}.tmp`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        for (const slice of slicesOf(content.text())) {
          // oxlint-disable-next-line no-await-in-loop -- the agent goes on meanwhile
          await handle.write(slice);
          // What was closed meanwhile has been saved, and may be another's by now.
          if (this.isClosed) return;
        }
        // Else a file without content may be what a crash of the machine leaves.
        await handle.sync();
      } finally {
        await handle.close();
      }
      if (this.isClosed) return;
      await rename(temporary, file);
      this.failing = false;
      this.isUnsaved = false;
    } catch (error) {
      this.isUnsaved = true;
      this.failed(error);
    } finally {
      this.saving = false;
    }
  }

  private saveNow(): void {
    const { file, content } = this.options;
    const until = performance.now() + LAST_MS;
    // Of another name: what is being written in the background goes on until the process is gone.
    const temporary = `${file}.exit.tmp`;
    rmSync(temporary, { force: true });
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      for (const slice of slicesOf(content.text())) {
        writeAll(descriptor, slice);
        if (performance.now() > until) throw new Error('it takes too long');
      }
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
    rmSync(`${file}.tmp`, { force: true });
  }

  private lost(): void {
    this.end();
    say(`another process has taken ${this.options.file} over: ${this.options.otherwise}`);
  }

  /** Said once per row of failures; tried again with the next save. */
  private failed(error: unknown): void {
    if (!this.failing) {
      const seconds = this.options.everyMs / 1_000;
      const again = this.isClosed
        ? 'what is new since the last time is lost'
        : `tried again ${seconds === 1 ? 'every second' : `every ${seconds} seconds`}`;
      say(`${this.options.file} cannot be written (${(error as Error).message}); ${again}`);
    }
    this.failing = true;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function* slicesOf(pieces: Iterable<string>): Generator<string> {
  let slice = '';
  for (const piece of pieces) {
    slice += piece;
    if (slice.length < SLICE) continue;
    yield slice;
    slice = '';
  }
  if (slice !== '') yield slice;
}

/** A file system may take a part only. */
function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}
