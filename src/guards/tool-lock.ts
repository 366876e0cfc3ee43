/**
 * The lock file of tool definitions: JSON, sorted, one digest per server and tool.
 *
 * ```json
 * {
 *   "servers": {
 *     "sha256:…": { "name": "crm", "tools": { "search": "sha256:…" } }
 *   },
 *   "version": 1
 * }
 * ```
 *
 * A server stands under the hash of its full transport identity, which may hold secrets; `name` is for the reader alone.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';

import type { Session } from '../core/call';
import { isPlainObject } from '../core/plain-object';

/** A file that changed is read again after this long, in milliseconds: a call does not ask the disk. */
const RECHECK_MS = 1_000;
const MAX_FILE_BYTES = 32 * 1024 * 1024;

const DIGEST = /^sha256:[0-9a-f]{64}$/;

interface LockedServer {
  readonly name: string;
  readonly tools: Map<string, string>;
}

type Locked = Map<string, LockedServer>;

export class ToolLock {
  private locked: Locked = new Map();
  private error: Error | undefined;
  /** Size, time and number of the file that was read; `undefined`: there was none. */
  private read: string | undefined | null = null;
  private checkedAt = Number.NEGATIVE_INFINITY;
  /** Not in the file yet. */
  private added: { readonly session: Session; readonly tool: string; readonly digest: string }[] = [];
  private readonly keys = new WeakMap<Session, string>();

  /** @param file - absolute; it need not exist */
  constructor(private readonly file: string) {}

  /**
   * @param now - milliseconds since 1970
   * @returns `undefined` when the file does not know the tool
   * @throws when the file cannot be read, or is no lock file
   */
  digestOf(session: Session, tool: string, now: number): string | undefined {
    this.refresh(now);
    return this.locked.get(this.keyOf(session))?.tools.get(tool);
  }

  /** It is in force at once, and in the file after {@link save}. */
  add(session: Session, tool: string, digest: string): void {
    put(this.locked, this.keyOf(session), session.serverId, tool, digest);
    this.added.push({ session, tool, digest });
  }

  /**
   * Writes what was added, all of it or nothing. What another process has written meanwhile stays.
   *
   * @throws when the file cannot be written
   */
  save(): void {
    if (this.added.length === 0) return;
    const { added } = this;
    this.added = [];
    const current = readLock(this.file);
    for (const { session, tool, digest } of added) {
      const key = this.keyOf(session);
      if (current.get(key)?.tools.has(tool) !== true) put(current, key, session.serverId, tool, digest);
    }
    replaceFile(this.file, textOf(current));
    this.locked = current;
    this.read = stampOf(this.file);
  }

  private refresh(now: number): void {
    const age = now - this.checkedAt;
    if (age < 0 || age >= RECHECK_MS) {
      this.checkedAt = now;
      const stamp = stampOf(this.file);
      if (stamp !== this.read) this.reload(stamp);
    }
    if (this.error !== undefined) throw this.error;
  }

  private reload(stamp: string | undefined): void {
    this.read = stamp;
    this.error = undefined;
    try {
      this.locked = readLock(this.file);
    } catch (error) {
      this.error = error as Error;
    }
  }

  private keyOf(session: Session): string {
    let key = this.keys.get(session);
    if (key === undefined) {
      key = `sha256:${createHash('sha256').update(session.identity).digest('hex')}`;
      this.keys.set(session, key);
    }
    return key;
  }
}

function put(locked: Locked, key: string, name: string, tool: string, digest: string): void {
  let server = locked.get(key);
  if (server === undefined) locked.set(key, (server = { name, tools: new Map() }));
  server.tools.set(tool, digest);
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}

/** @throws when there is something else than a lock file */
function readLock(file: string): Locked {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return new Map();
  if (size > MAX_FILE_BYTES) throw malformed(file, 'it is too large');
  const content: unknown = parsed(file);
  if (!isPlainObject(content) || content['version'] !== 1 || !isPlainObject(content['servers'])) {
    throw malformed(file, 'it needs `version` 1 and `servers`');
  }
  const locked: Locked = new Map();
  for (const [key, server] of Object.entries(content['servers'])) {
    if (!isPlainObject(server) || !isPlainObject(server['tools']))
      throw malformed(file, 'a server needs `tools`');
    const tools = new Map<string, string>();
    for (const [tool, digest] of Object.entries(server['tools'])) {
      if (typeof digest !== 'string' || !DIGEST.test(digest)) {
        throw malformed(file, 'a tool needs `sha256:` and 64 hex digits');
      }
      tools.set(tool, digest);
    }
    locked.set(key, { name: typeof server['name'] === 'string' ? server['name'] : '', tools });
  }
  return locked;
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw malformed(file, (error as Error).message);
  }
}

function malformed(file: string, what: string): Error {
  return new Error(`${file} is no lock file of tools: ${what}`);
}

function textOf(locked: Locked): string {
  const servers = sorted(locked).map(([key, { name, tools }]) => [
    key,
    { name, tools: Object.fromEntries(sorted(tools)) },
  ]);
  return `${JSON.stringify({ servers: Object.fromEntries(servers) as object, version: 1 }, undefined, 2)}\n`;
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** A reader sees the old file or the new one, also after a crash. */
function replaceFile(link: string, text: string): void {
  // A link stays one.
  const file = statSync(link, { throwIfNoEntry: false }) === undefined ? link : realpathSync(link);
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600;
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const descriptor = openSync(temporary, 'wx', mode & 0o777);
  try {
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
