/** Calls that fail more often than those of the key do, by a cumulative sum of likelihood ratios over single calls. */
import { addToSum, learnPeak, resetSum, scoreOf, thresholdOf, type Threshold } from './evidence';
import { CUSUM, F, PEAK, SCALES, SIGNALS } from './row';
import { isStrange } from './series-pool';
import { nameOf, observeSeries, type KeyInHand, type Subject } from './subject';
import { percent, span } from './words';

const ERRORS: Threshold = { peak: PEAK.error, least: 14, beyond: 1.6 };
const LEAST_ERRORS = 5;
/** The ratio follows so fast at least, and so fast that of the tool that users are measured by. */
const MEMORY = 1_000;
const RECENT = 30;
/** Of a key without errors so many are expected in so many calls. */
const PRIOR = { errors: 0.5, calls: 50 };
const LEAST_RATIO = 0.01;
/** What an anomaly is, at least: four times as many, and fifteen percentage points more. */
const TIMES = 4;
const MORE = 0.15;
const MOST_RATIO = 0.98;

/** Weight of a failure with the cause of the one some minutes before: a model that tries again. */
const SAME_CAUSE = 0.25;
const SAME_FOR = 3;

/** Calls of ten minutes whose ratio says something, and how busy a key is that has a series. */
const SERIES_CALLS = 5;

export function usualErrorRatio(values: Float32Array, row: number): number {
  const weight = Math.min(values[row + F.calls]!, MEMORY);
  const ratio = (values[row + F.errorRatio]! * weight + PRIOR.errors) / (weight + PRIOR.calls);
  return Math.max(LEAST_RATIO, ratio);
}

/** At the end of ten minutes, before `closeIntervals`. */
export function closeErrorInterval(subject: Subject, key: KeyInHand): void {
  const { table, row } = key;
  const { values } = table;
  const width = SCALES[1];
  if (Math.floor(subject.minute / width) === values[row + F.starts + 1]) return;
  const done = values[row + F.intervalDone]!;
  if (done >= SERIES_CALLS)
    observeSeries(subject, key, SIGNALS.errors, values[row + F.intervalErrors]! / done);
  values[row + F.intervalDone] = 0;
  values[row + F.intervalErrors] = 0;
}

/**
 * @param cause - the call’s user for a tool, its tool for a user: one that fails again and again says little about the other
 * @param others - the ratio that the call’s tool has now, for a user: tools that fail for everybody are their own matter
 */
export function countOutcome(
  subject: Subject,
  key: KeyInHand,
  isError: boolean,
  cause: number,
  others = 0,
): void {
  const { values } = key.table;
  const { row } = key;
  const error = isError ? 1 : 0;
  values[row + F.intervalDone]! += 1;
  values[row + F.intervalErrors]! += error;
  const usual = Math.min(MOST_RATIO, Math.max(usualErrorRatio(values, row), others));
  const many = Math.min(0.99, Math.max(TIMES * usual, usual + MORE));
  const isSame =
    values[row + F.lastCause] === cause && subject.minute - values[row + F.lastError]! < SAME_FOR;
  if (isError) {
    values[row + F.lastCause] = cause;
    values[row + F.lastError] = subject.minute;
  }
  const weight = isSame ? SAME_CAUSE : 1;
  const step = isError ? weight * Math.log(many / usual) : Math.log((1 - many) / (1 - usual));
  const sum = addToSum(key, F.errors, ERRORS, {
    minute: subject.minute,
    by: step,
    amount: error,
  });
  const rate = 1 / Math.min(values[row + F.calls]! + 1, MEMORY);
  values[row + F.errorRatio]! += rate * (error - values[row + F.errorRatio]!);
  values[row + F.recentErrorRatio]! += (error - values[row + F.recentErrorRatio]!) / RECENT;
  if (isError && sum > 0) check(subject, key, sum, usualErrorRatio(values, row));
}

function check(subject: Subject, key: KeyInHand, sum: number, usual: number): void {
  const { values } = key.table;
  const { row } = key;
  const place = row + F.errors;
  const errors = values[place + CUSUM.total]!;
  if (errors < LEAST_ERRORS) return;
  const needed = thresholdOf(key, ERRORS, isStrange(values, row, SIGNALS.errors, subject.minute));
  if (sum < needed || !subject.isReady('error_ratio', key)) return;
  const calls = values[place + CUSUM.count]!;
  const since = values[place + CUSUM.since]!;
  learnPeak(key, ERRORS, sum);
  resetSum(values, row, F.errors);
  const description = `${errors} of ${calls} calls of ${nameOf(key)} failed within ${span(subject.minute - since)} (${percent(errors / calls)}), usually ${percent(usual)}`;
  subject.raise(
    { detector: 'error_ratio', score: scoreOf(sum, needed), description, count: errors, since },
    key,
  );
}
