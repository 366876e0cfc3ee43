/**
 * What the recording rules record: names as `level:metric:operation`, with the labels that are left. A rule writes one of
 * these, and rules, alerts and panels read them like any other series.
 *
 * `increase` in a name stands for growth with first values counted (`growthBy`).
 */
import { record, type Series } from './series';

export const RECORDS = {
  // Five minutes: what happens now.
  toolCalls5m: record('job_tool_name_status:mcp_tool_calls:increase5m', 'job', 'tool_name', 'status'),
  calls5m: record('job_status:mcp_tool_calls:increase5m', 'job', 'status'),
  toolErrors5m: record('job_tool_name:mcp_tool_call_errors:increase5m', 'job', 'tool_name'),
  errors5m: record('job:mcp_tool_call_errors:increase5m', 'job'),
  toolErrorRatio5m: record('job_tool_name:mcp_tool_call_errors:ratio5m', 'job', 'tool_name'),
  errorRatio5m: record('job:mcp_tool_call_errors:ratio5m', 'job'),
  errorRatio30m: record('job:mcp_tool_call_errors:ratio30m', 'job'),
  errorRatio1h: record('job:mcp_tool_call_errors:ratio1h', 'job'),
  errorRatio6h: record('job:mcp_tool_call_errors:ratio6h', 'job'),
  toolBuckets5m: record(
    'job_tool_name_le:mcp_tool_call_duration_seconds_bucket:rate5m',
    'job',
    'tool_name',
    'le',
  ),
  toolMean5m: record('job_tool_name:mcp_tool_call_duration_seconds:mean5m', 'job', 'tool_name'),
  toolP50: record('job_tool_name:mcp_tool_call_duration_seconds:p50_5m', 'job', 'tool_name'),
  toolP95: record('job_tool_name:mcp_tool_call_duration_seconds:p95_5m', 'job', 'tool_name'),
  toolP99: record('job_tool_name:mcp_tool_call_duration_seconds:p99_5m', 'job', 'tool_name'),
  p50: record('job:mcp_tool_call_duration_seconds:p50_5m', 'job'),
  p95: record('job:mcp_tool_call_duration_seconds:p95_5m', 'job'),
  p99: record('job:mcp_tool_call_duration_seconds:p99_5m', 'job'),
  throughput5m: record('job:mcp_tool_calls:rate5m', 'job'),
  unavailable5m: record('job:mcp_tool_calls_unavailable:increase5m', 'job'),
  availability5m: record('job:mcp_tool_calls:availability5m', 'job'),
  availability1h: record('job:mcp_tool_calls:availability1h', 'job'),
  connections: record('job:mcp_active_connections:sum', 'job'),

  // An hour: what the guide counts.
  calls1h: record('job_status:mcp_tool_calls:increase1h', 'job', 'status'),
  allCalls1h: record('job:mcp_tool_calls:increase1h', 'job'),
  deniedRatio1h: record('job:mcp_tool_calls_denied:ratio1h', 'job'),
  accessByGuard1h: record('job_guard_action:mcp_access_denied:increase1h', 'job', 'guard', 'action'),
  access1h: record('job:mcp_access_denied:increase1h', 'job'),
  rateLimitByGuard1h: record('job_guard_action:mcp_rate_limit_hits:increase1h', 'job', 'guard', 'action'),
  rateLimit1h: record('job:mcp_rate_limit_hits:increase1h', 'job'),
  rateLimitByUser1h: record('job_user_id:mcp_rate_limit_hits:increase1h', 'job', 'user_id'),
  budgetByGuard1h: record('job_guard_action:mcp_budget_exceeded:increase1h', 'job', 'guard', 'action'),
  budget1h: record('job:mcp_budget_exceeded:increase1h', 'job'),
  budgetByUser1h: record('job_user_id:mcp_budget_exceeded:increase1h', 'job', 'user_id'),

  // Hosts, whichever way they are measured.
  hostCpu: record('job_host:mcp_host_cpu:utilization', 'job', 'host'),
  hostMemory: record('job_host:mcp_host_memory:utilization', 'job', 'host'),
  hostDisk: record('job_host_mountpoint:mcp_host_filesystem:utilization', 'job', 'host', 'mountpoint'),
} as const satisfies Record<string, Series>;
