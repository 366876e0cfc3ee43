/**
 * What is remembered of a key, a tool of a server or a user: one row of single-precision numbers. A key costs the same after a
 * year as at the start.
 */

import { DETECTORS } from '../../policy/monitor-fields';

/** Minutes are counted from here, a midnight: single precision holds them whole for 31 years to either side. */
const EPOCH = Date.UTC(2026, 0, 1);
export const MINUTE_MS = 60_000;
const LARGEST_MINUTE = 2 ** 24;

export const HOUR = 60;
export const DAY = 24 * HOUR;
export const HOURS = 24;

/** `undefined` for times too far away to be one. */
export function minuteOf(timestamp: number): number | undefined {
  const minute = (timestamp - EPOCH) / MINUTE_MS;
  return Math.abs(minute) < LARGEST_MINUTE ? minute : undefined;
}

export const timestampOf = (minute: number): number => Math.round(EPOCH + minute * MINUTE_MS);

let width = 0;
function places(count = 1): number {
  width += count;
  return width - count;
}

/** Lengths of the intervals in which calls are counted, in minutes. */
export const SCALES = [1, 10, HOUR] as const;

/**
 * Strongest evidence that was no anomaly, by what gives evidence. What is said of a key has to exceed what the key itself has
 * shown before, so that one threshold serves keys with heavy tails and calm ones.
 */
export const PEAK = {
  /** One for each of {@link SCALES}. */
  rate: 0,
  silence: 3,
  error: 4,
  latency: 5,
  latencyDrift: 6,
  size: 7,
  sizeDrift: 8,
  volume: 9,
} as const;
export const PEAKS = 10;

/** What there are series of; their number is the place in `strangeUntil`. */
export const SIGNALS = { calls: 0, errors: 1, latency: 2, size: 3 } as const;

/** Of a cumulative sum: its value, the largest since it was 0, when that was, and what came since. */
export const CUSUM = { sum: 0, top: 1, since: 2, count: 3, total: 4 } as const;
const CUSUM_PLACES = 5;

/** Of a positive quantity of single calls, as logarithms. */
export const MAGNITUDE = {
  count: 0,
  mean: 1,
  variance: 2,
  low: 3,
  high: 4,
  blockStart: 5,
  blockCount: 6,
  blockSum: 7,
  blocks: 8,
  reference: 9,
  spread: 10,
  drift: 11,
} as const;
const MAGNITUDE_PLACES = MAGNITUDE.drift + CUSUM_PLACES;

/** Places in a row. */
export const F = {
  first: places(),
  last: places(),
  /** The clock without pauses, at the last call. */
  lastActive: places(),
  calls: places(),
  /** The open hour and its calls; calls in each hour of the day. */
  hour: places(),
  hourCalls: places(),
  hours: places(HOURS),
  /** Their sum. */
  usualDay: places(),
  /** Calls of the open day; calls of a day at the weekend as a share of those of the average day, and of how many that is known. */
  dayCalls: places(),
  weekendShare: places(),
  weekendDays: places(),
  /** Open intervals, one for each of {@link SCALES}: number, calls, and calls that few intervals exceed. */
  starts: places(SCALES.length),
  counts: places(SCALES.length),
  highs: places(SCALES.length),
  peaks: places(PEAKS),
  isSilent: places(),
  errorRatio: places(),
  recentErrorRatio: places(),
  /** User or tool of the failure before, and when that was. */
  lastCause: places(),
  lastError: places(),
  errors: places(CUSUM_PLACES),
  /** Calls and errors of the open interval of ten minutes. */
  intervalDone: places(),
  intervalErrors: places(),
  latency: places(MAGNITUDE_PLACES),
  size: places(MAGNITUDE_PLACES),
  day: places(),
  dayBytes: places(),
  days: places(),
  dayMean: places(),
  dayVariance: places(),
  volume: places(CUSUM_PLACES),
  /** When each detector last raised something, until when each series counts as strange, when pairs of the user were forgotten. */
  raised: places(DETECTORS.length),
  strangeUntil: places(Object.keys(SIGNALS).length),
  forgottenAt: places(),
  /** Users that have called a tool; servers that a user has called, as bits. */
  users: places(),
  servers: places(),
} as const;

/** A time before all others. */
export const NEVER = -LARGEST_MINUTE;

/** A new row. */
export function clear(values: Float32Array, row: number, minute: number): void {
  values.fill(0, row, row + ROW_WIDTH);
  values.fill(NEVER, row + F.raised, row + F.users);
  values[row + F.first] = minute;
  values[row + F.last] = minute;
}

export const encoded = (row: Float32Array): string =>
  Buffer.from(row.buffer, row.byteOffset, row.byteLength).toString('base64');

/** @returns `undefined` if this is nothing that `encoded` has made */
export function decoded(text: unknown): Float32Array | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== ROW_WIDTH * Float32Array.BYTES_PER_ELEMENT) return undefined;
  const row = new Float32Array(ROW_WIDTH);
  new Uint8Array(row.buffer).set(bytes);
  return row.every(Number.isFinite) ? row : undefined;
}

export const ROW_WIDTH = width;

/** Rows of all keys of one kind. Read `values` anew after a key was added: it moves as it grows. */
export interface Rows {
  readonly values: Float32Array;
}

/** Before both, nothing is said about a key. */
const WARM_UP_CALLS = 100;
const WARM_UP = 2 * DAY;

export const isWarm = (values: Float32Array, row: number, minute: number): boolean =>
  values[row + F.calls]! >= WARM_UP_CALLS && minute - values[row + F.first]! >= WARM_UP;
