/** Quantiles against sorted lists. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { bucketOf, Histograms } from '../../../src/monitor/usage/histograms';
import { randomOf } from './support';

const SHARES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1];

function histogramOf(values: readonly number[]): Histograms {
  const histograms = new Histograms();
  histograms.grow(1);
  for (const value of values) histograms.add(0, bucketOf(value));
  return histograms;
}

/** The largest relative error of a quantile. */
function errorOf(histograms: Histograms, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const errors = SHARES.map((share) => {
    const exact = sorted[Math.floor(share * (sorted.length - 1))]!;
    return Math.abs(histograms.quantile(0, share)! - exact) / exact;
  });
  return Math.max(...errors);
}

/** `count` values from `least` to `times` as much, evenly in their logarithm, in any order. */
function spread(seed: number, count: number, least: number, times: number): number[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => least * times ** random());
}

describe('quantiles', () => {
  test('are within 1 % up to a factor of 160 between the values', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const values = spread(seed, 1 + seed * 7, 0.01 * 3 ** (seed % 12), 160);
      const error = errorOf(histogramOf(values), values);
      assert.ok(error <= 0.010_01, `${error} at seed ${seed}`);
    }
  });

  test('are within 2 % up to a factor of 27,000', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const values = spread(seed, 1 + seed * 7, 0.02 * 2 ** (seed % 12), 27_000);
      const error = errorOf(histogramOf(values), values);
      assert.ok(error <= 0.020_01, `${error} at seed ${seed}`);
    }
  });

  test('are within 8 % for everything from a microsecond to eleven days, in any order', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const values = spread(seed, 2_000, 0.001, 1e12);
      for (const ordered of [values, values.toSorted((a, b) => a - b), values.toSorted((a, b) => b - a)]) {
        const error = errorOf(histogramOf(ordered), ordered);
        assert.ok(error <= 0.081, `${error} at seed ${seed}`);
      }
    }
  });

  test('of no value are undefined, and of extreme ones the bound', () => {
    const histograms = histogramOf([]);
    assert.equal(histograms.quantile(0, 0.5), undefined);
    histograms.add(0, bucketOf(0));
    assert.ok(Math.abs(histograms.quantile(0, 0.5)! - 0.001) < 0.000_02);
    histograms.add(0, bucketOf(Number.MAX_VALUE));
    assert.ok(Math.abs(histograms.quantile(0, 1)! / 1e9 - 1) < 0.081);
  });

  test('stay when a count overflows', () => {
    const histograms = new Histograms();
    histograms.grow(1);
    for (let call = 0; call < 1_000_000; call += 1) histograms.add(0, bucketOf(call % 10 === 0 ? 500 : 5));
    for (const [share, exact] of [
      [0.5, 5],
      [0.89, 5],
      [0.91, 500],
      [0.99, 500],
    ] as const)
      assert.ok(Math.abs(histograms.quantile(0, share)! / exact - 1) < 0.0101, `at ${share}`);
  });
});

describe('histograms', () => {
  test('merged are as one of all values', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const left = spread(seed, 500, 1, 10);
      const right = spread(seed + 1_000, 500, 0.1, 10 ** (seed % 6));
      const histograms = histogramOf(left);
      histograms.merge(0, histogramOf(right), 0);
      const error = errorOf(histograms, [...left, ...right]);
      assert.ok(error <= (seed % 6 <= 3 ? 0.0201 : 0.0401), `${error} at seed ${seed}`);
      const other = histogramOf(right);
      other.merge(0, histogramOf(left), 0);
      assert.ok(errorOf(other, [...left, ...right]) <= 0.0401);
    }
  });

  test('do not touch their neighbours', () => {
    const histograms = new Histograms();
    histograms.grow(2);
    for (const value of spread(7, 1_000, 1, 100)) histograms.add(1, bucketOf(value));
    const before = histograms.save(1);
    for (const value of spread(8, 1_000, 0.001, 1e12)) histograms.add(0, bucketOf(value));
    histograms.clear(0);
    histograms.grow(5);
    assert.deepEqual(histograms.save(1), before);
    assert.deepEqual(histograms.save(0), []);
    assert.deepEqual(histograms.save(4), []);
  });

  test('come back from what was saved, and from nothing else', () => {
    const values = spread(9, 3_000, 0.5, 5_000);
    const histograms = histogramOf(values);
    const saved = JSON.parse(JSON.stringify(histograms.save(0))) as unknown;
    const restored = histogramOf([]);
    restored.restore(0, saved);
    for (const share of SHARES) assert.equal(restored.quantile(0, share), histograms.quantile(0, share));
    for (const wrong of [
      undefined,
      'text',
      [],
      [0, 0],
      [0, 0, 0],
      [9, 0, 1],
      [0, 0.5, 1],
      [0, -400, 1],
      [0, 1_037, 1, 1],
      [0, 0, -1],
      [0, 0, 70_000],
      [0, 0, '1'],
      [0, 0, ...Array.from({ length: 257 }, () => 1)],
    ]) {
      const empty = histogramOf([]);
      empty.restore(0, wrong);
      assert.equal(empty.quantile(0, 0.5), undefined, JSON.stringify(wrong));
    }
  });
});
