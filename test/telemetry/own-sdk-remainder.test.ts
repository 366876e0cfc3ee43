/** The sums that the exit flush sends: what was recorded, less what has been acknowledged. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LedgerMetric, LedgerSeries } from '../../src/telemetry/ledger';
import type { HistogramValue, MetricDataLike, PointLike } from '../../src/telemetry/own-sdk/metric-data';
import { MetricRemainder } from '../../src/telemetry/own-sdk/metric-remainder';
import { temporalitySelector } from '../../src/telemetry/own-sdk/temporality';

const SCOPE = { name: 'scope' };
const BOUNDS = [1, 2];
const EXPORT_START: [number, number] = [5, 0];

function series(user: string): LedgerSeries {
  return {
    attributes: { user, tool: 't' },
    start: [1, 0],
    sum: 0,
    count: 0,
    min: Infinity,
    max: -Infinity,
    buckets: [0, 0, 0],
  };
}

function record(into: LedgerSeries, value: number): void {
  into.sum += value;
  into.count += 1;
  into.min = Math.min(into.min, value);
  into.max = Math.max(into.max, value);
  const bucket = value <= 1 ? 0 : value <= 2 ? 1 : 2;
  into.buckets![bucket]! += 1;
}

function histogram(all: LedgerSeries[]): LedgerMetric {
  return { name: 'h', description: '', unit: 's', type: 'histogram', boundaries: BOUNDS, series: all };
}

function counter(all: LedgerSeries[]): LedgerMetric {
  return { name: 'c', description: '', unit: '{call}', type: 'counter', boundaries: undefined, series: all };
}

/** What the SDK's reader would export: everything (cumulative), or what is new since `before` (delta). */
function collected(all: LedgerSeries[], before: Map<LedgerSeries, LedgerSeries> | undefined): MetricDataLike {
  const dataPoints: PointLike[] = [];
  for (const one of all) {
    const was = before?.get(one) ?? series('');
    if (before !== undefined && one.count === was.count) continue;
    const counts = one.buckets!.map((count, index) => count - was.buckets![index]!);
    const value = {
      buckets: { boundaries: BOUNDS, counts },
      count: one.count - was.count,
      sum: one.sum - was.sum,
    };
    // The SDK's order of attributes is its own.
    const attributes = { tool: 't', user: one.attributes['user']! };
    dataPoints.push({ startTime: EXPORT_START, endTime: [6, 0], attributes, value });
    before?.set(one, structuredClone(one));
  }
  const descriptor = { name: 'h', description: '', unit: 's', valueType: 1 };
  return { descriptor, aggregationTemporality: before === undefined ? 1 : 0, dataPointType: 0, dataPoints };
}

const shipped = (remainder: MetricRemainder, data: MetricDataLike) =>
  remainder.shipped([{ scope: SCOPE, metrics: [data] }]);
const cumulative = () => new MetricRemainder('scope', temporalitySelector(undefined));
const delta = () => new MetricRemainder('scope', temporalitySelector('delta'));

describe('cumulative', () => {
  test('nothing exported: the totals, from the series’ own start', () => {
    const one = series('a');
    record(one, 1.5);
    const [data] = cumulative().of([histogram([one])]);
    assert.equal(data?.aggregationTemporality, 1);
    const [point] = data.dataPoints;
    assert.deepEqual(point?.startTime, [1, 0]);
    assert.deepEqual(point.value, {
      buckets: { boundaries: BOUNDS, counts: [0, 1, 0] },
      count: 1,
      sum: 1.5,
      min: 1.5,
      max: 1.5,
    });
  });

  test('acknowledged and unchanged: nothing', () => {
    const one = series('a');
    record(one, 1);
    const remainder = cumulative();
    shipped(remainder, collected([one], undefined))(true);
    assert.deepEqual(remainder.of([histogram([one])]), []);
  });

  test('acknowledged and changed: the changed series alone, its start as exported', () => {
    const [one, two] = [series('a'), series('b')];
    record(one, 1);
    record(two, 1);
    const remainder = cumulative();
    shipped(remainder, collected([one, two], undefined))(true);
    record(two, 3);
    const points = remainder.of([histogram([one, two])])[0]?.dataPoints;
    assert.equal(points?.length, 1);
    assert.equal(points[0]?.attributes['user'], 'b');
    assert.deepEqual(points[0].startTime, EXPORT_START, 'another start would read as a reset');
    assert.equal((points[0].value as HistogramValue).count, 2);
  });

  test('not acknowledged: everything', () => {
    const one = series('a');
    record(one, 1);
    const remainder = cumulative();
    shipped(remainder, collected([one], undefined))(false);
    assert.equal(remainder.of([histogram([one])]).length, 1);
  });

  test('a late acknowledgement of an older export does not hide a newer one', () => {
    const one = series('a');
    record(one, 1);
    const remainder = cumulative();
    const settleOlder = shipped(remainder, collected([one], undefined));
    record(one, 1);
    shipped(remainder, collected([one], undefined))(true);
    settleOlder(true);
    assert.deepEqual(remainder.of([histogram([one])]), []);
  });

  test('counters are monotonic sums; another scope’s metrics of the same name are not ours', () => {
    const one: LedgerSeries = { ...series('a'), buckets: undefined, sum: 2, count: 2 };
    const remainder = cumulative();
    remainder.shipped([{ scope: { name: 'other' }, metrics: [] }])(true);
    const [data] = remainder.of([counter([one])]);
    assert.equal(data?.isMonotonic, true);
    assert.equal(data.dataPointType, 3);
    assert.equal(data.dataPoints[0]?.value, 2);
  });
});

describe('delta', () => {
  test('the difference, from the end of the last export', () => {
    const one = series('a');
    record(one, 1);
    const remainder = delta();
    shipped(remainder, collected([one], new Map()));
    record(one, 3);
    const [point] = remainder.of([histogram([one])])[0]!.dataPoints;
    assert.deepEqual(point?.startTime, [6, 0]);
    assert.deepEqual(point.value, { buckets: { boundaries: BOUNDS, counts: [0, 0, 1] }, count: 1, sum: 3 });
  });

  test('whatever is exported, refused and recorded: acknowledged exports and remainder add up to what was recorded', () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('record' as const),
        user: fc.integer({ min: 0, max: 2 }),
        value: fc.integer({ min: 0, max: 4 }),
      }),
      fc.record({ do: fc.constant('export' as const), acknowledged: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const all = ['a', 'b', 'c'].map(series);
        const exported = new Map<LedgerSeries, LedgerSeries>();
        const remainder = delta();
        const delivered: MetricDataLike[] = [];
        for (const one of steps) {
          if (one.do === 'record') {
            record(all[one.user]!, one.value);
            continue;
          }
          const data = collected(all, exported);
          shipped(remainder, data)(one.acknowledged);
          if (one.acknowledged) delivered.push(data);
        }
        delivered.push(...remainder.of([histogram(all.filter(({ count }) => count > 0))]));
        for (const one of all) assert.deepEqual(totals(delivered, one), [one.count, one.sum, one.buckets]);
      }),
    );
  });
});

function totals(delivered: MetricDataLike[], one: LedgerSeries): [number, number, number[]] {
  const values = delivered
    .flatMap(({ dataPoints }) => dataPoints)
    .filter(({ attributes }) => attributes['user'] === one.attributes['user'])
    .map(({ value }) => value as HistogramValue);
  const total = (pick: (value: HistogramValue) => number) =>
    values.reduce((sum, value) => sum + pick(value), 0);
  return [
    total(({ count }) => count),
    total(({ sum }) => sum ?? 0),
    [0, 1, 2].map((index) => total(({ buckets }) => buckets.counts[index] ?? 0)),
  ];
}
