/** Too many calls of a key for the time of day, in a minute, ten minutes or an hour; and a tool that nobody calls any more. */
import { learnPeak, scoreOf, surpriseOfCount, thresholdOf, type Threshold } from './evidence';
import { leastCalls, mostCalls } from './rhythm';
import { F, HOUR, PEAK, SCALES, SIGNALS } from './row';
import { isStrange } from './series-pool';
import { nameOf, observeSeries, type KeyInHand, type Subject } from './subject';
import { range, span } from './words';

/** Fewer calls are never a burst. */
const LEAST_CALLS = 10;
/** From here on it is remembered how many there were. */
const LEAST_LEARNT = 5;
/** Times what is expected, by scale: over an hour less is enough to matter. */
const LEAST_TIMES = [3, 2.5, 2] as const;
/** And times what one interval in twenty exceeds. */
const LEAST_TIMES_HIGH = [2, 2, 1.5] as const;
const BURSTS: readonly Threshold[] = SCALES.map((_, scale) => ({
  peak: PEAK.rate + scale,
  least: 25,
  beyond: 1.6,
}));

/** The band of usual counts follows by these factors; it is exceeded by one interval in twenty. */
const UP = Math.exp(0.095);
const DOWN = Math.exp(-0.005);

/** Ten minutes: what the series are made of. */
const SERIES_SCALE = 1;
/** Calls in ten minutes, on average, from which a key has a series. */
const BUSY = 3;
const MOST_EMPTY = 36;

/** @param key - its open intervals that have ended are closed */
export function closeIntervals(subject: Subject, key: KeyInHand): void {
  const { minute } = subject;
  const { row } = key;
  const { values } = key.table;
  for (let scale = 0; scale < SCALES.length; scale += 1) {
    const width = SCALES[scale]!;
    const open = values[row + F.starts + scale]!;
    const now = Math.floor(minute / width);
    const count = values[row + F.counts + scale]!;
    if (now === open) continue;
    if (count > 0 && now > open) {
      if (count >= LEAST_LEARNT) {
        const expected = width * mostCalls(values, row, open * width);
        learnPeak(key, BURSTS[scale]!, surpriseOfCount(count, expected));
      }
      followHigh(values, row + F.highs + scale, count);
      if (scale === SERIES_SCALE && isBusy(values, row, minute))
        closeOfSeries(subject, key, count, now - open);
    }
    values[row + F.starts + scale] = now;
    values[row + F.counts + scale] = 0;
  }
}

/** @param intervals - since the one that had `count` calls, which none had that came after it */
function closeOfSeries(subject: Subject, key: KeyInHand, count: number, intervals: number): void {
  const length = SCALES[SERIES_SCALE] * 60_000;
  const start = subject.event.timestamp - intervals * length;
  const empty = Math.min(intervals - 1, MOST_EMPTY);
  for (let at = 0; at <= empty; at += 1)
    observeSeries(subject, key, SIGNALS.calls, at === 0 ? count : 0, start + at * length);
}

const isBusy = (values: Float32Array, row: number, minute: number): boolean =>
  values[row + F.calls]! * SCALES[SERIES_SCALE] > BUSY * Math.max(HOUR, minute - values[row + F.first]!);

/** A count that one in twenty intervals with calls exceeds, by stochastic approximation on a logarithmic scale. */
function followHigh(values: Float32Array, place: number, count: number): void {
  const high = values[place]!;
  if (high === 0) values[place] = count;
  else values[place] = high * (count > high ? UP : DOWN);
}

export function countCall(subject: Subject, key: KeyInHand): void {
  const { values } = key.table;
  values[key.row + F.hourCalls]! += 1;
  for (let scale = 0; scale < SCALES.length; scale += 1) values[key.row + F.counts + scale]! += 1;
  if (!subject.isReady('call_rate', key)) return;
  for (let scale = 0; scale < SCALES.length; scale += 1) if (isBurst(subject, key, scale)) return;
}

function isBurst(subject: Subject, key: KeyInHand, scale: number): boolean {
  const { values } = key.table;
  const { row } = key;
  const count = values[row + F.counts + scale]!;
  const high = values[row + F.highs + scale]!;
  if (count < LEAST_CALLS || count < LEAST_TIMES_HIGH[scale]! * high) return false;
  const width = SCALES[scale]!;
  const expected = width * mostCalls(values, row, subject.minute);
  if (count < LEAST_TIMES[scale]! * expected) return false;
  const evidence = surpriseOfCount(count, expected);
  const strange = isStrange(values, row, SIGNALS.calls, subject.minute);
  const needed = thresholdOf(key, BURSTS[scale]!, strange);
  if (evidence < needed) return false;
  learnPeak(key, BURSTS[scale]!, evidence);
  const usual = range(
    Math.max(0, Math.floor(expected - 2 * Math.sqrt(expected))),
    Math.ceil(Math.max(high, expected)),
  );
  const times = `${count} times in ${width === HOUR ? 'an hour' : span(width)}, usually ${usual}`;
  const description =
    key.kind === 'user' ? `${nameOf(key)} called tools ${times}` : `${nameOf(key)} was called ${times}`;
  const since = values[row + F.starts + scale]! * width;
  subject.raise({ detector: 'call_rate', score: scoreOf(evidence, needed), description, count, since }, key);
  return true;
}

/** Calls that were to be expected while there were none. */
const SILENCE: Threshold = { peak: PEAK.silence, least: 25, beyond: 2 };
/** Minutes. Until a week is known, nothing is said of what may be a weekend. */
const SHORTEST_SILENCE = 15;
const LONG_SILENCE = 20 * HOUR;
const WEEK = 8 * 24 * HOUR;

function expectedIn(values: Float32Array, row: number, minute: number, silence: number): number {
  let expected = 0;
  for (let ago = 0; ago < Math.min(silence, WEEK); ago += HOUR)
    expected += leastCalls(values, row, minute - ago) * Math.min(HOUR, silence - ago);
  return expected;
}

const silenceOf = (values: Float32Array, row: number, minute: number, active: number): number =>
  Math.min(minute - values[row + F.last]!, active - values[row + F.lastActive]!);

/** Looks whether a tool has become silent; other keys’ calls tell the time. */
export function checkSilence(subject: Subject, key: KeyInHand, active: number): void {
  const { values } = key.table;
  const { row } = key;
  const silence = silenceOf(values, row, subject.minute, active);
  if (silence < SHORTEST_SILENCE || values[row + F.isSilent] === 1) return;
  if (silence > LONG_SILENCE && subject.minute - values[row + F.first]! < WEEK) return;
  if (!subject.isReady('call_rate', key)) return;
  const expected = expectedIn(values, row, subject.minute, silence);
  const needed = thresholdOf(key, SILENCE, isStrange(values, row, SIGNALS.calls, subject.minute));
  if (expected < needed) return;
  values[row + F.isSilent] = 1;
  learnPeak(key, SILENCE, expected);
  const description = `${nameOf(key)} has not been called for ${span(silence)}, usually ${Math.round(expected)} times in that time`;
  const since = subject.minute - silence;
  subject.raise(
    { detector: 'call_rate', score: scoreOf(expected, needed), description, count: 0, since },
    key,
  );
}

/** A tool is called again: how long it was not is what it may do. */
export function endSilence(subject: Subject, key: KeyInHand, active: number): void {
  const { values } = key.table;
  const { row } = key;
  const silence = silenceOf(values, row, subject.minute, active);
  if (silence >= SHORTEST_SILENCE && values[row + F.isSilent] === 0)
    learnPeak(key, SILENCE, expectedIn(values, row, subject.minute, silence));
  values[row + F.isSilent] = 0;
}
