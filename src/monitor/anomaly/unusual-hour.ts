/** A user that calls at an hour of the day (UTC) at which this user never does. */
import { Allowance } from './allowance';
import { scoreOf } from './evidence';
import { hourOf, shareNear } from './rhythm';
import { DAY, F, HOURS } from './row';
import { nameOf, type KeyInHand, type Subject } from './subject';

/** Days that a user has to be known: with fewer, every hour is new. */
const ENOUGH_DAYS = 14;
/** Hours to either side that count as the same: days begin earlier and later. */
const NEAR = 2;
/** Share of the calls that are near the hour, below which it is unusual. */
const RARE = 0.002;
/** A user with calls around the clock has no unusual hour. */
const FAR = 0.05;
const QUIET_HOURS = 6;

export class UnusualHours {
  private allowance = new Allowance(1, 1);

  observe(subject: Subject, key: KeyInHand, isWatched: boolean): void {
    const { minute } = subject;
    const { values } = key.table;
    const { row } = key;
    this.allowance.pass(minute);
    // Once an hour: the open one was begun by this call.
    if (values[row + F.hourCalls]! !== 1 || minute - values[row + F.first]! < ENOUGH_DAYS * DAY) return;
    if (!subject.isReady('unusual_hour', key)) return;
    const share = shareNear(values, row, minute, NEAR);
    if (share >= RARE || quietHours(values, row) < QUIET_HOURS) return;
    const away = hoursAway(values, row, minute);
    if (!isWatched || !this.allowance.take((away - NEAR) / 2)) return;
    const description = `${nameOf(key)} called ${nameOf(subject.tool)} at ${clock(hourOf(minute))} UTC, usually calls ${usualHours(values, row)} UTC`;
    subject.raise(
      { detector: 'unusual_hour', score: scoreOf(away, 2 * NEAR), description, since: minute },
      key,
    );
  }

  save(): unknown {
    return this.allowance.save();
  }

  restore(saved: unknown): void {
    this.allowance.restore(saved);
  }
}

const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;

const usual = (values: Float32Array, row: number): boolean[] => {
  const hours = [...values.subarray(row + F.hours, row + F.hours + HOURS)];
  const most = Math.max(...hours);
  return hours.map((calls) => calls > FAR * most);
};

const quietHours = (values: Float32Array, row: number): number =>
  usual(values, row).filter((isUsual) => !isUsual).length;

/** Hours to the nearest usual one, either way round. */
function hoursAway(values: Float32Array, row: number, minute: number): number {
  const hours = usual(values, row);
  const now = hourOf(minute);
  for (let away = 0; away < HOURS / 2; away += 1) {
    if (hours[(now + away) % HOURS] === true || hours[(now - away + HOURS) % HOURS] === true) return away;
  }
  return HOURS / 2;
}

/** From after the longest quiet time to its beginning. */
function usualHours(values: Float32Array, row: number): string {
  const hours = usual(values, row);
  let [end, longest, length] = [0, 0, 0];
  for (let at = 0; at < 2 * HOURS; at += 1) {
    length = hours[at % HOURS] === true ? 0 : length + 1;
    if (length > longest) [longest, end] = [length, at];
  }
  return `from ${clock((end + 1) % HOURS)} to ${clock((end + 1 - longest + HOURS) % HOURS)}`;
}
