/** Makes events of a line of the audit log. */
import type { Classify } from './classification';
import type { Level, MonitoringEvent } from './event';
import type { MonitoredLine } from './line';

/** The runtime guide's response times, in milliseconds: above them a call is a `performance` event. */
export const SLOW_MS = { warning: 1_000, critical: 5_000 } as const;

const DENIALS: ReadonlySet<string> = new Set([
  'mcp_access_denied',
  'mcp_input_rejected',
  'mcp_rate_limit',
  'mcp_budget_exceeded',
  'mcp_circuit_open',
]);

const NONE: readonly MonitoringEvent[] = [];

/** The events that a line stands for: none for those that are about the log itself, or that the monitor wrote. */
export function eventsOfLine(line: MonitoredLine, classify: Classify): readonly MonitoringEvent[] {
  const timestamp = Date.parse(line.timestamp);
  if (Number.isNaN(timestamp)) return NONE;
  if (line.event === 'mcp_tool_call' || line.event === 'mcp_request')
    return ofCall(line, timestamp, classify);
  if (line.event === 'mcp_auth') return [ofAuthentication(line, timestamp)];
  return DENIALS.has(line.event) ? [ofDenial(line, timestamp, classify)] : NONE;
}

function ofCall(line: MonitoredLine, timestamp: number, classify: Classify): MonitoringEvent[] {
  const tags = classify(line);
  const succeeded = line.success === true;
  const execution: MonitoringEvent = {
    timestamp,
    level: succeeded ? 'info' : 'error',
    category: 'tool_execution',
    type: 'execution_complete',
    result: undefined,
    tags,
    line,
  };
  const events = [execution];
  // What failed gave no data.
  if (tags.length > 0 && succeeded)
    events.push({ ...execution, category: 'security', type: 'data_access', result: 'success' });
  const level = slowness(line.latency_ms);
  if (level !== undefined)
    events.push({ ...execution, level, category: 'performance', type: 'request_performance' });
  return events;
}

function slowness(latencyMs = 0): Level | undefined {
  if (latencyMs > SLOW_MS.critical) return 'critical';
  return latencyMs > SLOW_MS.warning ? 'warning' : undefined;
}

function ofAuthentication(line: MonitoredLine, timestamp: number): MonitoringEvent {
  const succeeded = line.success === true;
  return {
    timestamp,
    level: succeeded ? 'info' : 'warning',
    category: 'security',
    type: 'authentication',
    result: succeeded ? 'success' : 'failure',
    tags: [],
    line,
  };
}

/** Blocked, or in observe mode not: both say what the policy forbids. */
function ofDenial(line: MonitoredLine, timestamp: number, classify: Classify): MonitoringEvent {
  return {
    timestamp,
    level: 'warning',
    category: 'security',
    type: 'authorization',
    result: 'denied',
    tags: classify(line),
    line,
  };
}
