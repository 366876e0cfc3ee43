/** What the detector of a series finds, how late, and what it leaves alone. The delays are those measured; they may get shorter. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import {
  anomaliesOf,
  DAY,
  delayAfter,
  gaussFrom,
  poissonFrom,
  randomFrom,
  scoresOf,
  series,
} from './support';

const AT = 5 * DAY + 600;
const EIGHT = 5 * DAY + 480;
const rhythm = (i: number): number => (i % DAY >= 480 && i % DAY < 1_080 ? 1 : 0);

interface Case {
  readonly what: string;
  readonly usual: () => (i: number) => number;
  readonly strange: (usual: number, i: number) => number;
  readonly lasts: number;
  /** Values until it is found. */
  readonly delay: number;
  readonly at?: number;
}

const noisy = (): ((i: number) => number) => {
  const gauss = gaussFrom(1);
  return () => 10 + gauss();
};
const latency = (): ((i: number) => number) => {
  const gauss = gaussFrom(2);
  return () => Math.log(0.3) + 0.4 * gauss();
};
const calls = (mean: number) => (): ((i: number) => number) => {
  const poisson = poissonFrom(3);
  return () => poisson(mean);
};
const errors = (): ((i: number) => number) => {
  const random = randomFrom(4);
  return () => series(20, () => (random() < 0.01 ? 1 : 0)).reduce((a, b) => a + b) / 20;
};
const office = (): ((i: number) => number) => {
  const gauss = gaussFrom(5);
  return (i) => 100 * rhythm(i) + 10 + 2 * gauss();
};

const CASES: readonly Case[] = [
  { what: 'a spike', usual: noisy, strange: (v) => v + 8, lasts: 1, delay: 0 },
  { what: 'a step of four deviations', usual: noisy, strange: (v) => v + 4, lasts: 30, delay: 1 },
  {
    what: 'a drift of a deviation in 100 values',
    usual: noisy,
    strange: (v, i) => v + i / 100,
    lasts: 400,
    delay: 104,
  },
  { what: 'latency twice as long', usual: latency, strange: (v) => v + Math.log(2), lasts: 60, delay: 6 },
  { what: 'three times as many calls', usual: calls(20), strange: (v) => 3 * v, lasts: 10, delay: 0 },
  { what: 'no more calls', usual: calls(20), strange: () => 0, lasts: 60, delay: 0 },
  {
    what: 'ten calls a minute where there is one',
    usual: calls(1),
    strange: (v) => v + 10,
    lasts: 5,
    delay: 0,
  },
  { what: 'half of the calls failing', usual: errors, strange: () => 0.5, lasts: 10, delay: 0 },
  {
    what: 'a working day on which nobody comes',
    usual: office,
    strange: (v, i) => v - 100 * rhythm(EIGHT + i),
    lasts: 300,
    delay: 0,
    at: EIGHT,
  },
  { what: 'work at night', usual: office, strange: (v) => v + 100, lasts: 60, delay: 0, at: 5 * DAY + 120 },
];

describe('finds', () => {
  for (const { what, usual, strange, lasts, delay, at = AT } of CASES) {
    test(`${what}, ${delay} values after it begins`, () => {
      const value = usual();
      const values = series(at + lasts, (i) => (i < at ? value(i) : strange(value(i), i - at)));
      assert.equal(delayAfter(scoresOf(values), at), delay);
    });
  }
});

describe('leaves alone', () => {
  test('a constant, and one that moves by a rounding error', () => {
    assert.deepEqual(anomaliesOf(scoresOf(series(3_000, () => 7))), []);
    assert.deepEqual(anomaliesOf(scoresOf(series(3_000, (i) => 7 + (i % 97 === 0 ? 1e-9 : 0)))), []);
    const random = randomFrom(6);
    assert.deepEqual(anomaliesOf(scoresOf(series(3_000, () => 1e9 * (1 + 1e-9 * random())))), []);
  });

  test('what moves by less than the resolution it was told', () => {
    const poisson = poissonFrom(7);
    const values = series(14 * DAY, () => poisson(0.02));
    const found = (resolution: number): number => anomaliesOf(scoresOf(values, { resolution })).length;
    assert.equal(found(2), 0);
    assert.ok(found(1) <= 1 && found(1e-6) > 5, `${found(1)}, ${found(1e-6)}`);
  });

  test('a strict rhythm', () => {
    assert.deepEqual(anomaliesOf(scoresOf(series(7 * DAY, (i) => (i % 30 === 0 ? 50 : 0)))), []);
    const daily = scoresOf(series(14 * DAY, (i) => 5 + Math.sin((2 * Math.PI * i) / DAY)));
    assert.deepEqual(
      anomaliesOf(daily).filter((i) => i >= 2 * DAY),
      [],
    );
  });

  /** At most so many false alarms in two weeks of minutes, as measured; fewer are welcome. */
  const QUIET: readonly [string, () => (i: number) => number, number][] = [
    ['noise', noisy, 5],
    ['latency', latency, 5],
    ['calls', calls(20), 6],
    ['few calls', calls(1), 5],
    ['an error now and then', errors, 12],
    ['office hours', office, 9],
  ];
  for (const [what, usual, most] of QUIET) {
    test(`two weeks of ${what}, but for at most ${most} times`, () => {
      const found = anomaliesOf(scoresOf(series(14 * DAY, usual())));
      assert.ok(found.length <= most, `${found.length} at ${found.join(', ')}`);
    });
  }
});
