/** A file that says which process uses another one. */
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A holder on another machine, or in another container, shows that it lives by touching the file. */
const SILENT_MS = 15_000;

export class FileLock {
  private constructor(
    private readonly file: string,
    private readonly content: string,
  ) {}

  /**
   * @returns `undefined` while another process holds it
   * @throws when the file cannot be written for another reason
   */
  static take(file: string): FileLock | undefined {
    const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
        const lock = new FileLock(file, content);
        return lock.isHeld() ? lock : undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (!isStale(file)) return undefined;
        remove(file);
      }
    }
    return undefined;
  }

  /** `false` once another process took it over: two that found a dead holder's lock at once may both have believed so. */
  isHeld(): boolean {
    return read(this.file) === this.content;
  }

  touch(): void {
    const now = new Date();
    utimesSync(this.file, now, now);
  }

  release(): void {
    if (this.isHeld()) remove(this.file);
  }
}

function isStale(file: string): boolean {
  const holder = holderOf(file);
  if (holder !== undefined && holder.host === hostname()) {
    // Our own number is that of a process before us: in a container every start has the same.
    return holder.pid === process.pid || !isAlive(holder.pid);
  }
  try {
    return Date.now() - statSync(file).mtimeMs > SILENT_MS;
  } catch {
    // Gone meanwhile.
    return true;
  }
}

function holderOf(file: string): { pid: number; host: string } | undefined {
  try {
    const { pid, host } = JSON.parse(read(file) ?? '') as { pid?: unknown; host?: unknown };
    return Number.isInteger(pid) && typeof host === 'string' ? { pid: pid as number, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Another process was faster.
  }
}
