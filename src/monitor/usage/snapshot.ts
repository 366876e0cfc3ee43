/** What is known of the usage, as plain JSON. */
import type { UsageColumns } from './columns';

/** Of tool calls that ended, since the start, or since the first start that a state file knows. */
export interface UsageFigures {
  /** `success` + `failure` + `denied`. */
  readonly calls: number;
  readonly success: number;
  readonly failure: number;
  /** Calls that a guard blocked. */
  readonly denied: number;
  /** Calls in the hour before the last call of all; those of its first five minutes may be missing. */
  readonly last_hour: number;
  /** Milliseconds, of calls that were not denied; `null` when there was none. */
  readonly total_latency_ms: number;
  readonly min_latency_ms: number | null;
  readonly mean_latency_ms: number | null;
  readonly max_latency_ms: number | null;
  readonly request_bytes: number;
  readonly result_bytes: number;
  /** How many different arguments it was called with: up to 16 exactly, above within about 13 %. */
  readonly distinct_parameters: number;
  /** RFC 3339. */
  readonly first_used: string;
  readonly last_used: string;
  /** Calls by hour of the day in UTC, from 0 to 23. */
  readonly hours: readonly number[];
}

/** Milliseconds, within 1 % (2 % when latencies differ by more than a factor of 160); `null` when there was no call. */
export interface UsageQuantiles {
  readonly p50_latency_ms: number | null;
  readonly p95_latency_ms: number | null;
  readonly p99_latency_ms: number | null;
}

export interface ToolUsage extends UsageFigures, UsageQuantiles {
  readonly server_id: string;
  readonly tool_name: string;
}

/** All tools of a server together, of those that are remembered. */
export interface ServerUsage extends UsageFigures, UsageQuantiles {
  readonly server_id: string;
  /** How many. */
  readonly tools: number;
}

export interface UserUsage extends UsageFigures, UsageQuantiles {
  readonly user_id: string;
  /** Absent without one. */
  readonly tenant_id?: string;
}

export interface UserToolUsage extends UsageFigures {
  readonly user_id: string;
  readonly tenant_id?: string;
  readonly server_id: string;
  readonly tool_name: string;
}

export interface UsageRows<Row> {
  /** Keys that are remembered. */
  readonly known: number;
  /** Those with the most calls first. */
  readonly rows: readonly Row[];
}

export interface UsageSnapshot {
  /** When the last call ended, RFC 3339; `null`: there was none. */
  readonly timestamp: string | null;
  readonly servers: UsageRows<ServerUsage>;
  readonly tools: UsageRows<ToolUsage>;
  readonly users: UsageRows<UserUsage>;
  readonly user_tools: UsageRows<UserToolUsage>;
}

/** @param now - milliseconds since 1970 */
export function figuresOf(columns: UsageColumns, slot: number, now: number): UsageFigures {
  const { success, failure, denied, timed, total, min, max, ...rest } = columns.figures.of(slot);
  const calls = success + failure + denied;
  return {
    calls,
    success,
    failure,
    denied,
    last_hour: columns.lastHour.count(slot, now),
    total_latency_ms: rounded(total),
    min_latency_ms: timed === 0 ? null : min,
    mean_latency_ms: timed === 0 ? null : rounded(total / timed),
    max_latency_ms: timed === 0 ? null : max,
    request_bytes: rest.requestBytes,
    result_bytes: rest.resultBytes,
    distinct_parameters: Math.min(calls, columns.params.count(slot)),
    first_used: new Date(rest.firstUsed).toISOString(),
    last_used: new Date(rest.lastUsed).toISOString(),
    hours: columns.hours.of(slot),
  };
}

export function quantilesOf(columns: UsageColumns, slot: number): UsageQuantiles {
  const { min, max } = columns.figures.of(slot);
  const at = (share: number): number | null => {
    const value = columns.latencies?.quantile(slot, share);
    // Both ends are known exactly.
    return value === undefined ? null : rounded(Math.min(Math.max(value, min), max));
  };
  return { p50_latency_ms: at(0.5), p95_latency_ms: at(0.95), p99_latency_ms: at(0.99) };
}

/** To a microsecond, as the audit log. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
