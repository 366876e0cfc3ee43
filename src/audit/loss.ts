/** Counts what was written and what was not. */
import type { DropReason } from './append-file';

export interface AuditCounters {
  /** Lines written. */
  readonly records: number;
  /** Lines that are not in the log, by reason. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** `seq` of the last line written; -1 before the first. */
  readonly headSeq: number;
}

export class LossCount {
  readonly dropped = new Map<DropReason, number>();
  /** Since the last line that was written: the next one says so. */
  private pending = 0;

  add(reason: DropReason, lines = 1): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + lines);
    this.pending += lines;
  }

  /** For the `dropped` field of the next line; absent when nothing was lost. */
  get unsaid(): number | undefined {
    return this.pending === 0 ? undefined : this.pending;
  }

  said(): void {
    this.pending = 0;
  }
}
