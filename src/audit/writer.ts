/**
 * Writes the audit log: chain, files, loss. It never throws, never keeps the process alive, and counts every line that is
 * not in the log.
 *
 * A line that could not be written takes no number: the chain stays whole, and the next line that is written says how many
 * are missing before it (`dropped`). So a gap in the numbers is always somebody else's doing.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';

import { warnOnce } from '../core/diagnostics';
import { safely } from '../core/safe';
import type { AppendFile, DropReason } from './append-file';
import { LineLost } from './append-file';
import type { Link } from './chain';
import { seal, UNLINKED } from './chain';
import type { AuditKeys } from './keys';
import type { AuditCounters } from './loss';
import { LossCount } from './loss';
import { Folder, SingleFile, type Place } from './place';
import type { RecordDraft, RecordFields } from './record';
import { newRecord } from './record';
import type { AuditRecord, PreviousRecord } from './schema';

/** The head of a chain, as it is made known outside: a log that ends before it was cut. */
export interface Anchor {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

export interface WriterOptions {
  /** Folder for files of its own. Either this or `file`. */
  readonly dir?: string | undefined;
  /** File that lines are appended to. */
  readonly file?: string | undefined;
  /** Text before every line. */
  readonly prefix: string;
  readonly fsync: 'none' | 'interval' | 'always';
  /** Size at which a new file is begun, in bytes. */
  readonly rotateBytes: number;
  readonly keys: AuditKeys;
  /** What the first record of every file says. */
  readonly start: () => Pick<RecordFields, 'policy_digest' | 'package_version'>;
  /** Every 1,000 lines, or 60 s after one, and at the end. */
  readonly anchored?: ((anchor: Anchor) => void) | undefined;
  /** Every line that was written. */
  readonly written?: ((record: AuditRecord) => void) | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

const RETRY_MS = 5_000;
/** How old our knowledge of the file may be while lines go into it. */
const CHECK_MS = 500;
const SYNC_MS = 1_000;
const ANCHOR_MS = 60_000;
const ANCHOR_LINES = 1_000;

export class AuditWriter {
  readonly id = `${hostname().replaceAll(/[^\w.-]/g, '_') || 'host'}-${process.pid}-${randomBytes(4).toString('hex')}`;

  private readonly place: Place;
  private readonly now: () => number;
  private readonly loss = new LossCount();
  private file: AppendFile | undefined;
  private head: Link = UNLINKED;
  private records = 0;
  private isWorking = false;
  /** The open file has its `audit_start`. */
  private isStarted = false;
  private isClosed = false;
  private retryAt = 0;
  private checkedAt = 0;
  /** Lines written since the file was last seen at its place. */
  private unchecked = 0;
  private unanchored = 0;
  private previous: PreviousRecord | undefined;
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly options: WriterOptions) {
    const { dir, file = '', rotateBytes, now = Date.now } = options;
    this.now = now;
    this.place = dir === undefined ? new SingleFile(file) : new Folder(dir, this.id, rotateBytes);
    this.previous = this.place.previous();
    this.attempt(() => this.openFile(now()));
  }

  /**
   * @param record - as `newRecord` made it: the writer adds what is the writer's
   * @returns whether the line is in the log
   */
  write(record: RecordDraft): boolean {
    return this.attempt(() => {
      if (this.isClosed) throw new LineLost('closed', 'the log is closed');
      const now = this.now();
      this.check(now);
      if (this.file === undefined) this.openFile(now);
      this.append(record, now);
    }, true);
  }

  /** Whether the next line can be expected to reach the log. */
  isWritable(): boolean {
    if (this.isClosed) return false;
    if (this.file === undefined) this.attempt(() => this.openFile(this.now()));
    return this.isWorking;
  }

  counters(): AuditCounters {
    return { records: this.records, dropped: this.loss.dropped, headSeq: this.head.seq };
  }

  /** Writes `audit_end` and closes the file. */
  close(): void {
    if (this.isClosed) return;
    this.attempt(() => {
      const now = this.now();
      this.check(now, true);
      if (this.file === undefined) return;
      this.append(newRecord('audit_end'), now);
      if (this.options.fsync !== 'none') this.file.syncNow();
    }, true);
    this.anchor();
    this.isClosed = true;
    this.closeFile();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  /** Runs `work`; when it fails, a line is lost if it was about one. */
  private attempt(work: () => void, isLine = false): boolean {
    try {
      work();
      return true;
    } catch (error) {
      const reason: DropReason = error instanceof LineLost ? error.reason : 'internal';
      if (isLine) this.loss.add(reason);
      this.isWorking = false;
      const message = error instanceof Error ? error.message : String(error);
      if (reason !== 'closed')
        warnOnce(`audit:${reason}`, `the audit log cannot be written (${reason}: ${message})`);
      // A full disk may have room again; what else is wrong with a descriptor does not go away.
      if (reason === 'write') this.closeFile();
      return false;
    }
  }

  private openFile(now: number): void {
    if (now < this.retryAt && now >= this.retryAt - RETRY_MS)
      throw new LineLost('open', 'the log is not open');
    let file: AppendFile;
    try {
      file = this.place.open(now);
    } catch (error) {
      this.retryAt = now + RETRY_MS;
      throw new LineLost('open', error);
    }
    this.closeFile();
    this.file = file;
    this.checkedAt = now;
    this.unchecked = 0;
    this.isStarted = false;
    this.begin(file, now);
  }

  private append(record: RecordDraft, now: number): void {
    // If there can be no new file, the old one still takes lines.
    if (this.file !== undefined && this.place.isFull(this.file, now)) this.attempt(() => this.openFile(now));
    const { file } = this;
    if (file === undefined) throw new LineLost('open', 'the log is not open');
    this.begin(file, now);
    this.writeLine(file, record, now);
    this.later('check', CHECK_MS, () => this.attempt(() => this.check(this.now())));
  }

  /** Writes the first record of a file, again if it could not be written when the file was opened. */
  private begin(file: AppendFile, now: number): void {
    if (this.isStarted) return;
    const { previous } = this;
    this.writeLine(file, Object.assign(newRecord('audit_start'), this.options.start(), { previous }), now);
    this.isStarted = true;
  }

  private writeLine(file: AppendFile, record: RecordDraft, now: number): void {
    const { keys, prefix, fsync } = this.options;
    const seq = this.head.seq + 1;
    record.timestamp = new Date(now).toISOString();
    record.writer = this.id;
    record.seq = seq;
    record.prev = this.head.hash;
    record.kid = keys.kid;
    record.dropped = this.loss.unsaid;
    const { text, hash } = seal(record, keys.chain);
    file.append(prefix + text);
    this.head = { seq, hash };
    const name = this.place.isFolder ? { file: basename(file.path) } : {};
    this.previous = { ...name, hash, seq, writer: this.id };
    this.records += 1;
    this.unchecked += 1;
    this.isWorking = true;
    this.loss.said();
    if (fsync === 'always') file.syncNow();
    if (fsync === 'interval') this.later('sync', SYNC_MS, () => this.syncFile());
    this.countForAnchor();
    if (this.options.written !== undefined) this.tell(this.options.written, { ...record, hash });
  }

  /** Notices within half a second of a line that the file was deleted or replaced; the lines since are lost. */
  private check(now: number, isLast = false): void {
    const { file } = this;
    if (file === undefined || (!isLast && now >= this.checkedAt && now < this.checkedAt + CHECK_MS)) return;
    this.checkedAt = now;
    const whereabouts = file.whereabouts();
    if (whereabouts === 'gone' && this.unchecked > 0) this.loss.add('file_replaced', this.unchecked);
    this.unchecked = 0;
    if (whereabouts === 'here') return;
    const what = whereabouts === 'gone' ? 'was deleted or replaced' : 'was moved';
    warnOnce(`audit:${whereabouts}`, `the audit file ${what} while it was written to; a new one is begun`);
    this.closeFile();
    this.openFile(now);
  }

  private syncFile(): void {
    this.file?.sync((error) => {
      warnOnce('audit:sync', `the audit log could not be put on the disk (${error.message})`);
    });
  }

  private countForAnchor(): void {
    if (this.options.anchored === undefined) return;
    this.unanchored += 1;
    if (this.unanchored >= ANCHOR_LINES) this.anchor();
    else this.later('anchor', ANCHOR_MS, () => this.anchor());
  }

  private anchor(): void {
    if (this.unanchored === 0) return;
    this.unanchored = 0;
    clearTimeout(this.timers.get('anchor'));
    this.timers.delete('anchor');
    if (this.options.anchored !== undefined)
      this.tell(this.options.anchored, { writer: this.id, ...this.head });
  }

  /** What others do with a line does not stop the next. */
  private tell<T>(listener: (about: T) => void, about: T): void {
    safely('audit', () => listener(about));
  }

  private closeFile(): void {
    this.file?.close();
    this.file = undefined;
  }

  /** Once, `ms` after the first of several wishes, unless the process ends before. */
  private later(name: string, ms: number, work: () => void): void {
    if (this.isClosed || this.timers.has(name)) return;
    const timer = setTimeout(() => {
      this.timers.delete(name);
      work();
    }, ms);
    timer.unref();
    this.timers.set(name, timer);
  }
}
