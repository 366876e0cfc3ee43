/** What the ledger holds beyond what has been exported, as metric data that an exporter takes. */
import type { HrTime } from '@opentelemetry/api';
import { epochTime } from '../../core/clock';
import type { LedgerMetric, LedgerSeries } from '../ledger';
import { AggregationTemporality, DataPointType, ValueType } from './constants';
import {
  attributesKey,
  isDelta,
  isHistogramValue,
  type HistogramValue,
  type MetricDataLike,
  type PointLike,
  type ScopeMetricsLike,
} from './metric-data';
import type { TemporalitySelector } from './temporality';

/** One series as it has been exported so far. */
interface Shipped {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly sum: number;
  readonly count: number;
  readonly counts: readonly number[];
}

const INSTRUMENT = {
  counter: 'OBSERVABLE_COUNTER',
  histogram: 'HISTOGRAM',
  updowncounter: 'OBSERVABLE_UP_DOWN_COUNTER',
  gauge: 'OBSERVABLE_GAUGE',
} as const;
const POINTS = {
  counter: DataPointType.SUM,
  histogram: DataPointType.HISTOGRAM,
  updowncounter: DataPointType.SUM,
  gauge: DataPointType.GAUGE,
} as const;
const NOTHING: Omit<Shipped, 'startTime' | 'endTime'> = { sum: 0, count: 0, counts: [] };

export class MetricRemainder {
  readonly #scopeName: string;
  readonly #temporality: TemporalitySelector;
  /** The last acknowledged cumulative export; looked into only at exit. */
  #acknowledged: readonly MetricDataLike[] = [];
  #order = 0;
  #acknowledgedOrder = 0;
  readonly #deltas = new Map<string, Shipped>();
  /** By name, as the SDK exported it: what it decided about an instrument holds at exit, too. */
  readonly #known = new Map<string, Pick<MetricDataLike, 'descriptor' | 'aggregationTemporality'>>();

  constructor(scopeName: string, temporality: TemporalitySelector) {
    this.#scopeName = scopeName;
    this.#temporality = temporality;
  }

  /** Notes an export. The returned function is told whether it was acknowledged. */
  shipped(scopes: readonly ScopeMetricsLike[]): (acknowledged: boolean) => void {
    const metrics = scopes
      .filter(({ scope }) => scope.name === this.#scopeName)
      .flatMap((scope) => scope.metrics);
    const deltas = metrics.filter(isDelta);
    const order = ++this.#order;
    for (const { descriptor, aggregationTemporality } of metrics) {
      this.#known.set(descriptor.name, { descriptor, aggregationTemporality });
    }
    this.#addDeltas(deltas, 1);
    return (acknowledged) => {
      if (!acknowledged) {
        // Not exported after all: the sums at exit contain it.
        this.#addDeltas(deltas, -1);
      } else if (order > this.#acknowledgedOrder) {
        this.#acknowledgedOrder = order;
        this.#acknowledged = metrics;
      }
    };
  }

  /** Cumulative: the totals of the series that changed. Delta: the difference. */
  of(ledger: Iterable<LedgerMetric>): MetricDataLike[] {
    const now = epochTime();
    const exported = indexed(this.#acknowledged);
    const result: MetricDataLike[] = [];
    for (const metric of ledger) {
      const delta = this.#isDelta(metric);
      const points: PointLike[] = [];
      for (const series of metric.series) {
        const key = seriesKey(metric.name, series.attributes);
        const before = delta ? this.#deltas.get(key) : exported.get(key);
        if (before !== undefined && isSame(metric, series, before)) continue;
        points.push(
          delta ? deltaPoint(metric, series, before, now) : totalPoint(metric, series, before, now),
        );
      }
      if (points.length > 0) result.push(this.#metricData(metric, points, delta));
    }
    return result;
  }

  #isDelta({ name, type }: LedgerMetric): boolean {
    // What is a state has no difference to what it was.
    if (type === 'gauge') return false;
    const known = this.#known.get(name)?.aggregationTemporality;
    return (known ?? this.#temporality(INSTRUMENT[type])) === AggregationTemporality.DELTA;
  }

  #metricData(metric: LedgerMetric, dataPoints: PointLike[], delta: boolean): MetricDataLike {
    const { name, description, unit } = metric;
    return {
      descriptor: this.#known.get(name)?.descriptor ?? {
        name,
        description,
        unit,
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: delta ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      dataPointType: POINTS[metric.type],
      ...(POINTS[metric.type] === DataPointType.SUM ? { isMonotonic: metric.type === 'counter' } : {}),
      dataPoints,
    };
  }

  #addDeltas(metrics: readonly MetricDataLike[], sign: 1 | -1): void {
    for (const metric of metrics) {
      for (const point of metric.dataPoints) {
        const key = seriesKey(metric.descriptor.name, point.attributes);
        const before = this.#deltas.get(key);
        const added = shippedPoint(point);
        this.#deltas.set(key, {
          startTime: before?.startTime ?? added.startTime,
          endTime: sign === 1 ? added.endTime : (before?.endTime ?? added.endTime),
          sum: (before?.sum ?? 0) + sign * added.sum,
          count: (before?.count ?? 0) + sign * added.count,
          counts: added.counts.map((count, index) => (before?.counts[index] ?? 0) + sign * count),
        });
      }
    }
  }
}

function isSame(metric: LedgerMetric, series: LedgerSeries, before: Shipped): boolean {
  return metric.type === 'histogram' ? series.count === before.count : series.sum === before.sum;
}

function seriesKey(name: string, attributes: PointLike['attributes']): string {
  return `${name} ${attributesKey(attributes)}`;
}

function indexed(metrics: readonly MetricDataLike[]): Map<string, Shipped> {
  const index = new Map<string, Shipped>();
  for (const metric of metrics) {
    if (isDelta(metric)) continue;
    for (const point of metric.dataPoints) {
      index.set(seriesKey(metric.descriptor.name, point.attributes), shippedPoint(point));
    }
  }
  return index;
}

function shippedPoint({ startTime, endTime, value }: PointLike): Shipped {
  if (!isHistogramValue(value)) return { startTime, endTime, sum: Number(value), count: 0, counts: [] };
  return { startTime, endTime, sum: value.sum ?? 0, count: value.count, counts: value.buckets.counts };
}

function totalPoint(
  metric: LedgerMetric,
  series: LedgerSeries,
  before: Shipped | undefined,
  now: HrTime,
): PointLike {
  const { buckets, count, sum, min, max } = series;
  const value = buckets === undefined ? sum : histogram(metric, buckets, count, sum, { min, max });
  // A start that differs from the earlier exports' would read as a reset.
  return { startTime: before?.startTime ?? series.start, endTime: now, attributes: series.attributes, value };
}

function deltaPoint(
  metric: LedgerMetric,
  series: LedgerSeries,
  before: Shipped | undefined,
  now: HrTime,
): PointLike {
  const earlier = before ?? NOTHING;
  const sum = series.sum - earlier.sum;
  const counts = series.buckets?.map((count, index) => count - (earlier.counts[index] ?? 0));
  // Smallest and largest of the difference are known only when it is everything.
  const range = before === undefined ? { min: series.min, max: series.max } : {};
  const value =
    counts === undefined ? sum : histogram(metric, counts, series.count - earlier.count, sum, range);
  return { startTime: before?.endTime ?? series.start, endTime: now, attributes: series.attributes, value };
}

function histogram(
  metric: LedgerMetric,
  counts: readonly number[],
  count: number,
  sum: number,
  range: { min?: number; max?: number },
): HistogramValue {
  return { buckets: { boundaries: metric.boundaries ?? [], counts }, count, sum, ...range };
}
