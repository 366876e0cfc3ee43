/** The lines of a log that a monitor can look at: anybody may have written to it. */
import { EVENTS } from '../../audit/events';
import { believedTime } from '../../audit/line-time';
import type { AuditRecord } from '../../audit/schema';
import type { MonitoredLine } from '../../monitor/line';

export interface TimedLine {
  readonly line: MonitoredLine;
  /** Milliseconds since 1970. */
  readonly time: number;
}

const KNOWN: ReadonlySet<string> = new Set(EVENTS);

const TEXTS = [
  'action',
  'agent_name',
  'call_id',
  'error_type',
  'guard',
  'method',
  'outcome',
  'params_hash',
  'reason',
  'rule',
  'server_id',
  'session',
  'session_scope',
  'span_id',
  'target',
  'tenant_id',
  'tool_digest',
  'tool_name',
  'trace_id',
  'user_id',
  'verdict',
  'writer',
] as const satisfies readonly (keyof MonitoredLine)[];

const NUMBERS = ['latency_ms', 'req_bytes', 'res_bytes'] as const satisfies readonly (keyof MonitoredLine)[];

/**
 * `unknown_event`: a line of another program that has an event of its own. `unusable`: fields that mean nothing.
 *
 * @param now - milliseconds since 1970: later lines are not believed
 */
export function timedLine(record: AuditRecord, now: number): TimedLine | 'unknown_event' | 'unusable' {
  if (!KNOWN.has(record.event)) return 'unknown_event';
  const { timestamp } = record;
  const time = believedTime(timestamp, now);
  if (time === undefined || !isUsable(record)) return 'unusable';
  // A time without a zone would be taken as one of this machine.
  const line = timestamp.endsWith('Z') ? record : { ...record, timestamp: new Date(time).toISOString() };
  return { line, time };
}

function isUsable(record: AuditRecord): boolean {
  for (const name of TEXTS) {
    const value: unknown = record[name];
    if (typeof value !== 'string' && value !== undefined && value !== null) return false;
  }
  for (const name of NUMBERS) {
    const value: unknown = record[name];
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) return false;
  }
  const { roles, success } = record as { readonly roles?: unknown; readonly success?: unknown };
  return (
    (success === undefined || typeof success === 'boolean') &&
    (roles === undefined || (Array.isArray(roles) && roles.every((role) => typeof role === 'string')))
  );
}
