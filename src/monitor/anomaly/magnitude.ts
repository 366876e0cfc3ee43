/**
 * Latency and result size: single calls that are far out, and a mean that has moved. Both on a logarithmic scale. Calls of a
 * tool are compared with those of the tool; a user’s with what is usual for the tools that the user calls.
 */
import type { DetectorName } from '../../policy/monitor-fields';
import { addToSum, learnPeak, resetSum, scoreOf, thresholdOf, type Threshold } from './evidence';
import { CUSUM, DAY, F, MAGNITUDE as M, PEAK, SIGNALS } from './row';
import { isStrange } from './series-pool';
import { nameOf, observeSeries, type KeyInHand, type Subject } from './subject';
import { factor, size, sizeRange, span, time, timeRange } from './words';

export interface Quantity {
  readonly detector: DetectorName & ('latency' | 'result_size');
  /** Its place in the row. */
  readonly at: number;
  readonly signal: number;
  readonly outlier: Threshold;
  readonly drift: Threshold;
  /** Added before the logarithm is taken: what is small is all alike. */
  readonly offset: number;
  /** What is not so much more than usual does not matter. */
  readonly matters: number;
  readonly most: number;
}

/** An outlier is six standard deviations out, its evidence half their square. */
const OUTLIER = { least: 18, beyond: 1.7 };
const DRIFT = { least: 12, beyond: 1.6 };

export const LATENCY: Quantity = {
  detector: 'latency',
  at: F.latency,
  signal: SIGNALS.latency,
  outlier: { peak: PEAK.latency, ...OUTLIER },
  drift: { peak: PEAK.latencyDrift, ...DRIFT },
  offset: 5,
  matters: 250,
  most: 1e9,
};
export const RESULT_SIZE: Quantity = {
  detector: 'result_size',
  at: F.size,
  signal: SIGNALS.size,
  outlier: { peak: PEAK.size, ...OUTLIER },
  drift: { peak: PEAK.sizeDrift, ...DRIFT },
  offset: 200,
  matters: 20_000,
  most: 1e13,
};

const MEMORY = 500;
const LEAST_DEVIATION = 0.1;
const CLIPPED = 8;
/** What is further out is no part of what is usual. */
const USUAL_SPREADS = 2.5;
/** Five of a hundred calls are below the band, and five above. */
const BAND_TAIL = 0.05;
const BAND_RATE = 0.03;
const TIMES_USUAL = 2;
/** Calls of a tool from which on users are compared with it. */
const ENOUGH = 50;

/** A block has so many calls and takes so many minutes, at least. */
const BLOCK_CALLS = 5;
const BLOCK_MINUTES = 10;
/** Minutes that the reference remembers. */
const REFERENCE = 10 * DAY;
const LEAST_SPREAD = 0.05;
const MOST_STEP = 4;
const ALLOWED = 0.5;
const YOUNG_BLOCKS = 20;
/** A mean that has moved by less does not matter, as a factor. */
const LEAST_MOVE = Math.log(1.3);

/** @returns the logarithm, and `undefined` for what is no quantity */
export function logOf(value: number | undefined, { offset, most }: Quantity): number | undefined {
  return value === undefined || !(value >= 0) ? undefined : Math.log(Math.min(value, most) + offset);
}

/** @returns how far the call is from the usual of its tool, as a logarithm; `undefined` while too little is known */
export function observeTool(
  subject: Subject,
  key: KeyInHand,
  quantity: Quantity,
  value: number,
  log: number,
): number | undefined {
  const { values } = key.table;
  const place = key.row + quantity.at;
  const count = values[place + M.count]!;
  const mean = values[place + M.mean]!;
  const residual = count < ENOUGH ? undefined : log - mean;
  const isRaised = residual !== undefined && checkOutlier(subject, key, quantity, value, residual);
  learn(values, place, log);
  addToBlock(subject, key, quantity, log, isRaised);
  return residual;
}

export function observeUser(subject: Subject, key: KeyInHand, quantity: Quantity, residual: number): void {
  key.table.values[key.row + quantity.at + M.count]! += 1;
  addToBlock(subject, key, quantity, residual, false);
}

function learn(values: Float32Array, place: number, log: number): void {
  const count = (values[place + M.count]! += 1);
  if (count === 1) {
    values[place + M.mean] = log;
    values[place + M.low] = log;
    values[place + M.high] = log;
    return;
  }
  const rate = Math.max(1 / count, 1 / MEMORY);
  const deviation = Math.max(LEAST_DEVIATION, Math.sqrt(values[place + M.variance]!));
  const away = Math.max(-CLIPPED * deviation, Math.min(CLIPPED * deviation, log - values[place + M.mean]!));
  values[place + M.mean]! += rate * away;
  values[place + M.variance]! += rate * ((1 - rate) * away * away - values[place + M.variance]!);
  const step = Math.max(BAND_RATE, 1 / count) * deviation * 2;
  const [low, high] = [values[place + M.low]!, values[place + M.high]!];
  values[place + M.low] = low + step * (log < low ? BAND_TAIL - 1 : BAND_TAIL);
  values[place + M.high] = high + step * (log > high ? 1 - BAND_TAIL : -BAND_TAIL);
}

function checkOutlier(
  subject: Subject,
  key: KeyInHand,
  quantity: Quantity,
  value: number,
  residual: number,
): boolean {
  const { values } = key.table;
  const { row } = key;
  const place = row + quantity.at;
  const deviation = Math.max(LEAST_DEVIATION, Math.sqrt(values[place + M.variance]!));
  const far = residual / deviation;
  if (far < 3) return false;
  const evidence = (far * far) / 2;
  const needed = thresholdOf(key, quantity.outlier, false);
  learnPeak(key, quantity.outlier, evidence);
  const high = Math.exp(values[place + M.high]!) - quantity.offset;
  if (evidence < needed || value < TIMES_USUAL * high || value - high < quantity.matters) return false;
  if (!subject.isReady(quantity.detector, key)) return false;
  const low = Math.max(0, Math.exp(values[place + M.low]!) - quantity.offset);
  const description =
    quantity === LATENCY
      ? `${nameOf(key)} took ${time(value)}, usually ${timeRange(low, high)}`
      : `${nameOf(key)} returned ${size(value)}, usually ${sizeRange(low, high)}`;
  const since = subject.minute;
  subject.raise({ detector: quantity.detector, score: scoreOf(evidence, needed), description, since }, key);
  return true;
}

function addToBlock(
  subject: Subject,
  key: KeyInHand,
  quantity: Quantity,
  log: number,
  isRaised: boolean,
): void {
  const { values } = key.table;
  const place = key.row + quantity.at;
  const count = values[place + M.blockCount]!;
  const { minute } = subject;
  if (count === 0 || minute < values[place + M.blockStart]!) values[place + M.blockStart] = minute;
  values[place + M.blockSum]! += log;
  values[place + M.blockCount] = count + 1;
  const took = minute - values[place + M.blockStart]!;
  if (count + 1 < BLOCK_CALLS || took < BLOCK_MINUTES) return;
  closeBlock(subject, key, quantity, took, isRaised);
  values[place + M.blockSum] = 0;
  values[place + M.blockCount] = 0;
}

function closeBlock(
  subject: Subject,
  key: KeyInHand,
  quantity: Quantity,
  took: number,
  isRaised: boolean,
): void {
  const { table, row } = key;
  const { values } = table;
  const place = row + quantity.at;
  const mean = values[place + M.blockSum]! / values[place + M.blockCount]!;
  const blocks = values[place + M.blocks]!;
  const reference = values[place + M.reference]!;
  const away = mean - reference;
  const spread = Math.sqrt(values[place + M.spread]! + LEAST_SPREAD ** 2);
  const step = Math.max(-MOST_STEP, Math.min(MOST_STEP, away / spread)) - ALLOWED;
  if (blocks >= YOUNG_BLOCKS) {
    observeSeries(subject, key, quantity.signal, mean);
    const sum = addToSum(key, quantity.at + M.drift, quantity.drift, {
      minute: subject.minute - took,
      by: step,
      amount: mean,
    });
    if (step > 0 && !isRaised) checkDrift(subject, key, quantity, sum);
  }
  const rate = Math.max(1 / (blocks + 1), Math.min(1, took / REFERENCE));
  const clipped =
    blocks < YOUNG_BLOCKS ? away : Math.max(-USUAL_SPREADS * spread, Math.min(USUAL_SPREADS * spread, away));
  values[place + M.reference] = values[place + M.reference]! + rate * clipped;
  if (blocks > 0)
    values[place + M.spread]! +=
      Math.max(rate, 1 / (blocks + 1)) * (clipped * clipped - values[place + M.spread]!);
  values[place + M.blocks] = blocks + 1;
}

function checkDrift(subject: Subject, key: KeyInHand, quantity: Quantity, sum: number): void {
  const { values } = key.table;
  const { row } = key;
  const place = row + quantity.at;
  const needed = thresholdOf(key, quantity.drift, isStrange(values, row, quantity.signal, subject.minute));
  if (sum < needed || !subject.isReady(quantity.detector, key)) return;
  const at = place + M.drift;
  const blocks = values[at + CUSUM.count]!;
  const mean = values[at + CUSUM.total]! / blocks;
  const reference = values[place + M.reference]!;
  if (blocks < 3 || mean - reference < LEAST_MOVE) return;
  const [is, was] = [Math.exp(mean) - quantity.offset, Math.exp(reference) - quantity.offset];
  if (key.kind === 'tool' && is - was < quantity.matters / 6) return;
  const since = values[at + CUSUM.since]!;
  learnPeak(key, quantity.drift, sum);
  resetSum(values, row, quantity.at + M.drift);
  // The new level is what is usual from now on.
  values[place + M.reference] = mean;
  const length = span(subject.minute - since);
  const description =
    key.kind === 'user'
      ? ofUser(nameOf(key), quantity, Math.exp(mean - reference), length)
      : ofTool(nameOf(key), quantity, is, Math.max(0, was), length);
  subject.raise({ detector: quantity.detector, score: scoreOf(sum, needed), description, since }, key);
}

function ofTool(name: string, quantity: Quantity, is: number, was: number, length: string): string {
  return quantity === LATENCY
    ? `${name} has been taking ${time(is)} for ${length}, usually ${time(was)}`
    : `${name} has been returning ${size(is)} for ${length}, usually ${size(was)}`;
}

function ofUser(name: string, quantity: Quantity, times: number, length: string): string {
  return quantity === LATENCY
    ? `calls of ${name} have been taking ${factor(times)} times as long as is usual for them for ${length}`
    : `results for ${name} have been ${factor(times)} times as large as is usual for them for ${length}`;
}
