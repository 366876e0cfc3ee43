/** Which lines a call gives: a recorder of calls, whose lines go to whoever wants them. */
import { randomBytes } from 'node:crypto';

import type { AuthRecord, CallRecord, Decision, McpCall, ReportedDecision, TraceIds } from '../core/call';
import { safely } from '../core/safe';
import type { AuditKeys } from './keys';
import type { CallFacts, CaptureSettings, RecordDraft, RecordFields } from './record';
import {
  addCall,
  addDecisions,
  addParams,
  addParties,
  addResult,
  callEvent,
  denialEvent,
  newRecord,
} from './record';

export interface LinesOptions {
  readonly capture: CaptureSettings;
  readonly keys: AuditKeys;
  /** `error.type` of a denial by this guard. */
  readonly denialKind: (decision: Decision) => string;
  /** What is known of a call beyond itself; asked once per call, when the guards decide. */
  readonly facts?: ((call: McpCall) => CallFacts | undefined) | undefined;
  /** Gets every line, complete but for what a writer adds. Nothing here changes it afterwards. */
  readonly emit: (draft: RecordDraft, trace?: TraceIds) => void;
}

const EVENT_OF_KIND: Readonly<Record<ReportedDecision['kind'], RecordFields['event']>> = {
  access: 'mcp_access_denied',
  rate_limit: 'mcp_rate_limit',
  budget: 'mcp_budget_exceeded',
  other: 'mcp_access_denied',
};

const OUTGOING = new Set(['tools/call', 'resources/read', 'resources/subscribe', 'prompts/get']);
const INCOMING = new Set(['sampling/createMessage', 'elicitation/create', 'roots/list']);

/** What is kept of a call that is not over. */
interface PendingCall {
  /** The line to be; a denial of a call that goes on has one of its own first. */
  draft: RecordDraft;
  readonly trace: TraceIds | undefined;
  hasDenialLine: boolean;
}

export class AuditLines {
  private readonly pending = new WeakMap<McpCall, PendingCall>();
  private readonly boot = randomBytes(6).toString('hex');
  private calls = 0;

  constructor(private readonly options: LinesOptions) {}

  /** Guards have decided about a call. What they would have denied is a line now; what they did deny is one when it is over. */
  decided(call: McpCall, decisions: readonly Decision[]): void {
    safely('audit', () => {
      const isNotable = decisions.some(({ verdict }) => verdict !== 'allow');
      if (isRetryLeg(call) || (!isAudited(call) && !isNotable)) return;
      const pending = this.pendingOf(call);
      if (decisions.some(endsCall)) return;
      const denial = decisions.find(isDenialOfGoingCall);
      if (denial !== undefined) this.writeDenial(pending, decisions, denial);
    });
  }

  /** A call is over. */
  record(record: CallRecord): void {
    safely('audit', () => {
      const { call, outcome } = record;
      const isDenied = outcome.status === 'denied';
      if (isRetryLeg(call) || (!isAudited(call) && !isDenied && !this.pending.has(call))) return;
      const pending = this.pendingOf(call);
      if (isDenied && !pending.hasDenialLine) this.writeBlocked(pending, record);
      else this.writeEnd(pending, record);
    });
  }

  /** A guard of the agent's own has decided: what it did not allow is a line. */
  reported({ kind, decision, identity, toolName, serverId }: ReportedDecision): void {
    if (decision.verdict === 'allow') return;
    safely('audit', () => {
      const draft = newRecord(EVENT_OF_KIND[kind]);
      draft.tool_name = toolName;
      draft.server_id = serverId;
      draft.user_id = identity.userId;
      draft.agent_name = identity.agentName;
      draft.tenant_id = identity.tenantId;
      draft.success = false;
      addDecisions(draft, [decision], decision);
      this.options.emit(draft);
    });
  }

  /** A client is authenticated, or is not. */
  authenticated(record: AuthRecord): void {
    safely('audit', () => {
      const draft = newRecord('mcp_auth');
      addParties(draft, record);
      draft.method = record.method;
      draft.success = record.success;
      draft.error_type = record.errorType;
      this.options.emit(draft);
    });
  }

  /** Of a call that goes on. */
  private writeDenial(pending: PendingCall, decisions: readonly Decision[], denial: Decision): void {
    if (pending.hasDenialLine) return;
    pending.hasDenialLine = true;
    const { draft } = pending;
    pending.draft = { ...draft };
    draft.event = denialEvent(this.options.denialKind(denial));
    draft.success = false;
    addDecisions(draft, decisions, denial);
    this.options.emit(draft, pending.trace);
  }

  private writeBlocked(pending: PendingCall, { outcome, decisions, seconds }: CallRecord): void {
    pending.hasDenialLine = true;
    const { draft } = pending;
    const blocking = decisions.find(({ action }) => action === 'blocked');
    draft.event = denialEvent(outcome.errorType);
    draft.success = false;
    draft.outcome = 'denied';
    draft.error_type = outcome.errorType;
    // What was denied for its result has been sent and has taken its time.
    draft.latency_ms = blocking?.stage === 'result' ? milliseconds(seconds) : 0;
    addDecisions(draft, decisions, blocking);
    this.options.emit(draft, pending.trace);
  }

  private writeEnd(pending: PendingCall, { call, outcome, decisions, seconds }: CallRecord): void {
    // A guard of results may be the first that would have denied.
    const denial = decisions.find(isDenialOfGoingCall);
    if (denial !== undefined) this.writeDenial(pending, decisions, denial);
    const { draft } = pending;
    draft.event = callEvent(call.method);
    draft.success =
      outcome.status === 'success' && outcome.errorType === undefined && outcome.rpcCode === undefined;
    draft.outcome = outcome.status;
    draft.error_type = outcome.errorType;
    draft.latency_ms = milliseconds(seconds);
    // Results are the server's and the agent's: looking at them may throw.
    safely('audit', () => addResult(draft, outcome.result, this.options.capture));
    addDecisions(draft, decisions);
    this.options.emit(draft, pending.trace);
  }

  private pendingOf(call: McpCall): PendingCall {
    let pending = this.pending.get(call);
    if (pending === undefined) {
      pending = { draft: this.draftOf(call), trace: call.trace, hasDenialLine: false };
      this.pending.set(call, pending);
    }
    return pending;
  }

  private draftOf(call: McpCall): RecordDraft {
    const draft = newRecord(callEvent(call.method));
    const facts = safely('audit', () => this.options.facts?.(call)) ?? {};
    this.calls += 1;
    addCall(draft, call, `${this.boot}-${this.calls.toString(36)}`, facts);
    safely('audit', () => addParams(draft, call, this.options.keys, this.options.capture));
    return draft;
  }
}

/** A denied definition is taken out of its list, and the list goes on. */
function endsCall({ action, stage }: Decision): boolean {
  return action === 'blocked' && stage !== 'definition';
}

/** It would have been denied, or a definition in its result was. What would have been changed is no denial. */
function isDenialOfGoingCall({ action, stage, verdict }: Decision): boolean {
  if (verdict === 'modify') return false;
  return action === 'observed' || (action === 'blocked' && stage === 'definition');
}

/** Guarded methods are audited; what a preloaded server sends and receives is not. */
function isAudited({ direction, method, session }: McpCall): boolean {
  if (session.role !== 'client') return false;
  return direction === 'outgoing' ? OUTGOING.has(method) : INCOMING.has(method);
}

/** The outer call of several requests is audited, once. */
function isRetryLeg({ direction, parent }: McpCall): boolean {
  return direction === 'outgoing' && parent !== undefined;
}

function milliseconds(seconds: number): number {
  return Math.max(0, Math.round(seconds * 1e6) / 1e3);
}
