/** Makes audit records of plain data: which fields a line has, in which order, and what is decisive among decisions. */
import type { Action, Decision, DenialKind, McpCall, Outcome } from '../core/call';
import { toolArguments } from '../core/tool-arguments';
import { canonicalText, firstBytes } from './canonical';
import type { UnsealedRecord } from './chain';
import type { AuditKeys } from './keys';
import { hashParams } from './keys';
import type { AuditDecision, AuditEvent } from './schema';

/** Everything of a record but what the writer adds. */
export type RecordFields = Omit<UnsealedRecord, 'v' | 'timestamp' | 'writer' | 'seq' | 'prev' | 'kid'>;

/** What the writer adds. */
export interface Stamp {
  readonly timestamp: string;
  readonly writer: string;
  readonly seq: number;
  readonly prev: string;
  readonly kid: string;
  readonly dropped: number | undefined;
}

/** How much of a call a line tells. */
export interface CaptureSettings {
  readonly level: 'none' | 'metadata' | 'request' | 'full';
  readonly maxBytes: number;
  readonly redact: ReadonlySet<string>;
}

/** What is known of a call beyond itself. */
export interface CallFacts {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly toolDigest?: string | undefined;
  /** What it cost of its budgets. */
  readonly cost?: number | undefined;
}

/** Longest names that a line repeats; a URI may be longer. */
const MAX_NAME = 256;
const MAX_TARGET = 2_048;
const MAX_ROLES = 32;
const MAX_DECISIONS = 32;

const DENIAL_EVENTS: Readonly<Record<DenialKind, AuditEvent>> = {
  access_denied: 'mcp_access_denied',
  guard_unavailable: 'mcp_access_denied',
  input_rejected: 'mcp_input_rejected',
  rate_limited: 'mcp_rate_limit',
  budget_exceeded: 'mcp_budget_exceeded',
  circuit_open: 'mcp_circuit_open',
};

/** The event of a denial of this kind. */
export function denialEvent(kind: string | undefined): AuditEvent {
  return DENIAL_EVENTS[kind as DenialKind] ?? 'mcp_access_denied';
}

/** The event of a call that was made. */
export function callEvent(method: string): AuditEvent {
  return method === 'tools/call' ? 'mcp_tool_call' : 'mcp_request';
}

/** From the strictest: what was done about a call is what the strictest decision did. */
const STRICTEST: readonly Action[] = ['blocked', 'failed_open', 'observed', 'modified'];

/** The first decision of the strictest action; `undefined` when every guard allowed. */
export function decisive(decisions: readonly Decision[]): Decision | undefined {
  for (const action of STRICTEST) {
    const found = decisions.find((decision) => decision.action === action);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who calls what, of which server. */
export function callFields(call: McpCall, callId: string, facts: CallFacts): Partial<RecordFields> {
  const { session, identity, method, target } = call;
  const isTool = method === 'tools/call';
  return {
    call_id: callId,
    method: short(method),
    tool_name: short(isTool ? (target?.name ?? method) : method),
    target: target === undefined ? undefined : short(target.name, MAX_TARGET),
    server_id: short(session.serverId),
    user_id: identity.userId === undefined ? null : short(identity.userId),
    agent_name: identity.agentName === undefined ? null : short(identity.agentName),
    tenant_id: identity.tenantId === undefined ? undefined : short(identity.tenantId),
    roles: identity.roles?.length ? identity.roles.slice(0, MAX_ROLES).map((role) => short(role)) : undefined,
    session: sessionOf(call),
    trace_id: facts.traceId,
    span_id: facts.spanId,
    tool_digest: facts.toolDigest,
    cost: facts.cost,
  };
}

/** What a line tells of the call's parameters. */
export function requestFields(
  call: McpCall,
  keys: AuditKeys,
  { level, maxBytes, redact }: CaptureSettings,
): Partial<RecordFields> {
  if (level === 'none') return { params_hash: null };
  const content = auditedParams(call);
  const { hash, bytes, isTruncated } = hashParams(content, keys);
  return {
    params_hash: hash,
    params_hash_scope: isTruncated ? 'truncated' : undefined,
    req_bytes: bytes,
    arguments: level === 'metadata' ? undefined : captured(content, maxBytes, redact),
  };
}

/** What a line tells of the call's result. */
export function resultFields(
  { result }: Outcome,
  { level, maxBytes, redact }: CaptureSettings,
): Partial<RecordFields> {
  if (level === 'none' || result === undefined) return {};
  return {
    res_bytes: canonicalText(result, MAX_TARGET).bytes,
    result: level === 'full' ? captured(result, maxBytes, redact) : undefined,
  };
}

/** What a line tells of what the guards decided; the top of it is the decision that counts. */
export function decisionFields(
  decisions: readonly Decision[],
  counts: Decision | undefined = decisive(decisions),
): Partial<RecordFields> {
  if (decisions.length === 0) return {};
  return {
    action: counts?.action ?? 'allowed',
    verdict: counts?.verdict ?? 'allow',
    mode: counts?.mode ?? strictestMode(decisions),
    guard: counts?.guard,
    rule: counts?.rule,
    reason: counts?.reason,
    decisions: listed(decisions),
  };
}

/**
 * The record with its keys in the order of RFC 8785, the only place that knows it; absent fields are `undefined`, which
 * `JSON.stringify` leaves out.
 */
export function inOrder(fields: RecordFields, stamp: Stamp): UnsealedRecord {
  return {
    action: fields.action,
    agent_name: fields.agent_name,
    arguments: fields.arguments,
    call_id: fields.call_id,
    cost: fields.cost,
    decisions: fields.decisions,
    dropped: stamp.dropped,
    error_type: fields.error_type,
    event: fields.event,
    guard: fields.guard,
    kid: stamp.kid,
    latency_ms: fields.latency_ms,
    method: fields.method,
    mode: fields.mode,
    outcome: fields.outcome,
    package_version: fields.package_version,
    params_hash: fields.params_hash,
    params_hash_scope: fields.params_hash_scope,
    policy_digest: fields.policy_digest,
    prev: stamp.prev,
    previous: fields.previous,
    reason: fields.reason,
    req_bytes: fields.req_bytes,
    res_bytes: fields.res_bytes,
    result: fields.result,
    roles: fields.roles,
    rule: fields.rule,
    seq: stamp.seq,
    server_id: fields.server_id,
    session: fields.session,
    span_id: fields.span_id,
    success: fields.success,
    target: fields.target,
    tenant_id: fields.tenant_id,
    timestamp: stamp.timestamp,
    tool_digest: fields.tool_digest,
    tool_name: fields.tool_name,
    trace_id: fields.trace_id,
    user_id: fields.user_id,
    v: 1,
    verdict: fields.verdict,
    writer: stamp.writer,
  };
}

/** What `params_hash` covers: a tool's arguments, for other methods the parameters without `_meta`. */
export function auditedParams({ method, params }: Pick<McpCall, 'method' | 'params'>): unknown {
  if (params === undefined) return {};
  if (method === 'tools/call') return toolArguments(params['arguments']) ?? {};
  const { _meta: _, ...rest } = params;
  return rest;
}

function captured(value: unknown, maxBytes: number, redact: ReadonlySet<string>): string {
  return firstBytes(canonicalText(value, maxBytes, redact).text, maxBytes);
}

/** Keys in the order of RFC 8785 here too. */
function listed(decisions: readonly Decision[]): AuditDecision[] {
  const rows: AuditDecision[] = [];
  // A guard may have allowed the request and its result.
  const allowed = new Set<string>();
  for (const decision of decisions) {
    if (decision.verdict === 'allow') allowed.add(decision.guard);
    else if (rows.length < MAX_DECISIONS) rows.push(row(decision));
  }
  if (allowed.size > 0) {
    rows.push({ action: 'allowed', checked: [...allowed].join(','), guard: 'all', verdict: 'allow' });
  }
  return rows;
}

function row(decision: Decision): AuditDecision {
  return {
    action: decision.action,
    guard: decision.guard,
    limit: decision.limit,
    mode: decision.mode,
    reason: decision.reason,
    remaining: decision.remaining,
    retry_after_ms: decision.retryAfterMs,
    rule: decision.rule,
    stage: decision.stage,
    tool: decision.tool === undefined ? undefined : short(decision.tool),
    verdict: decision.verdict,
  };
}

function strictestMode(decisions: readonly Decision[]): Decision['mode'] {
  return decisions.some(({ mode }) => mode === 'enforce') ? 'enforce' : 'observe';
}

function sessionOf({ identity, session }: McpCall): string | undefined {
  const id = identity.sessionId ?? session.sessionId;
  return id === undefined ? undefined : short(id);
}

function short(text: string, limit = MAX_NAME): string {
  return text.length <= limit ? text : text.slice(0, limit);
}
