/**
 * All that a detector remembers, in one buffer of fixed size: `numbers` holds scalars, `cells` everything of which there are
 * many. So the state is as large after a year as at the start, and is saved as it is.
 */

/** Places in `numbers`. */
export const N = {
  count: 0,
  mean: 1,
  variance: 2,
  short: 3,
  long: 4,
  hour: 5,
  hourSum: 6,
  hourCount: 7,
  rhythmError: 8,
  ownError: 9,
  prototypes: 10,
  radius: 11,
  clock: 12,
  total: 13,
  weight: 14,
  low: 15,
  high: 16,
  spread: 17,
  held: 18,
  pause: 19,
  length: 20,
} as const;

export const HOURS = 24;
export const DIMENSIONS = 4;
export const PROTOTYPES = 64;
export const BINS = 48;

/** Where each part of `cells` begins. */
const VISITS = HOURS;
const POINTS = VISITS + HOURS;
const SEEN = POINTS + PROTOTYPES * DIMENSIONS;
const COUNTS = SEEN + PROTOTYPES;
const LEVELS = COUNTS + BINS;
export const CELL = {
  profile: 0,
  visits: VISITS,
  points: POINTS,
  seen: SEEN,
  counts: COUNTS,
  levels: LEVELS,
} as const;
const CELLS = LEVELS + BINS;

const NUMBER_BYTES = N.length * Float64Array.BYTES_PER_ELEMENT;
export const STATE_BYTES = NUMBER_BYTES + CELLS * Float32Array.BYTES_PER_ELEMENT;

export interface SeriesState {
  readonly numbers: Float64Array;
  readonly cells: Float32Array;
}

export function emptyState(): SeriesState {
  const state = viewed(new ArrayBuffer(STATE_BYTES));
  state.numbers[N.hour] = -1;
  state.numbers[N.weight] = 1;
  return state;
}

const viewed = (buffer: ArrayBuffer): SeriesState => ({
  numbers: new Float64Array(buffer, 0, N.length),
  cells: new Float32Array(buffer, NUMBER_BYTES, CELLS),
});

/** The buffer as text, in the byte order of this machine, as all that Node runs on but s390x have it. */
export const encoded = ({ numbers }: SeriesState): string => Buffer.from(numbers.buffer).toString('base64');

/** @throws {RangeError} if this is no state that `encoded` has made */
export function decoded(text: string): SeriesState {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== STATE_BYTES) {
    throw new RangeError(`the state of a series has ${STATE_BYTES} bytes, not ${bytes.length}`);
  }
  const buffer = new ArrayBuffer(STATE_BYTES);
  new Uint8Array(buffer).set(bytes);
  const state = viewed(buffer);
  if (!isSound(state)) throw new RangeError('the state of a series has values that no series leads to');
  return state;
}

/** What places hold: whole numbers from 0, numbers from 0, values, or squares of values. */
const WHOLE = [N.count, N.hourCount, N.prototypes, N.clock, N.pause];
const FROM_ZERO = [N.variance, N.rhythmError, N.ownError, N.radius, N.total, N.spread, N.held];
const VALUES = [N.mean, N.short, N.long, N.low, N.high, N.spread];
const SQUARES = [N.variance, N.rhythmError, N.ownError];
/** Somewhat more than a detector takes in. */
const LARGEST = 1e31;

function isSound({ numbers, cells }: SeriesState): boolean {
  const at = (place: number): number => numbers[place]!;
  return (
    numbers.every(Number.isFinite) &&
    cells.every(Number.isFinite) &&
    cells.subarray(CELL.seen).every((cell) => cell >= 0) &&
    WHOLE.every((place) => Number.isInteger(at(place)) && at(place) >= 0) &&
    FROM_ZERO.every((place) => at(place) >= 0) &&
    VALUES.every((place) => Math.abs(at(place)) <= LARGEST) &&
    SQUARES.every((place) => at(place) <= LARGEST ** 2) &&
    at(N.prototypes) <= PROTOTYPES &&
    at(N.weight) >= 1 &&
    at(N.weight) <= LARGEST &&
    isHourSound(at(N.hour), at(N.hourSum), at(N.hourCount))
  );
}

const isHourSound = (hour: number, sum: number, count: number): boolean =>
  hour === -1 ||
  (Number.isInteger(hour) && hour >= 0 && hour < HOURS && count > 0 && Math.abs(sum) <= LARGEST * count);
