/**
 * Keeps windows over a restart. The file is replaced as a whole, at most once a second and when the process exits: a
 * process that is killed loses what it counted in the last second.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { isMainThread } from 'node:worker_threads';

import { say } from '../core/diagnostics';
import { FileLock } from './file-lock';
import type { Window, WindowStore } from './window-store';

const SAVE_MS = 1_000;
const TOUCH_SAVES = 5;
const VERSION = 1;

/** Times in milliseconds since 1970; `null` for a window that never ends, and for nobody's. */
type Saved = readonly [
  key: string,
  startedAt: number,
  endsAt: number | null,
  used: number,
  usedAt: number,
  owner: string | null,
];

const IN_MEMORY = 'budgets are counted in memory alone and begin anew with the next start';

export class StateFile {
  private readonly timer: NodeJS.Timeout;
  private ticks = 0;
  private saving = false;
  private failing = false;

  private constructor(
    private readonly file: string,
    private readonly lock: FileLock,
    private readonly store: () => WindowStore,
  ) {
    this.timer = setInterval(() => this.tick(), SAVE_MS).unref();
    process.once('exit', this.close);
  }

  /**
   * Takes the file into use and puts what stands in it into `store`.
   *
   * @param store - the one whose windows are kept, asked for at each save
   * @returns `undefined`, having said why, when the file cannot be used
   */
  static open(file: string, store: () => WindowStore): StateFile | undefined {
    if (!isMainThread) {
      say(`${file} is for the main thread: in this worker thread ${IN_MEMORY}`);
      return undefined;
    }
    let lock: FileLock | undefined;
    try {
      lock = FileLock.take(`${file}.lock`);
      if (lock !== undefined) {
        load(file, store());
        return new StateFile(file, lock, store);
      }
      say(
        `${file} is in use by another process: ${IN_MEMORY}; limits.store.redis lets processes share limits`,
      );
    } catch (error) {
      lock?.release();
      say(`${file} cannot be used (${(error as Error).message}): ${IN_MEMORY}`);
    }
    return undefined;
  }

  /** Saves what is new and lets go of the file. */
  readonly close = (): void => {
    clearInterval(this.timer);
    process.off('exit', this.close);
    try {
      if (!this.lock.isHeld()) return;
      // After a save that is under way, and that may not come to its end any more.
      if (this.store().changed || this.saving) this.saveNow();
      this.lock.release();
    } catch (error) {
      this.failed(error);
    }
  };

  private tick(): void {
    this.ticks += 1;
    if (this.saving) return;
    try {
      if (!this.lock.isHeld()) return this.lost();
      if (this.ticks % TOUCH_SAVES === 0) this.lock.touch();
    } catch (error) {
      return this.failed(error);
    }
    if (this.store().changed) void this.save();
  }

  private async save(): Promise<void> {
    this.saving = true;
    const store = this.store();
    store.changed = false;
    try {
      const temporary = `${this.file}.tmp`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(textOf(store));
        // Else a file without content may be what a crash of the machine leaves.
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.file);
      this.failing = false;
    } catch (error) {
      store.changed = true;
      this.failed(error);
    } finally {
      this.saving = false;
    }
  }

  private saveNow(): void {
    // Of another name: what is being written in the background goes on until the process is gone.
    const temporary = `${this.file}.exit.tmp`;
    rmSync(temporary, { force: true });
    writeFileSync(temporary, textOf(this.store()), { mode: 0o600 });
    renameSync(temporary, this.file);
    rmSync(`${this.file}.tmp`, { force: true });
  }

  private lost(): void {
    clearInterval(this.timer);
    process.off('exit', this.close);
    say(`another process has taken ${this.file} over: ${IN_MEMORY}`);
  }

  /** Said once per row of failures; tried again with the next save. */
  private failed(error: unknown): void {
    if (!this.failing)
      say(`${this.file} cannot be written (${(error as Error).message}); tried again every second`);
    this.failing = true;
  }
}

function textOf(store: WindowStore): string {
  const windows: Saved[] = [];
  for (const [key, { startedAt, endsAt, used, usedAt, owner }] of store.entries(Date.now())) {
    windows.push([key, startedAt, Number.isFinite(endsAt) ? endsAt : null, used, usedAt, owner ?? null]);
  }
  return JSON.stringify({ version: VERSION, windows });
}

function load(file: string, store: WindowStore): void {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const windows = parse(text);
  if (windows === undefined) {
    say(`${file} is no state file, or a damaged one: budgets begin anew`);
    return;
  }
  const now = Date.now();
  for (const [key, window] of windows) {
    if (now < window.endsAt && !store.has(key)) store.restore(key, window);
  }
}

function parse(text: string): [string, Window][] | undefined {
  try {
    const { version, windows } = JSON.parse(text) as { version: unknown; windows: unknown };
    if (version !== VERSION || !Array.isArray(windows) || !windows.every(isSaved)) return undefined;
    return windows.map(([key, startedAt, endsAt, used, usedAt, owner]) => [
      key,
      { startedAt, endsAt: endsAt ?? Number.POSITIVE_INFINITY, used, usedAt, owner: owner ?? undefined },
    ]);
  } catch {
    return undefined;
  }
}

function isSaved(value: unknown): value is Saved {
  if (!Array.isArray(value)) return false;
  const [key, startedAt, endsAt, used, usedAt, owner] = value as unknown[];
  return (
    typeof key === 'string' &&
    [startedAt, used, usedAt].every((number) => Number.isFinite(number)) &&
    (endsAt === null || Number.isFinite(endsAt)) &&
    (owner === null || typeof owner === 'string')
  );
}
