/** Makes audit records of plain data: which fields a line has, in which order, and what is decisive among decisions. */
import type { Action, Decision, DenialKind, McpCall } from '../core/call';
import { toolArguments } from '../core/tool-arguments';
import { canonicalText, firstBytes } from './canonical';
import type { UnsealedRecord } from './chain';
import type { AuditKeys } from './keys';
import { hashParams } from './keys';
import type { AuditDecision, AuditEvent } from './schema';

/** Everything of a record but what the writer adds. */
export type RecordFields = Omit<
  UnsealedRecord,
  'v' | 'timestamp' | 'writer' | 'seq' | 'prev' | 'kid' | 'dropped'
>;

/** A record that is being made: every field is there, in order, so that nothing is copied on the way to the file. */
export type RecordDraft = UnsealedRecord;

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
}

/** Longest names that a line repeats; a URI may be longer. */
const MAX_NAME = 256;
const MAX_TARGET = 2_048;
/** Results past this are counted without escapes. */
const MAX_SIZED_BYTES = 2_048;
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

/**
 * An empty record with its keys in the order of RFC 8785, the only place that knows it; `JSON.stringify` leaves out what
 * stays `undefined`.
 */
export function newRecord(event: AuditEvent): RecordDraft {
  return {
    action: undefined,
    agent_name: undefined,
    arguments: undefined,
    call_id: undefined,
    cost: undefined,
    decisions: undefined,
    dropped: undefined,
    error_type: undefined,
    event,
    finding: undefined,
    guard: undefined,
    kid: undefined,
    latency_ms: undefined,
    method: undefined,
    mode: undefined,
    outcome: undefined,
    package_version: undefined,
    params_hash: undefined,
    params_hash_scope: undefined,
    policy_digest: undefined,
    prev: undefined,
    previous: undefined,
    reason: undefined,
    req_bytes: undefined,
    res_bytes: undefined,
    result: undefined,
    roles: undefined,
    rule: undefined,
    seq: undefined,
    server_id: undefined,
    session: undefined,
    session_scope: undefined,
    span_id: undefined,
    success: undefined,
    target: undefined,
    tenant_id: undefined,
    timestamp: '',
    tool_digest: undefined,
    tool_name: undefined,
    trace_id: undefined,
    user_id: undefined,
    v: 1,
    verdict: undefined,
    writer: undefined,
  };
}

/** Says who calls what, of which server. */
export function addCall(record: RecordDraft, call: McpCall, callId: string, facts: CallFacts): void {
  const { method, target } = call;
  record.call_id = callId;
  record.method = short(method);
  record.tool_name = short(method === 'tools/call' ? (target?.name ?? method) : method);
  record.target = target === undefined ? undefined : short(target.name, MAX_TARGET);
  addParties(record, call);
  record.trace_id = facts.traceId;
  record.span_id = facts.spanId;
  record.tool_digest = facts.toolDigest;
}

type Parties = Pick<McpCall, 'identity' | 'session'>;

/** Says who has to do with which server. */
export function addParties(record: RecordDraft, parties: Parties): void {
  const { session, identity } = parties;
  record.server_id = short(session.serverId);
  record.user_id = identity.userId === undefined ? null : short(identity.userId);
  record.agent_name = identity.agentName === undefined ? null : short(identity.agentName);
  record.tenant_id = identity.tenantId === undefined ? undefined : short(identity.tenantId);
  record.roles = identity.roles?.length
    ? identity.roles.slice(0, MAX_ROLES).map((role) => short(role))
    : undefined;
  addSession(record, parties);
}

/** Says what is to be told of the call's parameters. */
export function addParams(
  record: RecordDraft,
  call: McpCall,
  keys: AuditKeys,
  capture: CaptureSettings,
): void {
  record.params_hash = null;
  const { level, maxBytes, redact } = capture;
  if (level === 'none') return;
  const content = auditedParams(call);
  const { hash, bytes, isTruncated } = hashParams(content, keys);
  record.params_hash = hash;
  record.params_hash_scope = isTruncated ? 'truncated' : undefined;
  record.req_bytes = bytes;
  if (level !== 'metadata') record.arguments = captured(content, maxBytes, redact);
}

/** Says what is to be told of the call's result. */
export function addResult(record: RecordDraft, result: unknown, capture: CaptureSettings): void {
  const { level, maxBytes, redact } = capture;
  if (level === 'none' || result === undefined) return;
  record.res_bytes = canonicalText(result, MAX_SIZED_BYTES).bytes;
  if (level === 'full') record.result = captured(result, maxBytes, redact);
}

/** Says what the guards decided; the top of it is the decision that counts. */
export function addDecisions(
  record: RecordDraft,
  decisions: readonly Decision[],
  counts: Decision | undefined = decisive(decisions),
): void {
  const wasGuarded = decisions.length > 0;
  record.action = counts?.action ?? (wasGuarded ? 'allowed' : undefined);
  record.verdict = counts?.verdict ?? (wasGuarded ? 'allow' : undefined);
  record.mode = counts?.mode ?? (wasGuarded ? strictestMode(decisions) : undefined);
  record.guard = counts?.guard;
  record.rule = counts?.rule;
  record.reason = counts?.reason;
  record.cost = costOf(decisions);
  record.decisions = wasGuarded ? listed(decisions) : undefined;
}

/** What the call cost of all its budgets. */
function costOf(decisions: readonly Decision[]): number | undefined {
  let sum: number | undefined;
  for (const { cost } of decisions) if (cost !== undefined) sum = (sum ?? 0) + cost;
  return sum;
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

/** The transport's session is another one with every server. */
function addSession(record: RecordDraft, { identity, session }: Parties): void {
  const { sessionId: ofConnection } = session;
  if (identity.sessionId !== undefined) record.session = short(identity.sessionId);
  else if (ofConnection !== undefined) {
    record.session = short(ofConnection);
    record.session_scope = 'connection';
  }
}

function short(text: string, limit = MAX_NAME): string {
  return text.length <= limit ? text : text.slice(0, limit);
}
