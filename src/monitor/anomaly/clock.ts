/** The time of the events, in minutes: never that of this machine. */

/** So long without any event is a pause of the process, in which no tool is silent. */
const PAUSE = 10;

export class EventClock {
  /** Of the latest event. */
  minute = -Infinity;
  /** Minutes without pauses. */
  active = 0;
  /** Events that told the time, and the first. */
  events = 0;
  since = 0;

  tick(minute: number): void {
    if (this.events === 0) this.since = minute;
    else if (minute > this.minute) this.active += Math.min(minute - this.minute, PAUSE);
    this.events += 1;
    this.minute = minute;
  }

  save(): number[] {
    return this.events === 0 ? [] : [this.minute, this.active, this.events, this.since];
  }

  restore(saved: unknown): void {
    if (!Array.isArray(saved) || saved.length !== 4 || !saved.every(Number.isFinite)) return;
    [this.minute, this.active, this.events, this.since] = saved as [number, number, number, number];
  }
}
