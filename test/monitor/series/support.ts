/** Series that are the same in every run, and what a detector finds in them. */
import { ANOMALY_SCORE, SeriesDetector } from '../../../src/monitor/series/detector';
import type { SeriesParameters } from '../../../src/monitor/series/parameters';

export const MINUTE = 60_000;
export const DAY = 1_440;
/** Midnight of 2 March 2026. */
export const START = Date.UTC(2026, 2, 2);

/** Numbers from 0 to 1 (linear congruential generator of Numerical Recipes). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Normal deviates (Box, Muller). */
export function gaussFrom(seed: number): () => number {
  const random = randomFrom(seed);
  return () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Counts with that mean (Knuth). */
export function poissonFrom(seed: number): (mean: number) => number {
  const random = randomFrom(seed);
  return (mean) => {
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = random(); product > limit; product *= random()) count++;
    return count;
  };
}

export const series = (length: number, value: (i: number) => number): number[] =>
  Array.from({ length }, (_, i) => value(i));

/** One value a minute. */
export function scoresOf(
  values: readonly number[],
  parameters: Partial<SeriesParameters> = {},
  start = START,
): number[] {
  const detector = new SeriesDetector(parameters);
  return values.map((value, i) => detector.observe(start + i * MINUTE, value));
}

/** @returns the places of the anomalies */
export const anomaliesOf = (scores: readonly number[]): number[] =>
  scores.flatMap((score, i) => (score >= ANOMALY_SCORE ? [i] : []));

/** @returns how many values after `at` the first anomaly is; -1 if there is none until `end` */
export function delayAfter(scores: readonly number[], at: number, end = scores.length): number {
  const found = anomaliesOf(scores.slice(0, end)).find((i) => i >= at);
  return found === undefined ? -1 : found - at;
}
