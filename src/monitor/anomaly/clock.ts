/** The time of the events, in minutes: never that of this machine. */

import { DAY } from './row';

/** So long without any event is a pause of the process, in which no tool is silent. */
const PAUSE = 10;
const LONG = 7 * DAY;

export class EventClock {
  /** Of the latest event. */
  minute = -Infinity;
  /** Minutes without pauses. */
  active = 0;
  /** Events that told the time, and the first. */
  events = 0;
  since = 0;
  /** A time that the next event has to confirm. */
  private doubted = Infinity;

  /** @returns false for the first event after a long time: one line with a wrong date must not make all the others old */
  tick(minute: number): boolean {
    if (this.events > 0 && minute - this.minute > LONG && minute < this.doubted - PAUSE) {
      this.doubted = minute;
      return false;
    }
    this.doubted = Infinity;
    if (this.events === 0) this.since = minute;
    else if (minute > this.minute) this.active += Math.min(minute - this.minute, PAUSE);
    this.events += 1;
    this.minute = minute;
    return true;
  }

  save(): (number | null)[] {
    if (this.events === 0) return [];
    const doubted = this.doubted === Infinity ? null : this.doubted;
    return [this.minute, this.active, this.events, this.since, doubted];
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved) || saved.length !== 5 || !saved.slice(0, 4).every(Number.isFinite)) return;
    [this.minute, this.active, this.events, this.since] = saved as [number, number, number, number];
    this.doubted = Number.isFinite(saved[4]) ? (saved[4] as number) : Infinity;
  }
}
