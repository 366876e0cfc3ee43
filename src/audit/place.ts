/** Where a writer's lines go: a folder with files of its own, or one file that it may share. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { AppendFile } from './append-file';
import { dayOf, formatFileName } from './file-name';
import { lastRecord, previousInFolder } from './previous';
import type { PreviousRecord } from './schema';

export interface Place {
  /** Whether its files have names of their own. */
  readonly isFolder: boolean;
  /**
   * Opens the file to write to now.
   *
   * @throws when there is none
   */
  open(now: number): AppendFile;
  /** Whether `file` has to be followed by a new one. */
  isFull(file: AppendFile, now: number): boolean;
  /** The last record that another writer left here; `undefined` when there is none, or none can be read. */
  previous(): PreviousRecord | undefined;
}

/** Names tried before giving up: somebody else's files of the same writer name. */
const MAX_NUMBER = 10_000;
const OWNER_ONLY = 0o700;

/** New files by day and size. Their names are never used again and never changed. */
export class Folder implements Place {
  readonly isFolder = true;
  private readonly folder: string;
  private day = '';
  private number = 0;

  constructor(
    folder: string,
    private readonly writer: string,
    private readonly rotateBytes: number,
  ) {
    this.folder = resolve(folder);
  }

  open(now: number): AppendFile {
    makeFolder(this.folder);
    const day = dayOf(now);
    if (day !== this.day) this.number = 0;
    this.day = day;
    for (;;) {
      this.number += 1;
      const name = formatFileName({ day, writer: this.writer, number: this.number });
      try {
        return new AppendFile(join(this.folder, name), true);
      } catch (error) {
        const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST' && this.number < MAX_NUMBER;
        if (!isTaken) {
          this.number -= 1;
          throw error;
        }
      }
    }
  }

  isFull(file: AppendFile, now: number): boolean {
    return dayOf(now) !== this.day || file.size >= this.rotateBytes;
  }

  previous(): PreviousRecord | undefined {
    return attempt(() => previousInFolder(this.folder));
  }
}

/** One file, appended to whatever its size: it is somebody else's, and others may write to it. */
export class SingleFile implements Place {
  readonly isFolder = false;
  private readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  open(): AppendFile {
    return new AppendFile(this.path, false);
  }

  isFull(): boolean {
    return false;
  }

  previous(): PreviousRecord | undefined {
    return attempt(() => lastRecord(this.path));
  }
}

/**
 * Makes a folder and what it is in. `mkdirSync`'s own `recursive` never ends where a folder that is there takes no new one
 * and says ENOENT, as /proc does (Node 20.20).
 */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, OWNER_ONLY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(folder);
  }
}

function attempt<T>(search: () => T | undefined): T | undefined {
  try {
    return search();
  } catch {
    return undefined;
  }
}
