/** Times of calls: how many, their sum, and their percentiles within 1 %; two can be merged. */
import { DDSketch } from '@datadog/sketches-js';

/** Most keys have a few calls: those are kept as they are. */
const KEPT = 8;
/** Shorter times are as good as none, and would make the sketch long. */
const SHORTEST = 0.001;

export interface LatencyFigures {
  /** Milliseconds; 0 when there was no call. */
  readonly avg_latency_ms: number;
  /** `null` when there was no call. */
  readonly p50_latency_ms: number | null;
  readonly p95_latency_ms: number | null;
  readonly p99_latency_ms: number | null;
  readonly max_latency_ms: number | null;
}

export class Latency {
  private count = 0;
  private sum = 0;
  private max = 0;
  private few: number[] | undefined;
  private sketch: DDSketch | undefined;

  /** @param ms - milliseconds, not negative */
  add(ms: number): void {
    this.count += 1;
    this.sum += ms;
    if (ms > this.max) this.max = ms;
    this.keep(ms);
  }

  merge(other: Latency): void {
    this.count += other.count;
    this.sum += other.sum;
    this.max = Math.max(this.max, other.max);
    for (const ms of other.few ?? []) this.keep(ms);
    if (other.sketch !== undefined) this.sketched().merge(other.sketch);
  }

  figures(): LatencyFigures {
    return {
      avg_latency_ms: this.count === 0 ? 0 : rounded(this.sum / this.count),
      p50_latency_ms: this.at(0.5),
      p95_latency_ms: this.at(0.95),
      p99_latency_ms: this.at(0.99),
      max_latency_ms: this.count === 0 ? null : rounded(this.max),
    };
  }

  /** The value of rank `share × (count - 1)`, rounded down. */
  private at(share: number): number | null {
    if (this.count === 0) return null;
    if (this.sketch !== undefined) return rounded(this.sketch.getValueAtQuantile(share));
    const sorted = (this.few ?? []).toSorted((a, b) => a - b);
    return rounded(sorted[Math.floor(share * (sorted.length - 1))]!);
  }

  private keep(ms: number): void {
    if (this.sketch !== undefined) this.sketch.accept(ms < SHORTEST ? 0 : ms);
    // Of a million names most have one call: an array of one, not an empty one that grows.
    else if (this.few === undefined) this.few = [ms];
    else if (this.few.length < KEPT) this.few.push(ms);
    else this.sketched().accept(ms < SHORTEST ? 0 : ms);
  }

  private sketched(): DDSketch {
    if (this.sketch === undefined) {
      this.sketch = new DDSketch({ relativeAccuracy: 0.01 });
      const { few = [] } = this;
      this.few = undefined;
      for (const ms of few) this.sketch.accept(ms < SHORTEST ? 0 : ms);
    }
    return this.sketch;
  }
}

/** To a microsecond, as the log itself. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
