/** How tools are used, without who uses them. */
import type { ToolUsage, UsageSnapshot } from '../monitor/usage/snapshot';

export interface UsageDetail {
  /** Tools, users, and pairs of both that are remembered. */
  readonly known: { readonly tools: number; readonly users: number; readonly user_tools: number };
  /** Those with the most calls first. */
  readonly top_tools: readonly ToolDetail[];
}

type ToolDetail = Pick<
  ToolUsage,
  | 'server_id'
  | 'tool_name'
  | 'calls'
  | 'success'
  | 'failure'
  | 'denied'
  | 'last_hour'
  | 'mean_latency_ms'
  | 'p50_latency_ms'
  | 'p95_latency_ms'
  | 'p99_latency_ms'
  | 'last_used'
>;

export const TOP_TOOLS = 5;

export function usageDetail({ tools, users, user_tools }: UsageSnapshot): UsageDetail {
  return {
    known: { tools: tools.known, users: users.known, user_tools: user_tools.known },
    top_tools: tools.rows.slice(0, TOP_TOOLS).map(detailOf),
  };
}

function detailOf(row: ToolUsage): ToolDetail {
  const { server_id, tool_name, calls, success, failure, denied, last_hour, mean_latency_ms } = row;
  const { p50_latency_ms, p95_latency_ms, p99_latency_ms, last_used } = row;
  return {
    server_id,
    tool_name,
    calls,
    success,
    failure,
    denied,
    last_hour,
    mean_latency_ms,
    p50_latency_ms,
    p95_latency_ms,
    p99_latency_ms,
    last_used,
  };
}
