/** Counts, sums, least and most of many keys. */
import { grown, type Column } from './column';

/** One tool call that ended, whoever made it. */
export interface Use {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly outcome: 'success' | 'failure' | 'denied';
  /** Milliseconds; `undefined` of a call that was denied, and where the line does not say. */
  readonly latency: number | undefined;
  readonly requestBytes: number;
  readonly resultBytes: number;
}

const FIELDS = {
  success: 0,
  failure: 1,
  denied: 2,
  /** Calls with a latency. */
  timed: 3,
  total: 4,
  min: 5,
  max: 6,
  requestBytes: 7,
  resultBytes: 8,
  firstUsed: 9,
  lastUsed: 10,
} as const;
type Field = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as Field[];
const WIDTH = NAMES.length;

/** The others are added. */
const MERGED: Partial<Record<Field, (a: number, b: number) => number>> = {
  min: Math.min,
  max: Math.max,
  firstUsed: Math.min,
  lastUsed: Math.max,
};

export type FiguresOf = Readonly<Record<Field, number>>;

export class Figures implements Column {
  private values = new Float64Array(0);

  grow(slots: number): void {
    this.values = grown(this.values, new Float64Array(slots * WIDTH));
  }

  clear(slot: number): void {
    this.values.fill(0, slot * WIDTH, (slot + 1) * WIDTH);
  }

  add(slot: number, { outcome, time, latency, requestBytes, resultBytes }: Use): void {
    const { values } = this;
    const at = slot * WIDTH;
    if (this.calls(slot) === 0) values[at + FIELDS.firstUsed] = values[at + FIELDS.lastUsed] = time;
    else if (time > values[at + FIELDS.lastUsed]!) values[at + FIELDS.lastUsed] = time;
    else if (time < values[at + FIELDS.firstUsed]!) values[at + FIELDS.firstUsed] = time;
    values[at + FIELDS[outcome]]! += 1;
    values[at + FIELDS.requestBytes]! += requestBytes;
    values[at + FIELDS.resultBytes]! += resultBytes;
    if (latency === undefined) return;
    const isFirst = values[at + FIELDS.timed] === 0;
    values[at + FIELDS.timed]! += 1;
    values[at + FIELDS.total]! += latency;
    if (isFirst || latency < values[at + FIELDS.min]!) values[at + FIELDS.min] = latency;
    if (isFirst || latency > values[at + FIELDS.max]!) values[at + FIELDS.max] = latency;
  }

  /** Adds what `other` has in `otherSlot`, which is something. */
  merge(slot: number, other: Figures, otherSlot: number): void {
    const mine = this.of(slot);
    const theirs = other.of(otherSlot);
    const isFirst = this.calls(slot) === 0;
    for (const name of NAMES) {
      const both = MERGED[name]?.(mine[name], theirs[name]) ?? mine[name] + theirs[name];
      this.values[slot * WIDTH + FIELDS[name]] = isFirst ? theirs[name] : both;
    }
    if (mine.timed === 0 || theirs.timed === 0) {
      const { min, max } = mine.timed === 0 ? theirs : mine;
      this.values[slot * WIDTH + FIELDS.min] = min;
      this.values[slot * WIDTH + FIELDS.max] = max;
    }
  }

  calls(slot: number): number {
    const at = slot * WIDTH;
    return (
      this.values[at + FIELDS.success]! + this.values[at + FIELDS.failure]! + this.values[at + FIELDS.denied]!
    );
  }

  lastUsed(slot: number): number {
    return this.values[slot * WIDTH + FIELDS.lastUsed]!;
  }

  of(slot: number): FiguresOf {
    const entries = NAMES.map((name) => [name, this.values[slot * WIDTH + FIELDS[name]]!] as const);
    return Object.fromEntries(entries) as Record<Field, number>;
  }

  save(slot: number): number[] {
    return [...this.values.subarray(slot * WIDTH, (slot + 1) * WIDTH)];
  }

  /** @returns whether it could be used: without these figures the others mean nothing */
  restore(slot: number, saved: unknown): boolean {
    const isSaved =
      Array.isArray(saved) &&
      saved.length === WIDTH &&
      saved.every((one) => typeof one === 'number' && Number.isFinite(one) && one >= 0);
    if (isSaved) this.values.set(saved as number[], slot * WIDTH);
    return isSaved;
  }
}
