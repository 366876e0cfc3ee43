/** What the report takes from a record, checked: a log may hold anything. */
import { EVENTS } from '../audit/events';
import { believedTime } from '../audit/line-time';
import type { AuditEvent, AuditRecord } from '../audit/schema';

export interface Facts {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly event: AuditEvent;
  readonly method: string | undefined;
  /** It is about a tool call: lines of the monitoring guide, which name no method, always are. */
  readonly isToolCall: boolean;
  readonly tool: string;
  readonly server: string;
  readonly user: string;
  readonly agent: string;
  readonly tenant: string | undefined;
  readonly success: boolean;
  /** Milliseconds. */
  readonly latency: number | undefined;
  /** `undefined` in lines of the guide: it knows no denial that was only observed. */
  readonly action: string | undefined;
  /** The line says how a call ended; lines of the guide always do. */
  readonly isEnd: boolean;
  readonly errorType: string | undefined;
  readonly guard: string | undefined;
  readonly rule: string | undefined;
  readonly reason: string | undefined;
  /** Lines that the writer lost before this one. */
  readonly dropped: number;
}

/** `unknown_event`: a line of another program that has an event of its own. `unusable`: fields that mean nothing. */
export type Unusable = 'unknown_event' | 'unusable';

/** The guide's name for who or what is not known. */
export const UNKNOWN = 'unknown';

const TOOL_CALL = 'tools/call';
const MAX_NAME = 256;
/** Longer than a call can take; a line that says so is wrong. */
const LONGEST_MS = 1e9;
const KNOWN: ReadonlySet<string> = new Set<AuditEvent>(EVENTS);

/** @param now - milliseconds since 1970 */
export function factsOf(record: AuditRecord, now: number): Facts | Unusable {
  const { event } = record;
  if (!KNOWN.has(event)) return 'unknown_event';
  const time = believedTime(record.timestamp, now);
  const isCall = event === 'mcp_tool_call' || event === 'mcp_request';
  if (time === undefined || !areTexts(record) || !isLatency(record.latency_ms)) return 'unusable';
  if (typeof record.success !== 'boolean' && (isCall || record.success !== undefined)) return 'unusable';
  const isGuides = record.v === undefined;
  return {
    time,
    event,
    method: record.method ?? undefined,
    isToolCall: record.method === TOOL_CALL || (record.method === undefined && isGuides),
    tool: named(record.tool_name),
    server: named(record.server_id),
    user: named(record.user_id),
    agent: named(record.agent_name),
    tenant: record.tenant_id ?? undefined,
    success: record.success === true,
    latency: record.latency_ms ?? undefined,
    action: record.action ?? undefined,
    isEnd: isGuides || record.outcome !== undefined,
    errorType: record.error_type ?? undefined,
    guard: record.guard ?? undefined,
    rule: record.rule ?? undefined,
    reason: record.reason ?? undefined,
    dropped: Number.isSafeInteger(record.dropped) ? record.dropped! : 0,
  };
}

/** In a log that other programs wrote to, a field may have any type. */
function areTexts(record: AuditRecord): boolean {
  return (
    isText(record.tool_name) &&
    isText(record.server_id) &&
    isText(record.user_id) &&
    isText(record.agent_name) &&
    isText(record.tenant_id) &&
    isText(record.method) &&
    isText(record.action) &&
    isText(record.error_type) &&
    isText(record.guard) &&
    isText(record.rule) &&
    isText(record.reason)
  );
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isLatency(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'number' && value >= 0 && value <= LONGEST_MS;
}

function named(value: string | null | undefined): string {
  if (value === undefined || value === null || value === '') return UNKNOWN;
  return value.length <= MAX_NAME ? value : value.slice(0, MAX_NAME);
}
