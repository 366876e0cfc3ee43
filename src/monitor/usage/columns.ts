/** Everything that is known of keys, by slot; which key has which slot is its owner's affair. */
import { Distincts, hashOf } from './distincts';
import { Figures, type Use } from './figures';
import { bucketOf, Histograms } from './histograms';
import { Hours } from './hours';
import { LastHour } from './last-hour';
import { Slots } from './slots';

/** What several slots need of the same call, computed once. */
export interface Measured {
  readonly use: Use;
  readonly bucket: number | undefined;
  readonly hash: number | undefined;
}

export function measured(use: Use, params: string | undefined): Measured {
  const { latency } = use;
  return {
    use,
    bucket: latency === undefined ? undefined : bucketOf(latency),
    hash: params === undefined ? undefined : hashOf(params),
  };
}

export class UsageColumns {
  readonly figures = new Figures();
  readonly hours = new Hours();
  readonly lastHour = new LastHour();
  readonly params = new Distincts();
  readonly latencies: Histograms | undefined;
  readonly slots: Slots;

  /**
   * @param most - slots at most
   * @param hasQuantiles - whether the quantiles of latencies are kept, which more than doubles a key's memory
   */
  constructor(most: number, hasQuantiles: boolean) {
    const { figures, hours, lastHour, params } = this;
    this.latencies = hasQuantiles ? new Histograms() : undefined;
    const all = [figures, hours, lastHour, params];
    this.slots = new Slots(most, this.latencies === undefined ? all : [...all, this.latencies]);
  }

  add(slot: number, { use, bucket, hash }: Measured): void {
    this.figures.add(slot, use);
    this.hours.add(slot, use.time);
    this.lastHour.add(slot, use.time);
    if (hash !== undefined) this.params.add(slot, hash);
    if (bucket !== undefined) this.latencies?.add(slot, bucket);
  }

  /** Adds what `other` knows of `otherSlot`. */
  merge(slot: number, other: UsageColumns, otherSlot: number): void {
    this.figures.merge(slot, other.figures, otherSlot);
    this.hours.merge(slot, other.hours, otherSlot);
    this.lastHour.merge(slot, other.lastHour, otherSlot);
    this.params.merge(slot, other.params, otherSlot);
    if (other.latencies !== undefined) this.latencies?.merge(slot, other.latencies, otherSlot);
  }

  save(slot: number): unknown[] {
    const { figures, hours, lastHour, params, latencies } = this;
    return [
      figures.save(slot),
      hours.of(slot),
      lastHour.save(slot),
      params.save(slot),
      ...(latencies === undefined ? [] : [latencies.save(slot)]),
    ];
  }

  /** @returns whether what was saved is of any use */
  restore(slot: number, saved: unknown): boolean {
    if (!Array.isArray(saved)) return false;
    const [figures, hours, lastHour, params, latencies] = saved as unknown[];
    // Without these figures the others mean nothing.
    if (!this.figures.restore(slot, figures)) return false;
    this.hours.restore(slot, hours);
    this.lastHour.restore(slot, lastHour);
    this.params.restore(slot, params);
    this.latencies?.restore(slot, latencies);
    return true;
  }
}
