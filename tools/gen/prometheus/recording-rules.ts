/**
 * The recording rules. What reads the agents' own series is there once for each window; the rest is made of what those
 * have recorded, in the order of the list. Counters of denials have few series and are looked at more often.
 */
import { cpuUtilisation, diskUtilisation, memoryUtilisation } from '../promql/host-queries';
import { calls, denials, errors, meanDuration, unavailable } from '../promql/queries';
import { activeConnections } from '../promql/guard-queries';
import { EVERYTHING, rateBy } from '../promql/expressions';
import { RECORDS } from '../promql/records';
import {
  availability5m,
  deniedRatio1h,
  errorRatio5m,
  longAvailability,
  longErrorRatio,
  quantileOf,
  sumOf,
  throughput5m,
  toolErrorRatio5m,
} from '../promql/rule-queries';
import { bucket, SERIES, type Series } from '../promql/series';

export interface RecordingRule {
  readonly record: Series;
  readonly expression: string;
  /** What an operator should know; a comment before the rule. */
  readonly about?: string;
}

export interface RecordingGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly RecordingRule[];
}

const FIVE_MINUTES = { window: '5m' } as const;
const AN_HOUR = { window: '1h' } as const;

const TRAFFIC: RecordingGroup = {
  name: 'mcp_traffic',
  interval: '1m',
  rules: [
    {
      record: RECORDS.connections,
      expression: activeConnections(['job']),
      about: 'Which jobs are there: what McpAgentSilent misses.',
    },
    { record: RECORDS.toolCalls5m, expression: calls(['job', 'tool_name', 'status'], FIVE_MINUTES) },
    { record: RECORDS.calls5m, expression: sumOf(['job', 'status'], RECORDS.toolCalls5m) },
    { record: RECORDS.toolErrors5m, expression: errors(['job', 'tool_name'], FIVE_MINUTES) },
    { record: RECORDS.errors5m, expression: sumOf(['job'], RECORDS.toolErrors5m) },
    {
      record: RECORDS.toolErrorRatio5m,
      expression: toolErrorRatio5m(),
      about: 'Error rate by tool: errors / calls that were not denied, 0 to 1.',
    },
    { record: RECORDS.errorRatio5m, expression: errorRatio5m() },
    {
      record: RECORDS.errorRatio30m,
      expression: longErrorRatio('30m'),
      about: 'Longer windows are made of the five-minute values: cheap, and independent of the interval.',
    },
    { record: RECORDS.errorRatio1h, expression: longErrorRatio('1h') },
    { record: RECORDS.errorRatio6h, expression: longErrorRatio('6h') },
    {
      record: RECORDS.throughput5m,
      expression: throughput5m(),
      about: 'Tool calls per second, denied ones included.',
    },
    { record: RECORDS.unavailable5m, expression: unavailable(['job'], FIVE_MINUTES) },
    {
      record: RECORDS.availability5m,
      expression: availability5m(),
      about:
        'Availability of the servers: 1 - (timeouts + errors of the transport) / calls that were not denied. Counted are the error types\ntimeout, transport_error, connection_closed, not_connected and HTTP 5xx; a tool that fails was there, and process_exit was the agent.',
    },
    { record: RECORDS.availability1h, expression: longAvailability('1h') },
    {
      record: RECORDS.toolMean5m,
      expression: meanDuration(['job', 'tool_name'], FIVE_MINUTES),
      about: 'Average latency by tool, in seconds.',
    },
    {
      record: RECORDS.toolBuckets5m,
      expression: rateBy(['job', 'tool_name', 'le'], { series: bucket(SERIES.toolCallDuration) }, '5m'),
    },
    { record: RECORDS.toolP50, expression: quantileOf(0.5, ['job', 'tool_name']) },
    { record: RECORDS.toolP95, expression: quantileOf(0.95, ['job', 'tool_name']) },
    { record: RECORDS.toolP99, expression: quantileOf(0.99, ['job', 'tool_name']) },
    { record: RECORDS.p50, expression: quantileOf(0.5, ['job']) },
    { record: RECORDS.p95, expression: quantileOf(0.95, ['job']) },
    { record: RECORDS.p99, expression: quantileOf(0.99, ['job']) },
  ],
};

const GUARD = ['job', 'guard', 'action'] as const;

const HOUR: RecordingGroup = {
  name: 'mcp_hour',
  interval: '1m',
  rules: [
    { record: RECORDS.calls1h, expression: calls(['job', 'status'], AN_HOUR) },
    {
      record: RECORDS.allCalls1h,
      expression: sumOf(['job'], RECORDS.calls1h),
      about: 'Total tool calls in the last hour, denied ones included.',
    },
    {
      record: RECORDS.deniedRatio1h,
      expression: deniedRatio1h(),
      about: 'Share of the calls that were denied, 0 to 1.',
    },
  ],
};

const DENIED: RecordingGroup = {
  name: 'mcp_denials',
  interval: '30s',
  rules: [
    { record: RECORDS.accessByGuard1h, expression: denials('access', GUARD, AN_HOUR) },
    { record: RECORDS.access1h, expression: sumOf(['job'], RECORDS.accessByGuard1h) },
    { record: RECORDS.rateLimitByGuard1h, expression: denials('rateLimit', GUARD, AN_HOUR) },
    { record: RECORDS.rateLimit1h, expression: sumOf(['job'], RECORDS.rateLimitByGuard1h) },
    {
      record: RECORDS.rateLimitByUser1h,
      expression: denials('rateLimit', ['job', 'user_id'], AN_HOUR),
      about: 'Rate limit hits by user.',
    },
    { record: RECORDS.budgetByGuard1h, expression: denials('budget', GUARD, AN_HOUR) },
    { record: RECORDS.budget1h, expression: sumOf(['job'], RECORDS.budgetByGuard1h) },
    {
      record: RECORDS.budgetByUser1h,
      expression: denials('budget', ['job', 'user_id'], AN_HOUR),
      about: 'Budget exceeded events by user.',
    },
  ],
};

const HOSTS: RecordingGroup = {
  name: 'mcp_hosts',
  interval: '30s',
  rules: [
    {
      record: RECORDS.hostCpu,
      expression: cpuUtilisation(['job', 'host'], EVERYTHING),
      about:
        'Of the hosts that agents (OTEL_MCP_HOST_METRICS=on) or Collectors (collector-hostmetrics.yaml) measure, 0 to 1. `host`: the name\nthat an agent says, or the address of the Collector.',
    },
    { record: RECORDS.hostMemory, expression: memoryUtilisation(['job', 'host'], EVERYTHING) },
    { record: RECORDS.hostDisk, expression: diskUtilisation(['job', 'host', 'mountpoint']) },
  ],
};

export const RECORDING_GROUPS: readonly RecordingGroup[] = [TRAFFIC, HOUR, DENIED, HOSTS];
