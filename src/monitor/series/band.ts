/**
 * What is usual, for people: the value that 5 % of the observations are below, and that which 5 % are above, each followed by
 * stochastic approximation (Robbins, Monro, 1951; for quantiles Tierney, "A space-efficient recursive procedure for estimating a
 * quantile of an unknown distribution", 1983). A step is bounded by the spread, so an outlier moves the band no more than any
 * other value outside it.
 */
import { N, type SeriesState } from './state';

const TAIL = 0.05;
const SLOWEST = 0.02;
const YOUNG = 8;
const WIDEST = 4;

export interface Band {
  readonly low: number;
  readonly high: number;
}

/** The first values make the band: after them it is from the least to the largest. */
function begin(numbers: Float64Array, value: number): void {
  const first = numbers[N.count] === 1;
  numbers[N.low] = first ? value : Math.min(numbers[N.low]!, value);
  numbers[N.high] = first ? value : Math.max(numbers[N.high]!, value);
  numbers[N.spread] = numbers[N.high]! - numbers[N.low]!;
}

export function updateBand({ numbers }: SeriesState, value: number, resolution: number): void {
  const count = numbers[N.count]!;
  if (count <= YOUNG) return begin(numbers, value);
  const low = numbers[N.low]!;
  const high = numbers[N.high]!;
  const rate = Math.max(SLOWEST, 1 / count);
  const spread = Math.max(numbers[N.spread]!, resolution);
  const away = Math.abs(value - (low + high) / 2);
  numbers[N.spread] = spread + rate * (Math.min(2 * away, WIDEST * spread) - spread);
  numbers[N.low] = low + rate * spread * (value < low ? TAIL - 1 : TAIL);
  numbers[N.high] = high + rate * spread * (value > high ? 1 - TAIL : -TAIL);
}
