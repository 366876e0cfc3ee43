/** How many calls a key has in each hour of the day (UTC), and what follows for other lengths of time. */
import { DAY, F, HOUR, HOURS, PEAKS } from './row';

/** A new day counts so much at least: about two weeks are remembered. */
const SLOWEST = 0.1;
/** A longer absence is a holiday, and no new rhythm. */
const MOST_ZEROS = 48;
/** Hours in which peaks fall to a third. */
const PEAK_MEMORY = 30 * 24;

const hourOfDay = (hour: number): number => ((hour % HOURS) + HOURS) % HOURS;

export const hourOf = (minute: number): number => hourOfDay(Math.floor(minute / HOUR));

/** Closes the hours before this minute. */
export function advanceHours(values: Float32Array, row: number, minute: number): void {
  const hour = Math.floor(minute / HOUR);
  const open = values[row + F.hour]!;
  if (values[row + F.calls] === 0 || hour < open) values[row + F.hour] = hour;
  if (hour <= open || values[row + F.calls] === 0) return;
  const days = Math.floor((open - values[row + F.first]! / HOUR) / HOURS);
  const rate = Math.max(SLOWEST, 1 / (Math.max(0, days) + 1));
  values[row + F.dayCalls]! += values[row + F.hourCalls]!;
  if (Math.floor(hour / HOURS) !== Math.floor(open / HOURS)) closeDay(values, row, open);
  learn(values, row + F.hours + hourOfDay(open), values[row + F.hourCalls]!, rate);
  const zeros = Math.min(hour - open - 1, MOST_ZEROS);
  for (let passed = 1; passed <= zeros; passed += 1)
    learn(values, row + F.hours + hourOfDay(open + passed), 0, rate);
  const kept = Math.exp((open - hour) / PEAK_MEMORY);
  for (let peak = 0; peak < PEAKS; peak += 1) values[row + F.peaks + peak]! *= kept;
  values[row + F.usualDay] = sumOfHours(values, row);
  values[row + F.hour] = hour;
  values[row + F.hourCalls] = 0;
}

/** 2026-01-01, from which hours are counted, was a Thursday. */
const isWeekend = (hour: number): boolean => {
  const day = (((Math.floor(hour / HOURS) + 4) % 7) + 7) % 7;
  return day === 6 || day === 0;
};

function closeDay(values: Float32Array, row: number, hour: number): void {
  if (isWeekend(hour)) {
    const share = values[row + F.dayCalls]! / Math.max(1, callsADay(values, row));
    const days = (values[row + F.weekendDays]! += 1);
    values[row + F.weekendShare]! += Math.max(0.2, 1 / days) * (share - values[row + F.weekendShare]!);
  }
  values[row + F.dayCalls] = 0;
}

function learn(values: Float32Array, place: number, calls: number, rate: number): void {
  values[place]! += rate * (calls - values[place]!);
}

/** Calls of a usual day. */
const callsADay = (values: Float32Array, row: number): number => values[row + F.usualDay]!;

function sumOfHours(values: Float32Array, row: number): number {
  let sum = 0;
  for (let hour = 0; hour < HOURS; hour += 1) sum += values[row + F.hours + hour]!;
  return sum;
}

const at = (values: Float32Array, row: number, hour: number): number =>
  values[row + F.hours + hourOfDay(hour)]!;

/**
 * Calls a minute, as many as are usual now or an hour earlier or later: people begin earlier or later. Not much below the
 * average of the day, for it is not this detector's matter that a user works at night.
 */
export function mostCalls(values: Float32Array, row: number, minute: number): number {
  const hour = hourOf(minute);
  const near = Math.max(at(values, row, hour - 1), at(values, row, hour), at(values, row, hour + 1));
  return Math.max(near / HOUR, callsADay(values, row) / (4 * DAY), 1 / DAY);
}

/** Calls a minute, as few as are usual at that time; none at weekends, until one was seen. */
export function leastCalls(values: Float32Array, row: number, minute: number): number {
  const hour = hourOf(minute);
  const least = Math.min(at(values, row, hour - 1), at(values, row, hour), at(values, row, hour + 1)) / HOUR;
  return isWeekend(Math.floor(minute / HOUR)) ? least * Math.min(1, values[row + F.weekendShare]!) : least;
}

/** Share of a day's calls that come within so many hours of this one. */
export function shareNear(values: Float32Array, row: number, minute: number, hours: number): number {
  const day = callsADay(values, row);
  if (day === 0) return 1;
  let near = 0;
  for (let away = -hours; away <= hours; away += 1) near += at(values, row, hourOf(minute) + away);
  return near / day;
}
