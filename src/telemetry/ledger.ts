/**
 * What has been recorded on our instruments, kept as plain numbers that can be read synchronously.
 *
 * A metric reader's `collect()` is asynchronous and cannot finish in an `exit` listener, so the exit flush needs the
 * sums without it. The same table bounds the label sets: one entry per set, made once, found again on every call.
 */

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
  readonly type: 'counter' | 'histogram' | 'updowncounter';
  /** Histograms only: upper bounds, inclusive, in the instrument's unit. */
  readonly boundaries: readonly number[] | undefined;
  readonly series: Iterable<LedgerSeries>;
}

/** Read by the exit flush. */
export interface MetricLedger {
  /** Every metric that has at least one series, with its current sums. Synchronous, allocates little. */
  read(): Iterable<LedgerMetric>;
}
