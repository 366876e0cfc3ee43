/**
 * Loads a policy again when its file changes. A file that cannot be used changes nothing but is reported; what is in
 * force goes on being so.
 *
 * Folders are watched, not files: editors and Kubernetes put a new file, or a new link, in the place of the old one. Nothing
 * here keeps a process alive.
 */
import type { FSWatcher } from 'node:fs';
import { realpathSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

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
 * @param loaded - what is in force
 * @param onChange - told of every change; what it throws is the caller's business
 */
export function watchPolicy(
  loaded: LoadedPolicy,
  onChange: (change: PolicyChange) => void,
  options: WatchOptions = {},
): PolicyWatch {
  return new Watch(loaded, onChange, options);
}

class Watch implements PolicyWatch {
  private readonly watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  private readonly quietMs: number;
  private readonly pollMs: number;
  private stamp: string;
  private failure: string | undefined;
  private pending: NodeJS.Timeout | undefined;
  private firstEventAt = 0;
  private poll: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private current: LoadedPolicy,
    private readonly onChange: (change: PolicyChange) => void,
    { quietMs = 100, pollMs = 2_000 }: WatchOptions,
  ) {
    this.quietMs = quietMs;
    this.pollMs = pollMs;
    // As if unknown: the file may have changed between the load and this.
    this.stamp = '';
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
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.load();
  }

  private load(): void {
    let loaded: LoadedPolicy;
    try {
      loaded = loadPolicy(this.current.file);
    } catch (error) {
      const text = String(error);
      if (text === this.failure) return;
      this.failure = text;
      this.onChange({ kind: 'failed', error });
      return;
    }
    const hadFailed = this.failure !== undefined;
    this.failure = undefined;
    if (!isSamePolicy(this.current, loaded)) {
      this.current = loaded;
      this.stamp = this.stampOfFiles();
      this.onChange({ kind: 'loaded', loaded });
    } else if (hadFailed) this.onChange({ kind: 'restored' });
  }

  /** Reads once events have ceased, or have gone on for ten times as long. */
  private soon(): void {
    const now = performance.now();
    if (this.pending === undefined) this.firstEventAt = now;
    else if (now - this.firstEventAt > this.quietMs * 10) return;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      this.pending = undefined;
      this.check();
    }, this.quietMs).unref();
  }

  /** Watches the folders that the files are in now, by name and behind links; looks at intervals where it cannot. */
  private watchFolders(): void {
    const wanted = new Set(this.files().flatMap(foldersOf));
    for (const [folder, { watcher, inode }] of this.watchers) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.watchers.delete(folder);
    }
    let isWatched = true;
    for (const folder of wanted) isWatched = this.watchFolder(folder) && isWatched;
    if (isWatched) {
      clearInterval(this.poll);
      this.poll = undefined;
    } else this.poll ??= setInterval(() => this.check(), this.pollMs).unref();
  }

  private watchFolder(folder: string): boolean {
    if (this.watchers.has(folder)) return true;
    const inode = inodeOf(folder);
    if (inode === undefined) return false;
    try {
      const watcher = watch(folder, { persistent: false }, () => this.soon());
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
    return filesOf(this.current);
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
