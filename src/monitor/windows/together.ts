/**
 * Whether different things happened within one timespan, in any order or in a given one, in one group; with the clock and the
 * window of `count-window.ts`.
 */
import type { Sized } from './groups';

/** In any order. Exact. */
export class Together implements Sized {
  clock = Number.NEGATIVE_INFINITY;
  /** Latest timestamp of each. */
  private readonly latest: number[];

  /** @param things - how many there are */
  constructor(
    private readonly timespan: number,
    things: number,
  ) {
    this.latest = Array.from({ length: things }, () => Number.NEGATIVE_INFINITY);
  }

  get entries(): number {
    return this.latest.length;
  }

  /** @returns how many of the things lie in the window */
  add(timestamp: number, thing: number): number {
    this.clock = Math.max(this.clock, timestamp);
    this.latest[thing] = Math.max(this.latest[thing]!, timestamp);
    const start = this.clock - this.timespan;
    return this.latest.filter((at) => at > start).length;
  }
}

/** The best chain that ends with a step: the one whose earliest timestamp is latest, for it stays in the window for longest. */
interface Chain {
  readonly since: number;
  /** Value of its last event. */
  readonly value: string | undefined;
}

/**
 * In a given order, which is that in which events arrive: the log has a line when a call is over, so what comes after it could
 * know its result. Exact.
 */
export class InOrder implements Sized {
  clock = Number.NEGATIVE_INFINITY;
  /** By step: the best chain, and the best of those whose last event has another value. */
  private readonly chains: Chain[][];

  /** @param steps - how many there are, two at least */
  constructor(
    private readonly timespan: number,
    steps: number,
  ) {
    this.chains = Array.from({ length: steps }, () => []);
  }

  get entries(): number {
    return 2 * this.chains.length;
  }

  /**
   * @param value - a chain goes on only with an event of another value than the one before; `undefined`: with every event
   * @returns earliest timestamp of a chain that this event completes and that lies in the window
   */
  add(timestamp: number, step: number, value: string | undefined): number | undefined {
    this.clock = Math.max(this.clock, timestamp);
    const before = step === 0 ? timestamp : this.bestBefore(step, value);
    if (before === undefined) return undefined;
    const since = Math.min(before, timestamp);
    if (since <= this.clock - this.timespan) return undefined;
    if (step === this.chains.length - 1) return since;
    this.keep(step, { since, value });
    return undefined;
  }

  private bestBefore(step: number, value: string | undefined): number | undefined {
    return this.chains[step - 1]!.find((chain) => value === undefined || chain.value !== value)?.since;
  }

  /** Of each value its best chain, and of those the best two: one of them has another value than whatever comes. */
  private keep(step: number, chain: Chain): void {
    const [first, second] = this.chains[step]!;
    const isSameAsFirst = first?.value === chain.value;
    if (first === undefined || (isSameAsFirst && chain.since >= first.since)) {
      this.chains[step]![0] = chain;
    } else if (isSameAsFirst) {
      // The one of this value that is there already is better.
    } else if (chain.since >= first.since) {
      this.chains[step] = [chain, first];
    } else if (second === undefined || chain.since >= second.since) {
      this.chains[step]![1] = chain;
    }
  }
}
