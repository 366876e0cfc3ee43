/**
 * Whether different things happened within one timespan, in any order or in a given one, in one group; with the clock and the
 * window of `count-window.ts`.
 */
import { finite, type Window } from './groups';

/** What was saved of so many times, if it is that. */
function timesOf(saved: unknown, length: number, clock: number): readonly number[] {
  if (!Array.isArray(saved) || saved.length !== length) return [];
  return saved.map((time: unknown) =>
    Number.isSafeInteger(time) ? Math.min(Number(time), clock) : Number.NEGATIVE_INFINITY,
  );
}

const never = (length: number): number[] => Array.from({ length }, () => Number.NEGATIVE_INFINITY);

/** In any order. Exact. */
export class Together implements Window {
  /** Latest timestamp of each. */
  private readonly latest: number[];

  /** @param things - how many there are */
  constructor(
    private readonly timespan: number,
    things: number,
    public clock: number = Number.NEGATIVE_INFINITY,
  ) {
    this.latest = never(things);
  }

  get entries(): number {
    return this.latest.length;
  }

  save(): readonly (number | null)[] {
    return this.latest.map(finite);
  }

  restore(saved: unknown): void {
    const times = timesOf(saved, this.latest.length, this.clock);
    for (const [thing, time] of times.entries()) this.latest[thing] = time;
  }

  /** @returns how many of the things lie in the window */
  add(timestamp: number, thing: number): number {
    this.clock = Math.max(this.clock, timestamp);
    this.latest[thing] = Math.max(this.latest[thing]!, timestamp);
    const start = this.clock - this.timespan;
    return this.latest.filter((at) => at > start).length;
  }
}

/**
 * In a given order, which is that in which events arrive: the log has a line when a call is over, so what comes after it could
 * know its result. Exact.
 *
 * Of the chains of events that end with a step the best is kept: the one whose earliest timestamp is latest, for it stays in
 * the window for longest. Beside it the best of those whose last event has another value: one of the two has another one than
 * whatever comes.
 */
export class InOrder implements Window {
  /** Earliest timestamps of the chains, two for each step but the last. */
  private readonly since: number[];
  /** Values of their last events. */
  private readonly values: (string | undefined)[];

  /** @param steps - how many there are */
  constructor(
    private readonly timespan: number,
    private readonly steps: number,
    public clock: number = Number.NEGATIVE_INFINITY,
  ) {
    const length = 2 * (steps - 1);
    this.since = never(length);
    this.values = Array.from({ length });
  }

  get entries(): number {
    return this.since.length;
  }

  save(): readonly [since: readonly (number | null)[], values: readonly (string | null)[]] {
    return [this.since.map(finite), this.values.map((value) => value ?? null)];
  }

  restore(saved: unknown): void {
    const [since, values] = Array.isArray(saved) ? (saved as unknown[]) : [];
    if (!Array.isArray(values) || values.length !== this.values.length) return;
    for (const [at, time] of timesOf(since, this.since.length, this.clock).entries())
      this.set(at, time, typeof values[at] === 'string' ? values[at] : undefined);
  }

  /**
   * @param value - a chain goes on only with an event of another value than the one before; `undefined`: with every event
   * @returns whether this event completes a chain that lies in the window
   */
  add(timestamp: number, step: number, value: string | undefined): boolean {
    if (timestamp > this.clock) this.clock = timestamp;
    const since = step === 0 ? timestamp : Math.min(timestamp, this.bestBefore(step, value));
    if (since <= this.clock - this.timespan) return false;
    if (step === this.steps - 1) return true;
    this.keep(2 * step, since, value);
    return false;
  }

  private bestBefore(step: number, value: string | undefined): number {
    const best = 2 * (step - 1);
    const isOther = value === undefined || this.values[best] !== value;
    return this.since[isOther ? best : best + 1]!;
  }

  /** @param best - place of the best chain; the other one follows it */
  private keep(best: number, since: number, value: string | undefined): void {
    const isSame = this.values[best] === value;
    if (since >= this.since[best]!) {
      if (!isSame) this.set(best + 1, this.since[best]!, this.values[best]);
      this.set(best, since, value);
    } else if (!isSame && since >= this.since[best + 1]!) this.set(best + 1, since, value);
  }

  private set(at: number, since: number, value: string | undefined): void {
    this.since[at] = since;
    this.values[at] = value;
  }
}
