/** Counts of calls and denials of one name, or of all. */
import { Latency, type LatencyFigures } from './latency';

export interface CallFigures extends LatencyFigures {
  /** Attempted tool calls: `successful` + `failed` + `denied`. */
  readonly total_calls: number;
  readonly successful: number;
  readonly failed: number;
  /** Calls that a guard blocked. */
  readonly denied: number;
  /** Of the calls that were not denied, from 0 to 1; `null` when there was none. */
  readonly success_rate: number | null;
  readonly error_rate: number | null;
  /** Of all calls. */
  readonly denial_rate: number | null;
}

export interface NamedFigures extends CallFigures {
  readonly name: string;
  /** Calls that a guard in mode observe would have denied. */
  readonly would_be_denied: number;
  /** Denials, blocked or observed, of requests that are no tool calls. */
  readonly other_denials: number;
}

export class Tally {
  successful = 0;
  failed = 0;
  denied = 0;
  observed = 0;
  otherDenials = 0;
  /** Of calls that were not denied. */
  readonly latency = new Latency();

  get calls(): number {
    return this.successful + this.failed + this.denied;
  }

  /** By how much it matters which names are kept. */
  get weight(): number {
    return this.calls + this.observed + this.otherDenials;
  }

  merge(other: Tally): void {
    this.successful += other.successful;
    this.failed += other.failed;
    this.denied += other.denied;
    this.observed += other.observed;
    this.otherDenials += other.otherDenials;
    this.latency.merge(other.latency);
  }

  figures(): CallFigures {
    const { calls, successful, failed, denied } = this;
    return {
      total_calls: calls,
      successful,
      failed,
      denied,
      ...this.latency.figures(),
      success_rate: share(successful, successful + failed),
      error_rate: share(failed, successful + failed),
      denial_rate: share(denied, calls),
    };
  }
}

/** From 0 to 1, six digits; `null` of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
}
