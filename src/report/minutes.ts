/**
 * Counts by time slot of a log, from which the worst hour is found: "more than 10 per hour" means in any 60 minutes, as the
 * alert rules of Prometheus mean it, wherever they begin. A slot is a minute. Files of several writers are read one after
 * the other, so that times do not come in order; slots with nothing in them are not kept, and past a bound all slots
 * become longer (5, 15, 60 minutes), so that the memory does not grow with the length of the log.
 */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SLOTS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR];
const MOST = 50_000;

/** What is counted in a slot, by position. */
export const KINDS = {
  calls: 0,
  errors: 1,
  access_denied: 2,
  access_denied_blocked: 3,
  rate_limits: 4,
  rate_limits_blocked: 5,
  budget_exceeded: 6,
  budget_exceeded_blocked: 7,
} as const;
export type Kind = keyof typeof KINDS;
const WIDTH = Object.keys(KINDS).length;

/** An hour of the log and what is in it. */
export interface Hour {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Record<Kind, number>>;
}

export class Minutes {
  private level = 0;
  private slots = new Map<number, number[]>();

  add(time: number, kind: Kind): void {
    const slot = this.slotAt(time);
    slot[KINDS[kind]]! += 1;
  }

  /** Milliseconds of a slot, which is how exactly the worst hour is found. */
  get resolution(): number {
    return SLOTS[this.level]!;
  }

  /**
   * The hour in which `value` is highest, the first of several; `undefined` when there is none.
   *
   * @param value - of an hour's counts; `undefined`: the hour does not count
   */
  worstHour(value: (counts: Readonly<Record<Kind, number>>) => number | undefined): Hour | undefined {
    let worst: { value: number; to: number; counts: Record<Kind, number> } | undefined;
    const sum = nothing();
    const sorted = [...this.slots].toSorted(([a], [b]) => a - b);
    const perHour = HOUR / this.resolution;
    let first = 0;
    for (const [slot, counts] of sorted) {
      for (let kind = 0; kind < WIDTH; kind += 1) sum[kind]! += counts[kind]!;
      for (; sorted[first]![0] <= slot - perHour; first += 1) {
        for (let kind = 0; kind < WIDTH; kind += 1) sum[kind]! -= sorted[first]![1][kind]!;
      }
      const found = value(named(sum));
      if (found !== undefined && found > (worst?.value ?? 0)) {
        worst = { value: found, to: (slot + 1) * this.resolution, counts: named(sum) };
      }
    }
    return worst === undefined ? undefined : { from: worst.to - HOUR, to: worst.to, counts: worst.counts };
  }

  private slotAt(time: number): number[] {
    const at = Math.floor(time / this.resolution);
    let slot = this.slots.get(at);
    if (slot === undefined) {
      if (this.slots.size >= MOST && this.level < SLOTS.length - 1) {
        this.coarsen();
        return this.slotAt(time);
      }
      slot = nothing();
      this.slots.set(at, slot);
    }
    return slot;
  }

  private coarsen(): void {
    const factor = SLOTS[this.level + 1]! / SLOTS[this.level]!;
    const finer = this.slots;
    this.level += 1;
    this.slots = new Map();
    for (const [at, counts] of finer) {
      const slot = this.slotAt(Math.floor(at / factor) * this.resolution);
      for (let kind = 0; kind < WIDTH; kind += 1) slot[kind]! += counts[kind]!;
    }
  }
}

function named(counts: readonly number[]): Record<Kind, number> {
  const entries = Object.entries(KINDS).map(([kind, position]) => [kind, counts[position]!] as const);
  return Object.fromEntries(entries) as Record<Kind, number>;
}

function nothing(): number[] {
  return Array.from({ length: WIDTH }, () => 0);
}
