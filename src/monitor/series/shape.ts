/**
 * The shape of a series now: its value and two running means, as deviations from the mean of the recent past in units of its
 * standard deviation. Means of several lengths say in a few numbers what a window of the last values would.
 *
 * Mean and variance are exponentially weighted (Finch, "Incremental calculation of weighted mean and variance", 2009); while
 * the series is young every value has the same weight.
 */
import type { SeriesParameters } from './parameters';
import { N, type SeriesState } from './state';

/** A value further from the mean, in deviations, is learnt as only so far: else one value makes a series blind for long. */
const BEYOND = 100;
/** Deviations smaller than this part of the mean are rounding. */
const RELATIVE_RESOLUTION = 1e-6;

/** The least deviation that counts, in the unit of the values. */
export function deviation(numbers: Float64Array, resolution: number): number {
  const least = Math.max(resolution, RELATIVE_RESOLUTION * Math.abs(numbers[N.mean]!));
  return Math.max(least, Math.sqrt(numbers[N.variance]!));
}

/** At most as far from the mean as `BEYOND` says, or as the mean is from 0. */
function bounded(numbers: Float64Array, value: number, { warmUp, resolution }: SeriesParameters): number {
  const mean = numbers[N.mean]!;
  const most = Math.max(BEYOND * Math.sqrt(numbers[N.variance]!), Math.abs(mean));
  if (numbers[N.count]! <= warmUp || most <= resolution) return value;
  return Math.max(mean - most, Math.min(mean + most, value));
}

/**
 * Takes a value in, and puts the shape into the first three places of `point`.
 * @returns the standard deviation
 */
export function updateShape(
  state: SeriesState,
  given: number,
  point: Float64Array,
  parameters: SeriesParameters,
): number {
  const { numbers } = state;
  const value = bounded(numbers, given, parameters);
  const even = 1 / ++numbers[N.count]!;
  const rate = Math.max(1 / parameters.memory, even);
  const difference = value - numbers[N.mean]!;
  numbers[N.mean]! += rate * difference;
  numbers[N.variance] = (1 - rate) * (numbers[N.variance]! + rate * difference * difference);
  numbers[N.short]! += Math.max(1 / parameters.shortMean, even) * (value - numbers[N.short]!);
  numbers[N.long]! += Math.max(1 / parameters.longMean, even) * (value - numbers[N.long]!);
  const mean = numbers[N.mean]!;
  const unit = deviation(numbers, parameters.resolution);
  point[0] = (value - mean) / unit;
  point[1] = (numbers[N.short]! - mean) / unit;
  point[2] = (numbers[N.long]! - mean) / unit;
  return unit;
}
