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

function isSound({ numbers, cells }: SeriesState): boolean {
  const hour = numbers[N.hour]!;
  const used = numbers[N.prototypes]!;
  return (
    numbers.every(Number.isFinite) &&
    cells.every(Number.isFinite) &&
    Number.isInteger(hour) &&
    hour >= -1 &&
    hour < HOURS &&
    Number.isInteger(used) &&
    used >= 0 &&
    used <= PROTOTYPES
  );
}
