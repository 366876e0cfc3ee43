/**
 * When evidence is enough. It has to exceed a fixed threshold, what the key itself has shown before, and what all keys together
 * show: of every kind of evidence the tail is followed, and the level that would be passed too often by chance is not enough.
 */
import { CUSUM, DAY, F, isWarm, PEAKS, type Rows } from './row';

/** A series that is strange lowers the threshold to this share. */
const STRANGE = 0.6;

export interface Threshold {
  /** Place among the peaks. */
  readonly peak: number;
  /** In nats, or standard deviations for a cumulative sum of them. */
  readonly least: number;
  /** Times the peak. */
  readonly beyond: number;
}

/** Share of the key’s own threshold from which evidence belongs to the tail. */
const TAIL_FROM = 0.5;
/** What was seen weighs a third after so many calls. */
const MEMORY = 300_000;
/** One alarm in so many calls by chance, from each kind of evidence. */
const CALLS_PER_ALARM = 600_000;
/** Where a tail begins to be known: so many in so many calls, with so heavy a tail. */
const PRIOR = { found: 2, calls: 4_000, excess: 0.2 };
/** What is far out does not make the tail heavier than this does. */
const MOST_EXCESS = 2;

/**
 * The tails of all kinds of evidence, exponential beyond `TAIL_FROM`: peaks over a threshold, as in Siffer et al., “Anomaly
 * detection in streams with extreme value theory” (KDD 2017).
 */
export class Tails {
  private calls = PRIOR.calls;
  private found = new Float64Array(PEAKS).fill(PRIOR.found);
  private excess = new Float64Array(PEAKS).fill(PRIOR.found * PRIOR.excess);
  private levels = new Float64Array(PEAKS).fill(1);
  private age = 0;

  /** A call. */
  pass(): void {
    this.calls += 1;
    this.age += 1;
    if (this.age % 100 === 0) this.follow();
  }

  /** Fades, and finds the levels anew; not for every call. */
  private follow(): void {
    const kept = Math.exp(-100 / MEMORY);
    this.calls *= kept;
    for (let kind = 0; kind < PEAKS; kind += 1) {
      this.found[kind]! *= kept;
      this.excess[kind]! *= kept;
      const often = (this.found[kind]! * CALLS_PER_ALARM) / this.calls;
      const mean = this.excess[kind]! / this.found[kind]!;
      this.levels[kind] = Math.max(1, TAIL_FROM + mean * Math.log(Math.max(1, often)));
    }
  }

  learn(kind: number, share: number): void {
    if (share < TAIL_FROM) return;
    this.found[kind]! += 1;
    this.excess[kind]! += Math.min(MOST_EXCESS, share - TAIL_FROM);
  }

  /** Times the key’s own threshold. */
  level(kind: number): number {
    return this.levels[kind]!;
  }

  save(): number[] {
    return [this.calls, this.age, ...this.found, ...this.excess, ...this.levels];
  }

  restore(saved: unknown): void {
    const isSound =
      Array.isArray(saved) &&
      saved.length === 2 + 3 * PEAKS &&
      saved.every((one) => typeof one === 'number' && Number.isFinite(one) && one >= 0);
    if (!isSound) return;
    const [calls, age, ...rest] = saved as number[];
    this.calls = Math.max(1, calls!);
    this.age = age!;
    this.found.set(rest.slice(0, PEAKS).map((one) => Math.max(one, 1e-9)));
    this.excess.set(rest.slice(PEAKS, 2 * PEAKS));
    this.levels.set(rest.slice(2 * PEAKS).map((one) => Math.max(1, one)));
  }
}

/** A key that is known for a few days has not yet shown all that it may do. */
const YOUTH = 4;

/** What gives evidence: a row, and the tails of all rows of its kind. */
interface Key {
  readonly table: Rows;
  readonly row: number;
  readonly tails: Tails;
}

function ownThreshold({ table: { values }, row }: Key, { peak, least, beyond }: Threshold): number {
  const days = Math.max(0, values[row + F.last]! - values[row + F.first]!) / DAY;
  return Math.max(least, beyond * values[row + F.peaks + peak]!) * (1 + YOUTH / (YOUTH + days * days));
}

export function thresholdOf(key: Key, threshold: Threshold, isStrange: boolean): number {
  const needed = ownThreshold(key, threshold) * key.tails.level(threshold.peak);
  return isStrange ? STRANGE * needed : needed;
}

/** Remembers evidence at its end, or when it was raised; far beyond the threshold it counts as the threshold: the same once more is still an anomaly. */
export function learnPeak(key: Key, threshold: Threshold, evidence: number): void {
  const { table, row, tails } = key;
  const { values } = table;
  const own = ownThreshold(key, threshold);
  if (isWarm(values, row, values[row + F.last]!)) tails.learn(threshold.peak, evidence / own);
  const at = row + F.peaks + threshold.peak;
  values[at] = Math.max(values[at]!, Math.min(evidence, own));
}

/** From 0 to 1: a half at the threshold. */
export const scoreOf = (evidence: number, needed: number): number =>
  Math.min(1, Math.max(0, evidence / (evidence + needed)));

/** Logarithm of 1 / a bound of the probability of `count` and more where `expected` are (Chernoff, Poisson). */
export function surpriseOfCount(count: number, expected: number): number {
  if (count <= expected) return 0;
  return count * Math.log(count / expected) - (count - expected);
}

export interface Step {
  readonly minute: number;
  readonly by: number;
  /** What to remember of the observation, beside how many there were. */
  readonly amount: number;
}

/**
 * Adds to a cumulative sum (Page, "Continuous inspection schemes", 1954), which never falls below 0.
 *
 * @param at - its place in the row
 */
export function addToSum(key: Key, at: number, threshold: Threshold, { minute, by, amount }: Step): number {
  const { table, row } = key;
  const { values } = table;
  const place = row + at;
  const before = values[place + CUSUM.sum]!;
  const sum = Math.max(0, before + by);
  if (before === 0) {
    values[place + CUSUM.since] = minute;
    values[place + CUSUM.count] = 0;
    values[place + CUSUM.total] = 0;
  }
  values[place + CUSUM.count]! += 1;
  values[place + CUSUM.total]! += amount;
  values[place + CUSUM.sum] = sum;
  const top = values[place + CUSUM.top]!;
  if (sum > top) values[place + CUSUM.top] = sum;
  else if (sum === 0 && top > 0) {
    learnPeak(key, threshold, top);
    values[place + CUSUM.top] = 0;
  }
  return sum;
}

export function resetSum(values: Float32Array, row: number, at: number): void {
  values.fill(0, row + at, row + at + CUSUM.total + 1);
}
