/** Numbers of different values against sets. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';

import { Distincts, hashOf } from '../../../src/monitor/usage/distincts';

/** As in an audit line. */
const paramsHash = (value: number): string =>
  `hmac-sha256:${createHmac('sha256', 'key').update(String(value)).digest('hex')}`;

function countOf(values: Iterable<number>): number {
  const distincts = new Distincts();
  distincts.grow(1);
  for (const value of values) distincts.add(0, hashOf(paramsHash(value)));
  return distincts.count(0);
}

function* range(from: number, to: number): Generator<number> {
  for (let value = from; value < to; value += 1) yield value;
}

describe('the number of different values', () => {
  test('is exact up to 16, however often each comes', () => {
    for (let many = 0; many <= 16; many += 1)
      assert.equal(countOf([...range(0, many), ...range(0, many), ...range(0, many)]), many);
  });

  test('is near beyond: a standard error of 13 %', () => {
    for (const many of [17, 30, 64, 150, 300, 1_000, 10_000]) {
      const runs = 40;
      const errors = Array.from(
        { length: runs },
        (_, run) => countOf(range(run * many, (run + 1) * many)) / many - 1,
      );
      const mean = errors.reduce((sum, error) => sum + error, 0) / runs;
      const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / runs);
      assert.ok(Math.abs(mean) < 0.07, `of ${many}: ${mean} on average`);
      assert.ok(deviation < 0.17, `of ${many}: ${deviation}`);
      assert.ok(Math.max(...errors.map(Math.abs)) < 4 * 0.13, `of ${many}`);
    }
  });

  test('does not change when values come again', () => {
    const once = countOf(range(0, 500));
    assert.equal(countOf([...range(0, 500), ...range(0, 500)]), once);
  });

  test('of two is that of all their values', () => {
    for (const [left, right] of [
      [3, 5],
      [10, 10],
      [400, 3],
      [3, 400],
      [1_000, 1_000],
    ] as const) {
      const half = Math.floor(left / 2);
      const distincts = new Distincts();
      distincts.grow(2);
      for (const value of range(0, left)) distincts.add(0, hashOf(paramsHash(value)));
      for (const value of range(half, half + right)) distincts.add(1, hashOf(paramsHash(value)));
      const before = distincts.count(1);
      distincts.merge(0, distincts, 1);
      assert.equal(distincts.count(0), countOf([...range(0, left), ...range(half, half + right)]));
      assert.equal(distincts.count(1), before);
    }
  });

  test('comes back from what was saved, and from nothing else', () => {
    for (const many of [0, 1, 16, 17, 400]) {
      const distincts = new Distincts();
      distincts.grow(3);
      for (const value of range(0, many)) distincts.add(1, hashOf(paramsHash(value)));
      const restored = new Distincts();
      restored.grow(1);
      restored.restore(0, JSON.parse(JSON.stringify(distincts.save(1))));
      assert.equal(restored.count(0), distincts.count(1));
      restored.add(0, hashOf(paramsHash(0)));
      assert.equal(restored.count(0), Math.max(1, distincts.count(1)));
    }
    for (const wrong of [
      undefined,
      {},
      [2, []],
      [1, [1]],
      [0, [-1]],
      [0, ['a']],
      [0, Array.from({ length: 17 }, () => 1)],
    ]) {
      const distincts = new Distincts();
      distincts.grow(1);
      distincts.restore(0, wrong);
      assert.equal(distincts.count(0), 0, JSON.stringify(wrong));
    }
  });
});
