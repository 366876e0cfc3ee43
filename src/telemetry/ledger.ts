/**
 * What has been recorded on our instruments, kept as plain numbers that can be read synchronously.
 *
 * A metric reader's `collect()` is asynchronous and cannot finish in an `exit` listener, so the exit flush needs the
 * sums without it. The same table bounds the label sets: one entry per set, made once, found again on every call.
 */
import { epochTime } from '../core/clock';
import type { Signal } from './signals';

export type LedgerAttributes = Readonly<Record<string, string | number>>;

/** One label set of one instrument; cumulative since `start`. */
export interface LedgerSeries {
  readonly attributes: LedgerAttributes;
  /** Unix time in nanoseconds of the first record, as [seconds, nanoseconds]. */
  readonly start: [number, number];
  /** Sum of what was recorded (counters: the count itself). */
  sum: number;
  /** Number of records. */
  count: number;
  /** Histograms only. */
  min: number;
  max: number;
  /** Histograms only: one count per bucket, `boundaries.length + 1` of them. */
  readonly buckets: number[] | undefined;
}

export interface LedgerMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: Signal['type'];
  /** Histograms only: upper bounds, inclusive, in the instrument's unit. */
  readonly boundaries: readonly number[] | undefined;
  readonly series: Iterable<LedgerSeries>;
}

/** Read by the exit flush. */
export interface MetricLedger {
  /** Every metric that has at least one series, with its current sums. Synchronous, allocates little. */
  read(): Iterable<LedgerMetric>;
}

/** Label sets per instrument: below the SDK's own limit of 2,000, where it would fold them without our saying so. */
export const MAX_SERIES = 1_500;

/** The label sets of one instrument. */
export class SeriesTable {
  private readonly byKey = new Map<string, LedgerSeries>();

  constructor(
    readonly signal: Signal,
    private readonly overflowed: () => void,
  ) {}

  /** The series under `key`. Past the limit a new set is folded by `folded`, which keeps only what has few values. */
  series(
    key: string,
    attributes: LedgerAttributes,
    folded: (all: LedgerAttributes) => LedgerAttributes,
  ): LedgerSeries {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    if (this.byKey.size < MAX_SERIES) return this.add(key, attributes);
    this.overflowed();
    const fold = folded(attributes);
    const foldedKey = `folded:${JSON.stringify(fold)}`;
    return this.byKey.get(foldedKey) ?? this.add(foldedKey, fold);
  }

  private add(key: string, attributes: LedgerAttributes): LedgerSeries {
    const { boundaries } = this.signal;
    const series: LedgerSeries = {
      attributes,
      start: epochTime(),
      sum: 0,
      count: 0,
      min: Infinity,
      max: -Infinity,
      buckets: boundaries === undefined ? undefined : Array.from({ length: boundaries.length + 1 }, () => 0),
    };
    this.byKey.set(key, series);
    return series;
  }

  get all(): Iterable<LedgerSeries> {
    return this.byKey.values();
  }

  get size(): number {
    return this.byKey.size;
  }
}

/** Adds `value` to the series' sums, and to the bucket whose upper bound it does not exceed. */
export function addToSeries(
  series: LedgerSeries,
  value: number,
  boundaries: readonly number[] | undefined,
): void {
  series.sum += value;
  series.count += 1;
  if (boundaries === undefined || series.buckets === undefined) return;
  if (value < series.min) series.min = value;
  if (value > series.max) series.max = value;
  let bucket = 0;
  while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket += 1;
  series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
}

/** What an observable instrument shows at the moment it is read. */
export type Observation = { readonly attributes: LedgerAttributes; readonly value: number };

/** The ledger of one set of instruments. */
export class InstrumentLedger implements MetricLedger {
  private readonly tables: SeriesTable[] = [];
  private readonly observed: {
    signal: Signal;
    read: () => Iterable<Observation>;
    start: [number, number];
  }[] = [];

  table(signal: Signal, overflowed: () => void): SeriesTable {
    const table = new SeriesTable(signal, overflowed);
    this.tables.push(table);
    return table;
  }

  observe(signal: Signal, read: () => Iterable<Observation>): void {
    this.observed.push({ signal, read, start: epochTime() });
  }

  *read(): Generator<LedgerMetric> {
    for (const { signal, all, size } of this.tables) if (size > 0) yield metric(signal, all);
    for (const { signal, read, start } of this.observed) {
      const series = Array.from(read(), ({ attributes, value }) => observedSeries(attributes, value, start));
      if (series.length > 0) yield metric(signal, series);
    }
  }
}

function metric(signal: Signal, series: Iterable<LedgerSeries>): LedgerMetric {
  const { name, description, unit, type, boundaries } = signal;
  return { name, description, unit, type, boundaries, series };
}

function observedSeries(attributes: LedgerAttributes, value: number, start: [number, number]): LedgerSeries {
  return { attributes, start, sum: value, count: 1, min: value, max: value, buckets: undefined };
}
