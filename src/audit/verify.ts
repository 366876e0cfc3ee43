/**
 * Checks that a log is as it was written: every record by its hash, every writer's records by their chain, every file by
 * what later files and anchors know of it.
 */
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { isSealed } from './chain';
import { dayOf, parseFileName } from './file-name';
import { filesOf, STDIN } from './inputs';
import { auditKeys, EPHEMERAL } from './keys';
import { firstRecord } from './previous';
import { readAuditLines, type AuditLine } from './reader';
import type { AuditRecord, PreviousRecord } from './schema';
import { Chain, type Place, type WriterResult } from './verify-chain';
import { ProblemList, type Problem } from './verify-problems';
import type { Anchor } from './writer';

export interface VerifyResult {
  /** No problem is `broken`. */
  readonly isIntact: boolean;
  readonly records: number;
  /** Records without a chain, of other programs. */
  readonly unchained: number;
  /** Lines without a record, in logs that may hold such. */
  readonly others: number;
  readonly writers: readonly WriterResult[];
  readonly problems: readonly Problem[];
  /** Problems beyond the first 1,000. */
  readonly furtherProblems: number;
}

export interface VerifyOptions {
  /** Content of the key file. Without it a keyed log is checked by its links alone. */
  readonly secret?: Buffer | undefined;
  /** Heads that were made known outside, such as by telemetry: a log that ends before them was cut. */
  readonly anchors?: readonly Anchor[] | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: number | undefined;
  readonly stdin?: AsyncIterable<unknown> | undefined;
  /** Told how many bytes were read since the last time, often. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** Older files may have been pruned. */
const PRUNED_AFTER_MS = 90 * 86_400_000;

/**
 * @param inputs - paths, folders, globs, or `-` for standard input
 * @throws when an input names nothing, or a file cannot be read
 */
export async function verifyAudit(
  inputs: readonly string[],
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  const files = filesOf(inputs);
  const check = new Verification(files, options);
  for await (const lines of readAuditLines(files, options.stdin, options.progress)) {
    for (const line of lines) check.line(line);
  }
  return check.result();
}

/** Lines of a file that hold no record, since its last record. */
interface FileState {
  readonly chains: Set<Chain>;
  damaged: AuditLine[];
}

class Verification {
  private readonly key: KeyObject | undefined;
  private readonly kid: string;
  private readonly now: number;
  private readonly names: ReadonlySet<string>;
  private readonly chains = new Map<string, Chain>();
  private readonly files = new Map<string, FileState>();
  private readonly problems = new ProblemList();
  private readonly references: { previous: PreviousRecord; place: Place; by: string }[] = [];
  /** Records whose hash is asked for at the end, by writer. */
  private readonly wanted = new Map<string, number[]>();
  private counts = { records: 0, unchained: 0, others: 0 };

  constructor(
    files: readonly string[],
    private readonly options: VerifyOptions,
  ) {
    const { secret, now = Date.now(), anchors = [] } = options;
    const keys = secret === undefined ? undefined : auditKeys(secret);
    this.key = keys?.chain;
    this.kid = keys?.kid ?? EPHEMERAL;
    this.now = now;
    this.names = new Set(files.map(unzippedName));
    for (const { writer, seq } of anchors) this.want(writer, seq);
    for (const file of files) {
      const previous = isOurs(file) ? firstRecord(file)?.previous : undefined;
      if (previous !== undefined) this.want(previous.writer, previous.seq);
    }
  }

  line(line: AuditLine): void {
    const state = this.stateOf(line.file);
    if (line.problem === 'other') this.counts.others += 1;
    else if (line.problem !== undefined) state.damaged.push(line);
    if (line.record === undefined) return;
    this.counts.records += 1;
    if (isChained(line.record)) this.chained(line.record, line, state);
    else this.unchained(line);
  }

  result(): VerifyResult {
    for (const { damaged } of this.files.values()) this.reportDamage(damaged, 'edit');
    for (const reference of this.references) this.checkReference(reference);
    for (const anchor of this.options.anchors ?? []) this.checkAnchor(anchor);
    // A writer of which there are only spliced records has no chain here.
    const chains = [...this.chains.values()].filter((chain) => chain.records > 0);
    for (const chain of chains) this.finish(chain);
    return {
      isIntact: !this.problems.isBroken,
      ...this.counts,
      writers: chains.map((chain) => chain.result()),
      problems: this.problems.all,
      furtherProblems: this.problems.further,
    };
  }

  private want(writer: string, seq: number): void {
    this.wanted.set(writer, [...(this.wanted.get(writer) ?? []), seq]);
  }

  private stateOf(file: string): FileState {
    let state = this.files.get(file);
    if (state === undefined) {
      state = { chains: new Set(), damaged: [] };
      this.files.set(file, state);
    }
    return state;
  }

  /** A record of another program: the guide's have no chain. */
  private unchained(line: AuditLine): void {
    this.counts.unchained += 1;
    if (isOurs(line.file)) this.problems.add('splice', line, undefined, 'a record without a chain');
  }

  private chained(record: ChainedRecord, line: AuditLine, state: FileState): void {
    const isChecked = record.kid === EPHEMERAL || (this.key !== undefined && record.kid === this.kid);
    const isGenuine = !isChecked || isSealed(line.text, record.kid === EPHEMERAL ? undefined : this.key);
    const chain = this.chainOf(record, line, state, isGenuine);
    const isHome = this.checkHome(chain, line);
    this.checkKey(chain, record, line);
    if (!isHome) return;
    state.chains.add(chain);
    if (isGenuine) this.place(chain, record, line, state);
    else {
      const seq = chain.records === 0 ? record.seq : chain.lastSeq + 1;
      this.problems.add('edit', line, chain.writer, `record ${seq} is not what was written`);
      this.reportDamage(state.damaged, 'splice');
      chain.accept(seq, record.hash, line);
    }
    state.damaged = [];
  }

  /** The chain of a record. What an edited one says of its writer is not believed where its `prev` tells. */
  private chainOf(record: ChainedRecord, line: AuditLine, state: FileState, isGenuine: boolean): Chain {
    if (!isGenuine) {
      for (const chain of state.chains) if (chain.lastHash === record.prev) return chain;
      const home = this.chains.get(parseFileName(basename(line.file))?.writer ?? '');
      if (home !== undefined) return home;
    }
    let chain = this.chains.get(record.writer);
    if (chain === undefined) {
      const isChecked = record.kid === EPHEMERAL || record.kid === this.kid;
      chain = new Chain(record.writer, record.kid, isChecked, this.wanted.get(record.writer));
      this.chains.set(record.writer, chain);
    }
    return chain;
  }

  private checkHome(chain: Chain, line: AuditLine): boolean {
    const home = parseFileName(basename(line.file))?.writer;
    if (home === undefined || home === chain.writer) return true;
    this.problems.add('splice', line, chain.writer, 'a record of another writer than the file’s');
    return false;
  }

  private checkKey(chain: Chain, { kid }: ChainedRecord, line: AuditLine): void {
    if (kid !== chain.kid) {
      this.problems.add('splice', line, chain.writer, `its key is ${kid}, the writer’s is ${chain.kid}`);
    } else if (this.key !== undefined && kid !== this.kid && !chain.isKeyReported) {
      chain.isKeyReported = true;
      if (kid === EPHEMERAL) this.problems.add('unkeyed', line, chain.writer, 'written without a key');
      else
        this.problems.add('wrong_key', line, chain.writer, `written under key ${kid}, given was ${this.kid}`);
    }
  }

  /** Puts a genuine record behind the one before it, or says why it cannot stand there. */
  private place(chain: Chain, record: ChainedRecord, line: AuditLine, state: FileState): void {
    const { seq, prev, hash } = record;
    const isFirst = chain.records === 0;
    // A later file of a writer whose earlier ones were not given.
    const expected = isFirst && record.event === 'audit_start' ? seq : chain.lastSeq + 1;
    if (seq < expected) {
      if (chain.fill(seq, hash)) {
        this.problems.add('reordering', line, chain.writer, `record ${seq} stands after ${chain.lastSeq}`);
      } else this.problems.add('splice', line, chain.writer, `record ${seq} is there twice`);
      return;
    }
    if (seq > expected) this.missing(chain, { from: expected, to: seq - 1 }, record, line, state);
    else {
      this.reportDamage(state.damaged, 'splice');
      if (!isFirst && prev !== chain.lastHash && chain.isLastGenuine) {
        this.problems.add('splice', line, chain.writer, `record ${seq} does not follow the one before it`);
      }
    }
    this.readAbout(chain, record, line);
    chain.accept(seq, hash, line, record);
  }

  private missing(
    chain: Chain,
    { from, to }: { from: number; to: number },
    record: ChainedRecord,
    line: AuditLine,
    { damaged }: FileState,
  ): void {
    const count = to - from + 1;
    if (count <= damaged.length) {
      const which = count === 1 ? `record ${from} is` : `records ${from} to ${to} are`;
      this.problems.add('edit', damaged[0] ?? line, chain.writer, `${which} damaged`);
      return;
    }
    this.reportDamage(damaged, 'splice');
    const { previous } = record;
    const isNewFile = record.event === 'audit_start' && line.file !== chain.lastPlace.file;
    if (isNewFile && chain.records > 0 && this.names.has(previous?.file ?? '')) {
      this.problems.add('truncation', chain.lastPlace, chain.writer, `records ${from} to ${to} were cut off`);
    } else chain.leave({ from, to, place: line });
  }

  /** What a genuine record tells of what went before. */
  private readAbout(
    chain: Chain,
    { dropped = 0, previous, timestamp, event }: ChainedRecord,
    line: AuditLine,
  ): void {
    if (dropped > 0) {
      this.problems.add('loss', line, chain.writer, `the writer could not write, or lost, ${dropped} lines`);
    }
    if (timestamp < chain.lastTime) {
      this.problems.add('clock_back', line, chain.writer, `${timestamp} after ${chain.lastTime}`);
    }
    if (event === 'audit_start' && previous !== undefined) {
      this.references.push({ previous, place: { file: line.file, line: line.line }, by: chain.writer });
    }
  }

  /** Lines without a record that no gap in the numbers explains: pieces, or insertions (at a file's end: damage). */
  private reportDamage(damaged: readonly AuditLine[], kind: 'splice' | 'edit'): void {
    for (const line of damaged) {
      if (line.problem === 'torn') this.problems.add('torn', line, undefined, 'a piece of a record');
      else this.problems.add(kind, line, undefined, 'a line that is no record');
    }
  }

  /** A file that was begun later knows a record that was there then. */
  private checkReference({ previous, place, by }: (typeof this.references)[number]): void {
    const { file, writer } = previous;
    if (file !== undefined && !this.names.has(file)) {
      if (this.isAccountedFor(file, place.file)) return;
      this.problems.add('deletion', place, writer, `the file before, ${file}, is missing`);
      return;
    }
    const chain = this.chains.get(writer);
    if (chain !== undefined) this.checkHead(chain, previous, `when ${by} began`, place);
    else if (file !== undefined)
      this.problems.add('truncation', place, writer, `${file} has lost its records`);
  }

  /** A file that was not given is there all the same, or old enough to have been pruned. */
  private isAccountedFor(name: string, near: string): boolean {
    if (near === STDIN) return true;
    const day = parseFileName(name)?.day;
    if (day !== undefined && day <= dayOf(this.now - PRUNED_AFTER_MS)) return true;
    const path = join(dirname(near), name);
    return existsSync(path) || existsSync(`${path}.gz`);
  }

  private checkAnchor(anchor: Anchor): void {
    const chain = this.chains.get(anchor.writer);
    if (chain !== undefined) this.checkHead(chain, anchor, 'by its anchor', chain.lastPlace);
    else {
      const place = { file: STDIN, line: 0 };
      this.problems.add('deletion', place, anchor.writer, `its ${anchor.seq + 1} records are missing`);
    }
  }

  private checkHead(
    chain: Chain,
    { seq, hash }: Pick<Anchor, 'seq' | 'hash'>,
    when: string,
    place: Place,
  ): void {
    if (seq > chain.lastSeq) {
      const text = `it ends at record ${chain.lastSeq} and had record ${seq} ${when}`;
      this.problems.add('truncation', chain.lastPlace, chain.writer, text);
      chain.isCut = true;
      return;
    }
    const found = chain.hashOf(seq);
    if (found === undefined || found === hash) return;
    this.problems.add('edit', place, chain.writer, `record ${seq} had another hash ${when}`);
  }

  private finish(chain: Chain): void {
    for (const { from, to, place } of chain.holes()) {
      const which = from === to ? `record ${from} is` : `records ${from} to ${to} are`;
      this.problems.add('deletion', place, chain.writer, `${which} missing`);
    }
    if (chain.hasEnded || chain.isCut || !chain.isLastGenuine) return;
    this.problems.add('crash', chain.lastPlace, chain.writer, 'no audit_end: it was killed, or still runs');
  }
}

type ChainedRecord = AuditRecord & {
  readonly hash: string;
  readonly kid: string;
  readonly prev: string;
  readonly seq: number;
  readonly writer: string;
};

function isChained(record: AuditRecord): record is ChainedRecord {
  const { hash, kid, prev, seq, writer } = record;
  return [hash, kid, prev, writer].every((value) => typeof value === 'string') && Number.isSafeInteger(seq);
}

function isOurs(file: string): boolean {
  return parseFileName(basename(file)) !== undefined;
}

/** A closed file may have been gzipped since it was named. */
function unzippedName(file: string): string {
  return basename(file).replace(/\.gz$/, '');
}
