/**
 * The daily rhythm: what is usual at each hour of the day, learnt from the days before (a seasonal profile as in Holt-Winters
 * smoothing; Winters, "Forecasting sales by exponentially weighted moving averages", 1960). It counts as far as it explains the
 * series: where the hour tells nothing, or not a day has passed, the deviation from it is 0.
 */
import type { SeriesParameters } from './parameters';
import { CELL, HOURS, N, type SeriesState } from './state';

const HOUR = 3_600_000;
const MOST_VISITS = 1e6;
/** Deviations count as at most this many variances when the profile is judged: one outlier must not end its use. */
const CAP = 9;

const hourOf = (timestamp: number): number => {
  const hour = Math.floor(timestamp / HOUR) % HOURS;
  return hour < 0 ? hour + HOURS : hour;
};

/** At the end of an hour its mean goes into the profile. */
function closeHour({ numbers, cells }: SeriesState, rate: number): void {
  const hour = numbers[N.hour]!;
  if (hour < 0) return;
  const mean = numbers[N.hourSum]! / numbers[N.hourCount]!;
  const visits = Math.min(MOST_VISITS, cells[CELL.visits + hour]! + 1);
  cells[CELL.visits + hour] = visits;
  cells[CELL.profile + hour]! += Math.max(rate, 1 / visits) * (mean - cells[CELL.profile + hour]!);
}

function enterHour(state: SeriesState, hour: number, rate: number): void {
  closeHour(state, rate);
  state.numbers[N.hour] = hour;
  state.numbers[N.hourSum] = 0;
  state.numbers[N.hourCount] = 0;
}

/** @returns 0 (the hour explains nothing) to 1 (it explains all), after this deviation */
function explained({ numbers }: SeriesState, error: number, value: number, memory: number): number {
  const rate = Math.max(1 / memory, 1 / numbers[N.count]!);
  const most = CAP * numbers[N.variance]!;
  const own = value - numbers[N.mean]!;
  numbers[N.rhythmError]! += rate * (Math.min(error * error, most) - numbers[N.rhythmError]!);
  numbers[N.ownError]! += rate * (Math.min(own * own, most) - numbers[N.ownError]!);
  return numbers[N.ownError]! > 0 ? Math.max(0, 1 - numbers[N.rhythmError]! / numbers[N.ownError]!) : 0;
}

/** @returns how far the value is from what is usual at this hour, in its own unit, as far as the hour tells anything */
export function updateRhythm(
  state: SeriesState,
  timestamp: number,
  value: number,
  { rhythmRate, memory }: SeriesParameters,
): number {
  if (!Number.isFinite(timestamp)) return 0;
  const { numbers, cells } = state;
  const hour = hourOf(timestamp);
  if (hour !== numbers[N.hour]) enterHour(state, hour, rhythmRate);
  numbers[N.hourSum]! += value;
  numbers[N.hourCount]!++;
  if (cells[CELL.visits + hour] === 0) return 0;
  const error = value - cells[CELL.profile + hour]!;
  return error * explained(state, error, value, memory);
}
