/** Random sequences of timestamps: late, equal and backward ones, exact edges of windows, and idle gaps. */

/** Set it to what a failure names to see that sequence again, or to look at others. */
const SEED = Number(process.env['SEED'] ?? 1);

export type Random = (below: number) => number;

/** Numbers from 0 on, evenly enough: the 32-bit generator “mulberry32”. */
export function random(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export const pick = <T>(next: Random, list: readonly T[]): T => list[next(list.length)]!;

const SPANS = [1_000, 5_000, 7_000, 60_000, 300_000, 3_600_000, 86_400_000] as const;

export interface Sequence {
  readonly span: number;
  readonly times: readonly number[];
  /** For what else has to be chosen. */
  readonly next: Random;
}

/** One after another, each made of a seed of its own, which is told when `check` throws. */
export function forSequences(count: number, longest: number, check: (sequence: Sequence) => void): void {
  for (let index = 0; index < count; index += 1) {
    const seed = SEED * 1_000_003 + index;
    const sequence = sequenceOf(seed, longest);
    try {
      check(sequence);
    } catch (error) {
      const { span, times } = sequence;
      const shown = JSON.stringify(times.map((time) => time - times[0]!));
      throw new Error(`sequence ${index} of SEED=${SEED}: timespan ${span}, times ${shown}`, {
        cause: error,
      });
    }
  }
}

function sequenceOf(seed: number, longest: number): Sequence {
  const next = random(seed);
  const span = pick(next, SPANS);
  const times: number[] = [];
  let clock = Date.UTC(2026, 0, 1) + next(100_000_000);
  // How dense events are differs from sequence to sequence.
  const step = Math.max(1, Math.floor((span * (1 + next(40))) / longest / 10));
  const length = 1 + next(longest);
  for (let at = 0; at < length; at += 1) {
    const time = timeOf(next, clock, span, step);
    times.push(time);
    clock = Math.max(clock, time);
  }
  return { span, times, next };
}

function timeOf(next: Random, clock: number, span: number, step: number): number {
  switch (next(10)) {
    case 0:
      return clock;
    case 1:
      return clock - next(span + span / 2);
    case 2:
      // The first instant that lies outside of the window, and the last.
      return clock + span - next(2);
    case 3:
      return clock - span + next(3) - 1;
    case 4:
      return next(4) === 0 ? clock + span * (1 + next(30)) + next(span) : clock + next(step);
    default:
      return clock + next(2 * step);
  }
}

/** Everything that has happened, as nobody would keep it. */
export class NaiveList<Event extends { readonly time: number }> {
  private readonly events: Event[] = [];
  clock = Number.NEGATIVE_INFINITY;

  add(event: Event): void {
    this.events.push(event);
    this.clock = Math.max(this.clock, event.time);
  }

  /** Those in the window, in the order in which they came. */
  within(span: number): readonly Event[] {
    return this.events.filter(({ time }) => time > this.clock - span);
  }
}
