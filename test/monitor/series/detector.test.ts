/** What holds for the detector of a series, whatever the series. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { ANOMALY_SCORE, SeriesDetector } from '../../../src/monitor/series/detector';
import { SERIES_PARAMETERS } from '../../../src/monitor/series/parameters';
import { N, PROTOTYPES, STATE_BYTES } from '../../../src/monitor/series/state';
import { anomaliesOf, DAY, gaussFrom, MINUTE, randomFrom, scoresOf, series, START } from './support';

const HOUR = 3_600_000;

/** A week with a daily rhythm, noise, and a spike now and then. */
function week(seed = 1): number[] {
  const gauss = gaussFrom(seed);
  const random = randomFrom(seed);
  return series(7 * DAY, (i) => {
    const spike = random() < 0.001 ? 30 : 0;
    return 20 + 8 * Math.sin((2 * Math.PI * i) / DAY) + gauss() + spike;
  });
}

function detectorAfter(values: readonly number[]): SeriesDetector {
  const detector = new SeriesDetector();
  for (const [i, value] of values.entries()) detector.observe(START + i * MINUTE, value);
  return detector;
}

describe('a score', () => {
  test('is a number from 0 to 1, whatever is observed and whenever', () => {
    const value = fc.oneof(fc.double(), fc.constantFrom(0, 1, Infinity, -Infinity, NaN, 1e308, -1e308));
    const observation = fc.tuple(fc.oneof(fc.double(), fc.integer()), value);
    fc.assert(
      fc.property(fc.array(observation, { minLength: 90, maxLength: 250 }), (observations) => {
        const detector = new SeriesDetector();
        for (const [time, number] of observations) {
          const score = detector.observe(time, number);
          assert.ok(score >= 0 && score <= 1, `${score} for ${number} at ${time}`);
        }
        const { low, high } = detector.usual() ?? { low: 0, high: 0 };
        assert.ok(Number.isFinite(low) && low <= high, `${low} to ${high}`);
      }),
      { numRuns: 200, seed: 8 },
    );
  });

  test('is 0 while the detector warms up', () => {
    const random = randomFrom(2);
    const scores = scoresOf(series(SERIES_PARAMETERS.warmUp, () => random() ** -3));
    assert.ok(scores.every((score) => score === 0));
  });

  test('is 0 for a while after an anomaly, and then may be one again', () => {
    const { refractory } = SERIES_PARAMETERS;
    const gauss = gaussFrom(3);
    const spikes = new Map([
      [2_000, 30],
      [2_010, 60],
      [2_700, -60],
    ]);
    const values = series(3_000, (i) => gauss() + (spikes.get(i) ?? 0));
    const scores = scoresOf(values);
    const found = anomaliesOf(scores);
    assert.ok(found.includes(2_000) && found.includes(2_700) && !found.includes(2_010), found.join());
    assert.ok(scores.slice(2_001, 2_001 + refractory).every((score) => score === 0));
  });

  test('does not depend on the unit of the values', () => {
    const values = week();
    const scores = scoresOf(values);
    assert.ok(anomaliesOf(scores).length > 3);
    for (const unit of [2 ** -8, 2 ** 20]) assert.deepEqual(scoresOf(values.map((v) => v * unit)), scores);
    const cents = anomaliesOf(scoresOf(values.map((v) => v * 100)));
    assert.deepEqual(cents, anomaliesOf(scores));
  });

  test('depends little on where the zero of the values is', () => {
    const values = week();
    assert.deepEqual(anomaliesOf(scoresOf(values.map((v) => v + 50))), anomaliesOf(scoresOf(values)));
  });

  test('does not depend on when the series began, by whole hours', () => {
    const scores = scoresOf(week());
    for (const later of [5 * HOUR, 1_000 * 24 * HOUR, -1e6 * HOUR]) {
      assert.deepEqual(scoresOf(week(), {}, START + later), scores);
    }
  });

  test('is that of the parameters given', () => {
    const values = week();
    const strict = scoresOf(values, { anomalyScore: 0.6 });
    assert.ok(strict.filter((score) => score >= 0.6).length < anomaliesOf(scoresOf(values)).length);
    assert.deepEqual(anomaliesOf(scoresOf(values, { warmUp: 1e9 })), []);
  });
});

describe('hostile input', () => {
  test('that is no finite number is left out', () => {
    const values = week();
    const detector = new SeriesDetector();
    const scores = values.map((value, i) => {
      for (const none of [NaN, Infinity, -Infinity]) assert.equal(detector.observe(START, none), 0);
      return detector.observe(START + i * MINUTE, value);
    });
    assert.deepEqual(scores, scoresOf(values));
    assert.equal(detector.count, values.length);
  });

  for (const huge of [1e308, -1e308, 1e12]) {
    test(`${huge} is an anomaly, and does not hide the next one for long`, () => {
      const gauss = gaussFrom(4);
      const values = series(3_000, (i) => 10 + gauss() + (i === 2_500 ? 12 : 0));
      values[2_000] = huge;
      const found = anomaliesOf(scoresOf(values)).filter((i) => i >= 2_000);
      assert.deepEqual(found, [2_000, 2_500]);
    });
  }

  test('times that repeat, go back, jump or are none change no more than the rhythm', () => {
    const gauss = gaussFrom(5);
    const values = series(3_000, (i) => gauss() + (i === 2_500 ? 15 : 0));
    const random = randomFrom(6);
    const times: ((i: number) => number)[] = [
      () => START,
      (i) => START - i * MINUTE,
      () => START * random(),
      () => NaN,
      (i) => (i % 2 ? Infinity : -1e300),
    ];
    for (const time of times) {
      const detector = new SeriesDetector();
      const scores = values.map((value, i) => detector.observe(time(i), value));
      assert.ok(scores[2_500]! >= ANOMALY_SCORE, time.toString());
    }
  });
});

describe('the state', () => {
  test('has a fixed size, of 2 kB at most', () => {
    assert.ok(STATE_BYTES <= 2_048);
    const sizes = [0, 10, 60, 50_000].map((length) => {
      const gauss = gaussFrom(7);
      return JSON.stringify(detectorAfter(series(length, () => 1e6 * gauss())).save()).length;
    });
    assert.equal(new Set(sizes).size, 1, sizes.join());
  });

  test('goes through JSON and continues as if nothing had been', () => {
    const values = week(9);
    const scores = scoresOf(values);
    for (const at of [0, 1, 49, 83, 2_345, 8_000]) {
      const saved = JSON.stringify(detectorAfter(values.slice(0, at)).save());
      const restored = SeriesDetector.restore(JSON.parse(saved));
      const rest = values.slice(at).map((value, i) => restored.observe(START + (at + i) * MINUTE, value));
      assert.deepEqual(rest, scores.slice(at));
    }
  });

  test('is its own after it is saved', () => {
    const detector = detectorAfter(week());
    const saved = detector.save();
    const copy = SeriesDetector.restore(saved);
    detector.observe(START, 1e6);
    assert.deepEqual(copy.save(), saved);
    assert.notDeepEqual(detector.save(), saved);
  });

  const wrong: [string, unknown][] = [
    ['nothing', undefined],
    ['another version', { version: 2, state: new SeriesDetector().save().state }],
    ['no text', { version: 1, state: [1, 2, 3] }],
    ['a text that is too short', { version: 1, state: 'AAAA' }],
    ['bytes that are no numbers', { version: 1, state: Buffer.alloc(STATE_BYTES, 0xff).toString('base64') }],
  ];
  for (const [what, saved] of wrong) {
    test(`is not taken from ${what}`, () => {
      assert.throws(() => SeriesDetector.restore(saved as never), RangeError);
    });
  }

  test('is not taken with an hour that no day has, or more prototypes than there are places', () => {
    for (const [place, value] of [
      [N.hour, 24],
      [N.hour, 7.5],
      [N.prototypes, PROTOTYPES + 1],
      [N.count, -1],
    ] as const) {
      const bytes = Buffer.from(new SeriesDetector().save().state, 'base64');
      bytes.writeDoubleLE(value, 8 * place);
      const saved = { version: 1, state: bytes.toString('base64') } as const;
      assert.throws(() => SeriesDetector.restore(saved), RangeError, `${value} at ${place}`);
    }
  });

  test('is not taken with numbers that would lead out of the range of scores', () => {
    const bytes = Buffer.from(new SeriesDetector().save().state, 'base64');
    const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, 20);
    for (const place of numbers.keys()) {
      const before = numbers[place]!;
      for (const value of [-2, 0.5, 1e300]) {
        numbers[place] = value;
        const saved = { version: 1, state: bytes.toString('base64') } as const;
        try {
          const detector = SeriesDetector.restore(saved);
          for (let i = 0; i < 200; i++) {
            const score = detector.observe(START + i * 40 * MINUTE, i % 7);
            assert.ok(score >= 0 && score <= 1, `${score} with ${value} at ${place}`);
          }
        } catch (error) {
          assert.ok(error instanceof RangeError, `${String(error)} with ${value} at ${place}`);
        }
      }
      numbers[place] = before;
    }
  });
});

describe('what is usual', () => {
  test('is unknown before the first value, and all that was seen after a few', () => {
    const detector = new SeriesDetector();
    assert.equal(detector.usual(), undefined);
    for (const value of [5, 3, 4]) detector.observe(START, value);
    assert.deepEqual(detector.usual(), { low: 3, high: 5 });
  });

  test('is the band that nine of ten values are in', () => {
    for (const [shape, most] of [
      [(gauss: number) => gauss, 0.93],
      [(gauss: number) => Math.exp(gauss), 0.95],
      [(gauss: number) => Math.abs(gauss), 0.95],
    ] as const) {
      const gauss = gaussFrom(10);
      const values = series(5_000, () => shape(gauss()));
      const { low, high } = detectorAfter(values).usual()!;
      const inside = values.filter((value) => value >= low && value <= high).length / values.length;
      assert.ok(inside > 0.85 && inside < most, `${inside} from ${low} to ${high}`);
    }
  });

  test('follows a new level, and not an outlier', () => {
    const gauss = gaussFrom(11);
    const detector = detectorAfter(series(2_000, () => 300 + 20 * gauss()));
    const before = detector.usual()!;
    detector.observe(START, 8_100);
    const after = detector.usual()!;
    assert.ok(Math.abs(after.high - before.high) < 3, `${before.high} to ${after.high}`);
    for (let i = 0; i < 3_000; i++) detector.observe(START, 900 + 20 * gauss());
    const { low, high } = detector.usual()!;
    assert.ok(low > 800 && high < 1_000, `${low} to ${high}`);
  });
});
