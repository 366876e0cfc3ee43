/**
 * Loads a policy again when its file changes. A file that cannot be used changes nothing but is reported; what is in
 * force goes on being so.
 *
 * Folders are watched, not files: editors and Kubernetes put a new file, or a new link, in the place of the old one. Nothing
 * here keeps a process alive.
 */
import type { FSWatcher } from 'node:fs';
import { realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

import { safely } from '../core/safe';
import type { LoadedPolicy } from './load';
import { filesOf, isSamePolicy, loadPolicy } from './load';

export type PolicyChange =
  /** Another policy, valid: to be put in force. */
  | { readonly kind: 'loaded'; readonly loaded: LoadedPolicy }
  /** The file is there no more, or is no valid policy; said once for each state of the file. */
  | { readonly kind: 'failed'; readonly error: unknown }
  /** After a failure: the file says again what is in force. */
  | { readonly kind: 'restored' };

export interface WatchOptions {
  /** Milliseconds without a further event after which the file is read; default 100. */
  readonly quietMs?: number;
  /** Milliseconds between two looks where folders cannot be watched; default 2000. */
  readonly pollMs?: number;
}

export interface PolicyWatch {
  /** Looks at once, without waiting for an event. */
  check(): void;
  close(): void;
}

/**
 * @param current - what is in force, or the path of a policy that could not be loaded, which has been reported
 * @param onChange - told of every change
 */
export function watchPolicy(
  current: LoadedPolicy | string,
  onChange: (change: PolicyChange) => void,
  options: WatchOptions = {},
): PolicyWatch {
  return new Watch(current, onChange, options);
}

class Watch implements PolicyWatch {
  private readonly watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  private readonly quietMs: number;
  private readonly pollMs: number;
  private readonly file: string;
  private readonly name: string;
  private isFailureKnown: boolean;
  // As if unknown: the file may have changed between the load and this.
  private stamp = '';
  private failure: string | undefined;
  private pending: NodeJS.Timeout | undefined;
  private firstEventAt = 0;
  private poll: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private current: LoadedPolicy | string,
    private readonly onChange: (change: PolicyChange) => void,
    { quietMs = 100, pollMs = 2_000 }: WatchOptions,
  ) {
    this.quietMs = quietMs;
    this.pollMs = pollMs;
    this.file = typeof current === 'string' ? resolve(current) : current.file;
    this.name = basename(this.file);
    this.isFailureKnown = typeof current === 'string';
    this.watchFolders();
    this.soon();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.pending);
    clearInterval(this.poll);
    for (const { watcher } of this.watchers.values()) watcher.close();
    this.watchers.clear();
  }

  check(): void {
    if (this.isClosed) return;
    // First, so that a change from here on is an event.
    this.watchFolders();
    const stamp = this.stampOfFiles();
    // After a failure also without a change of a file: what is missing may be one that is not known here.
    if (stamp === this.stamp && this.failure === undefined) return;
    this.stamp = stamp;
    this.load();
    // Begins or ends the looks at intervals that follow a failure.
    this.watchFolders();
  }

  private load(): void {
    let loaded: LoadedPolicy;
    try {
      loaded = loadPolicy(this.file);
    } catch (error) {
      const text = String(error);
      const isNew = text !== this.failure && !this.isFailureKnown;
      this.failure = text;
      this.isFailureKnown = false;
      if (isNew) this.tell({ kind: 'failed', error });
      return;
    }
    this.isFailureKnown = false;
    const hadFailed = this.failure !== undefined;
    this.failure = undefined;
    if (typeof this.current === 'string' || !isSamePolicy(this.current, loaded)) {
      this.current = loaded;
      this.stamp = this.stampOfFiles();
      this.tell({ kind: 'loaded', loaded });
    } else if (hadFailed) this.tell({ kind: 'restored' });
  }

  private tell(change: PolicyChange): void {
    safely('policy_watch', () => this.onChange(change));
  }

  /** Reads a moment after the first event. While the policy itself is being written the moment begins anew, ten times at most. */
  private soon(name: string | null = null): void {
    if (this.pending !== undefined) {
      const waited = performance.now() - this.firstEventAt;
      if (name !== this.name || waited > this.quietMs * 10) return;
      clearTimeout(this.pending);
    } else this.firstEventAt = performance.now();
    this.pending = setTimeout(() => {
      this.pending = undefined;
      safely('policy_watch', () => this.check());
    }, this.quietMs).unref();
  }

  /** Watches the folders that the files are in now, by name and behind links; looks at intervals where it cannot. */
  private watchFolders(): void {
    if (this.isClosed) return;
    const wanted = new Set(this.files().flatMap(foldersOf));
    for (const [folder, { watcher, inode }] of this.watchers) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    let isWatched = true;
    for (const folder of wanted) isWatched = this.watchFolder(folder) && isWatched;
    if (isWatched && this.failure === undefined) {
      clearInterval(this.poll);
      this.poll = undefined;
    } else this.poll ??= setInterval(() => safely('policy_watch', () => this.check()), this.pollMs).unref();
  }

  private watchFolder(folder: string): boolean {
    if (this.watchers.has(folder)) return true;
    const inode = inodeOf(folder);
    if (inode === undefined) return false;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.soon(name));
      watcher.on('error', () => {
        watcher.close();
        this.watchers.delete(folder);
        this.soon();
      });
      this.watchers.set(folder, { watcher, inode });
      return true;
    } catch {
      // Too many watches on this machine, or a file system without them.
      return false;
    }
  }

  /** Changes with every change of a file; spares reading them after events of their neighbours. */
  private stampOfFiles(): string {
    return this.files().map(stampOf).join(' ');
  }

  private files(): readonly string[] {
    return typeof this.current === 'string' ? [this.file] : filesOf(this.current);
  }
}

function stampOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return 'none';
  }
}

/** The folder that names the file, and the one that it lies in where that is another. */
function foldersOf(file: string): readonly string[] {
  const folder = dirname(file);
  try {
    const real = dirname(realpathSync(file));
    return real === realpathSync(folder) ? [folder] : [folder, real];
  } catch {
    return [folder];
  }
}

function inodeOf(folder: string): number | undefined {
  try {
    return statSync(folder).ino;
  } catch {
    return undefined;
  }
}
