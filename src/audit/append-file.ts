/** A file that lines are appended to, one `write` each, so that nothing written is lost with the process. */
import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';

/** Why a line is not in the log; label `reason` of `mcpguard.audit.dropped`. */
export type DropReason =
  | 'open'
  | 'write'
  | 'disk_full'
  | 'short_write'
  | 'file_replaced'
  | 'closed'
  | 'internal';

export class LineLost extends Error {
  override readonly name = 'LineLost';

  constructor(
    readonly reason: DropReason,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Windows has neither. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;
/** A symbolic link is not followed, and a named pipe that nobody reads does not stop the agent. */
const FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
const OWNER_ONLY = 0o600;

const LINE_END = 0x0a;

export class AppendFile {
  private readonly fd: number;
  private readonly device: number;
  private readonly inode: number;
  /** The last line has no end: the process that wrote it died, or the disk was full. */
  private isTorn: boolean;
  private isSyncing = false;
  private isClosed = false;
  /** Bytes in the file, as far as this process wrote them. */
  size: number;

  /**
   * @param mustBeNew - fails with `EEXIST` when the file is there
   * @throws what `open` throws
   */
  constructor(
    readonly path: string,
    mustBeNew: boolean,
  ) {
    this.fd = openSync(path, mustBeNew ? FLAGS | O_EXCL : FLAGS, OWNER_ONLY);
    const { dev, ino, size } = fstatSync(this.fd);
    this.device = dev;
    this.inode = ino;
    this.size = size;
    this.isTorn = size > 0 && !endsLine(path, size);
  }

  /**
   * Writes one line.
   *
   * @throws {LineLost} when it is not in the file whole
   */
  append(line: string): void {
    const bytes = Buffer.from(`${this.isTorn ? '\n' : ''}${line}\n`);
    const written = this.write(bytes);
    this.size += written;
    if (written === bytes.length) this.isTorn = false;
    else {
      // What there is of it stays: the next line begins on a line of its own.
      if (written > 0) this.isTorn = bytes[written - 1] !== LINE_END;
      throw new LineLost('short_write', new Error(`${written} of ${bytes.length} bytes were written`));
    }
  }

  private write(bytes: Buffer): number {
    try {
      return writeSync(this.fd, bytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new LineLost(code === 'ENOSPC' || code === 'EDQUOT' ? 'disk_full' : 'write', error);
    }
  }

  /** Whether the path still leads to this file: `moved` has kept its lines elsewhere, `gone` has not. */
  whereabouts(): 'here' | 'moved' | 'gone' {
    try {
      if (fstatSync(this.fd).nlink === 0) return 'gone';
      const found = statSync(this.path, { throwIfNoEntry: false });
      return found !== undefined && found.ino === this.inode && found.dev === this.device ? 'here' : 'moved';
    } catch {
      // A folder that may not be searched any more: the descriptor still takes lines.
      return 'here';
    }
  }

  /** Waits until what was written is on the disk. */
  syncNow(): void {
    fdatasyncSync(this.fd);
  }

  /** Has what was written put on the disk in the background. */
  sync(failed: (error: Error) => void): void {
    if (this.isSyncing || this.isClosed) return;
    this.isSyncing = true;
    fdatasync(this.fd, (error) => {
      this.isSyncing = false;
      if (this.isClosed) closeQuietly(this.fd);
      if (error !== null) failed(error);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // A descriptor that is closed under a running sync may be another file's by then.
    if (!this.isSyncing) closeQuietly(this.fd);
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // There is nothing left to be done about it.
  }
}

function endsLine(path: string, size: number): boolean {
  const last = Buffer.alloc(1);
  try {
    const fd = openSync(path, constants.O_RDONLY | O_NONBLOCK);
    try {
      return readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === LINE_END;
    } finally {
      closeQuietly(fd);
    }
  } catch {
    // Not ours to read: an empty line too many does no harm.
    return false;
  }
}
