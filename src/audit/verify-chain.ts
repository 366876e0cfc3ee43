/** What the verifier knows of one writer's chain while it reads. */
import { NO_HASH } from './chain';
import { EPHEMERAL } from './keys';
import type { AuditLine } from './reader';
import type { AuditRecord } from './schema';

export interface WriterResult {
  readonly writer: string;
  readonly kid: string;
  /**
   * What the chain proves. `keyed`: nobody without the key changed it. `unkeyed`: nothing was changed by accident.
   * `links`: records stand in their order; their content was not checked, for lack of the key.
   */
  readonly proof: 'keyed' | 'unkeyed' | 'links';
  readonly records: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  readonly hasEnded: boolean;
}

export type Place = Pick<AuditLine, 'file' | 'line'>;

/** Records that were not there when those after them came. */
export interface Hole {
  readonly from: number;
  readonly to: number;
  /** Where the record after it stands. */
  readonly place: Place;
}

export class Chain {
  lastSeq = -1;
  lastHash = NO_HASH;
  lastTime = '';
  lastPlace: Place = { file: '-', line: 0 };
  /** False after a record that was edited: what follows need not follow it. */
  isLastGenuine = true;
  isKeyReported = false;
  /** Something later knows that its end is missing. */
  isCut = false;
  hasEnded = false;
  records = 0;
  private firstSeq = -1;
  private gaps: Hole[] = [];
  private readonly wanted = new Map<number, string | undefined>();

  constructor(
    readonly writer: string,
    readonly kid: string,
    private readonly isChecked: boolean,
    wantedSeqs: Iterable<number> = [],
  ) {
    for (const seq of wantedSeqs) this.wanted.set(seq, undefined);
  }

  /** Makes it the last record. */
  accept(seq: number, hash: string, place: Place, record?: AuditRecord): void {
    if (this.records === 0) this.firstSeq = seq;
    this.records += 1;
    this.lastSeq = seq;
    this.lastHash = hash;
    this.lastPlace = { file: place.file, line: place.line };
    this.isLastGenuine = record !== undefined;
    this.hasEnded = record?.event === 'audit_end';
    if (record !== undefined) this.lastTime = record.timestamp;
    if (this.wanted.has(seq)) this.wanted.set(seq, hash);
  }

  /** Records are missing here; they may yet come. */
  leave(hole: Hole): void {
    this.gaps.push(hole);
  }

  /** A record came late. @returns whether it had been missing */
  fill(seq: number, hash: string): boolean {
    const hole = this.gaps.find(({ from, to }) => from <= seq && seq <= to);
    if (hole === undefined) return false;
    const { from, to, place } = hole;
    const parts = [
      { from, to: seq - 1, place },
      { from: seq + 1, to, place },
    ].filter((part) => part.from <= part.to);
    this.gaps = [...this.gaps.filter((other) => other !== hole), ...parts];
    this.records += 1;
    if (this.wanted.has(seq)) this.wanted.set(seq, hash);
    return true;
  }

  holes(): readonly Hole[] {
    return this.gaps;
  }

  /** @returns `undefined` when that record's hash was not kept */
  hashOf(seq: number): string | undefined {
    return seq === this.lastSeq ? this.lastHash : this.wanted.get(seq);
  }

  result(): WriterResult {
    const proof = !this.isChecked ? 'links' : this.kid === EPHEMERAL ? 'unkeyed' : 'keyed';
    const { writer, kid, records, firstSeq, lastSeq, lastHash, hasEnded } = this;
    return { writer, kid, proof, records, firstSeq, lastSeq, lastHash, hasEnded };
  }
}
