/** What a user takes out in a day: creeping up over days, or far more than ever at once. */
import { addToSum, learnPeak, resetSum, scoreOf, thresholdOf, type Threshold } from './evidence';
import { CUSUM, DAY, F, PEAK } from './row';
import { nameOf, type KeyInHand, type Subject } from './subject';
import { size, sizeRange } from './words';

/** Over days, in standard deviations. */
const CREEP: Threshold = { peak: PEAK.volume, least: 5, beyond: 1.5 };
const ALLOWED = 0.75;
const MOST_STEP = 3;
/** A single day. */
const FAR = 6;
const OFFSET = 100_000;
const LEAST_DEVIATION = 0.35;
const MEMORY = 21;
const ENOUGH_DAYS = 7;
const LEAST_TIMES = 2;
const LEAST_BYTES = 1_000_000;

export function addVolume(subject: Subject, key: KeyInHand, bytes: number): void {
  const { values } = key.table;
  const { row } = key;
  const day = Math.floor(subject.minute / DAY);
  if (values[row + F.day] !== day) {
    if (values[row + F.dayBytes]! > 0 && day > values[row + F.day]!) closeDay(subject, key);
    values[row + F.day] = day;
    values[row + F.dayBytes] = 0;
  }
  values[row + F.dayBytes]! += bytes;
  checkDay(subject, key);
}

const deviationOf = (values: Float32Array, row: number): number =>
  Math.max(LEAST_DEVIATION, Math.sqrt(values[row + F.dayVariance]!));

const isEnough = (values: Float32Array, row: number, bytes: number): boolean =>
  values[row + F.days]! >= ENOUGH_DAYS &&
  bytes > LEAST_BYTES &&
  bytes > LEAST_TIMES * (Math.exp(values[row + F.dayMean]!) - OFFSET);

function checkDay(subject: Subject, key: KeyInHand): void {
  const { values } = key.table;
  const { row } = key;
  const bytes = values[row + F.dayBytes]!;
  if (!isEnough(values, row, bytes)) return;
  const far = (Math.log(bytes + OFFSET) - values[row + F.dayMean]!) / deviationOf(values, row);
  if (far >= FAR) raise(subject, key, bytes, far / (far + FAR), Math.floor(subject.minute / DAY) * DAY);
}

function closeDay(subject: Subject, key: KeyInHand): void {
  const { values } = key.table;
  const { row } = key;
  const bytes = values[row + F.dayBytes]!;
  const log = Math.log(bytes + OFFSET);
  const days = values[row + F.days]!;
  const away = log - values[row + F.dayMean]!;
  if (days >= ENOUGH_DAYS) {
    const step = Math.max(-MOST_STEP, Math.min(MOST_STEP, away / deviationOf(values, row))) - ALLOWED;
    const start = values[row + F.day]! * DAY;
    const sum = addToSum(key, F.volume, CREEP, {
      minute: start,
      by: step,
      amount: bytes,
    });
    const needed = thresholdOf(key, CREEP, false);
    if (sum >= needed && isEnough(values, row, bytes)) {
      const since = values[row + F.volume + CUSUM.since]!;
      if (raise(subject, key, bytes, scoreOf(sum, needed), since)) {
        learnPeak(key, CREEP, sum);
        resetSum(values, row, F.volume);
      }
    }
  }
  const rate = Math.max(1 / (days + 1), 1 / MEMORY);
  values[row + F.dayMean]! += rate * away;
  if (days > 0)
    values[row + F.dayVariance]! += rate * ((1 - rate) * away * away - values[row + F.dayVariance]!);
  values[row + F.days] = days + 1;
}

function raise(subject: Subject, key: KeyInHand, bytes: number, score: number, since: number): boolean {
  if (!subject.isReady('result_size', key)) return false;
  const { values } = key.table;
  const mean = values[key.row + F.dayMean]!;
  const deviation = deviationOf(values, key.row);
  const [low, high] = [mean - deviation, mean + deviation].map((log) => Math.max(0, Math.exp(log) - OFFSET));
  const description = `${nameOf(key)} received ${size(bytes)} in a day, usually ${sizeRange(low!, high!)}`;
  subject.raise({ detector: 'result_size', score, description, since }, key);
  return true;
}
