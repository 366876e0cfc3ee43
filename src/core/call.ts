/**
 * What the layers say to each other about one MCP message: plain data, without a word of the SDK or of OpenTelemetry.
 *
 * An adapter (`src/sdk/`) makes an {@link McpCall}, the pipeline (`src/pipeline/`) takes it through guards and
 * hands a {@link CallRecord} to every recorder, and a recorder (telemetry, audit, monitor) reads nothing else.
 */

import type { Propagation } from './server-settings';

/** Who we are in the conversation: the party whose process we run in. */
export type Role = 'client' | 'server';

/** `outgoing`: this party sends the message (CLIENT span). `incoming`: it receives it (SERVER span). */
export type Direction = 'outgoing' | 'incoming';

/** Transports that the telemetry convention tells apart; `custom` is anything else. */
export type TransportKind = 'stdio' | 'streamable_http' | 'sse' | 'websocket' | 'inmemory' | 'custom';

/** What a call concerns. A resource's name is its URI. */
export interface Target {
  readonly type: 'tool' | 'prompt' | 'resource';
  readonly name: string;
}

/**
 * One connection of one client or server object. The adapter fills it in as it learns more: session id and protocol
 * version are known only once the handshake is over, so a reader looks when it needs them and keeps no copy.
 */
export interface Session {
  readonly role: Role;
  /** Monotonic seconds when `connect()` was called. */
  readonly startedAt: number;
  readonly transport: TransportKind;
  /** Full transport identity: URL, or command and arguments. May hold secrets: never leaves the process. */
  readonly identity: string;
  /** Readable name of the server end, free of secrets: the `server_id` label. */
  readonly serverId: string;
  /** Which trace context goes to the other side; default: all of it. */
  readonly propagate?: Propagation | undefined;
  /** Host of the server's URL; absent for stdio and in-memory. */
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly protocolVersion: string | undefined;
  /** `Mcp-Session-Id`, only where the transport has one. */
  readonly sessionId: string | undefined;
  /** Self-reported by the other side: for reading only, never for decisions. */
  readonly serverName: string | undefined;
  readonly clientName: string | undefined;
}

/** Who a call is made for. Set by the agent's owner in code or environment, never taken from the wire. */
export interface Identity {
  readonly userId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly agentName?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly sessionId?: string | undefined;
  /** Tools the call may use; narrows what the policy allows. */
  readonly allowTools?: readonly string[] | undefined;
}

/** W3C ids of a span, in hex. */
export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
  /** Of W3C Trace Context: bit 0 says that the trace is sampled. */
  readonly traceFlags: number;
}

/** One MCP request or notification, as known when it begins. */
export interface McpCall {
  readonly direction: Direction;
  readonly kind: 'request' | 'notification';
  /** JSON-RPC method, as sent. The peer chooses it when the call is incoming. */
  readonly method: string;
  readonly target: Target | undefined;
  /** The caller's own object: read it, never change it, keep no reference past the call. */
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly session: Session;
  readonly identity: Identity;
  /** Protocol version that the message itself names, in `_meta` or its HTTP header; else the session's holds. */
  readonly protocolVersion?: string | undefined;
  /** The call this one is a retry leg of (multi-round results of protocol 2026-07-28). */
  readonly parent?: McpCall | undefined;
  /** Of the call's span, where guards decide about it and there is a span. */
  trace?: TraceIds | undefined;
  /** JSON-RPC id, known once the message is on the wire; stays undefined for notifications and denied calls. */
  requestId: string | number | undefined;
}

/** What a rule says; what was done about it; whether it may do anything. Three things, kept apart. */
export type Verdict = 'allow' | 'deny' | 'modify' | 'error';
export type Action = 'allowed' | 'blocked' | 'observed' | 'modified' | 'failed_open';
export type DecisionMode = 'observe' | 'enforce';

/** Where in a call's life a guard looked: at the request, at its result, or at the definitions of tools. */
export type Stage = 'request' | 'result' | 'definition';

/** A guard's decision about one call. */
export interface Decision {
  readonly guard: string;
  readonly verdict: Verdict;
  readonly action: Action;
  readonly mode: DecisionMode;
  /** A code of low cardinality, never text of the call. */
  readonly reason: string;
  readonly stage: Stage;
  /** At the stage `definition`: name of the tool that is defined. Its server chose it. */
  readonly tool?: string | undefined;
  /** Id of the policy's rule or limit. */
  readonly rule?: string | undefined;
  /** Of a budget that admits: what the call costs of it. */
  readonly cost?: number | undefined;
  /** Of a limit: points in all, points left, and milliseconds until there are some. */
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** A decision that a guard of the agent's own made. */
export interface ReportedDecision {
  readonly kind: 'access' | 'rate_limit' | 'budget' | 'other';
  readonly decision: Decision;
  readonly identity: Identity;
  readonly toolName: string | undefined;
  readonly serverId: string | undefined;
}

/** The closed list of `error.type` values that are words; JSON-RPC codes and HTTP statuses come as digits. */
export type ErrorKind =
  | 'tool_error'
  | 'timeout'
  | 'cancelled'
  | 'connection_closed'
  | 'not_connected'
  | 'invalid_result'
  | 'transport_error'
  | 'process_exit'
  | DenialKind
  | '_OTHER';

/** `error.type` of a call that a guard refused. */
export type DenialKind =
  | 'access_denied'
  | 'rate_limited'
  | 'budget_exceeded'
  | 'input_rejected'
  | 'circuit_open'
  | 'guard_unavailable';

/** How a call ended. */
export interface Outcome {
  /** `success` covers a JSON-RPC error that the convention does not count as one (server side, rule 8). */
  readonly status: 'success' | 'error' | 'denied';
  /** An {@link ErrorKind}, a JSON-RPC code or an HTTP status as digits; absent on success. */
  readonly errorType?: string | undefined;
  /** JSON-RPC error code, only when a JSON-RPC error response was really received or sent. */
  readonly rpcCode?: number | undefined;
  /** Message of that JSON-RPC error, without the SDK's own prefix. Never tool content. */
  readonly message?: string | undefined;
  /** What was thrown, when something was thrown: for the `exception` event alone. */
  readonly exception?: unknown;
  /** The result handed to the caller or sent to the peer: for opt-in capture and result hooks alone. */
  readonly result?: unknown;
}

/** Everything about a call that is over. */
export interface CallRecord {
  readonly call: McpCall;
  readonly outcome: Outcome;
  readonly decisions: readonly Decision[];
  /** Seconds from begin to end, monotonic clock. */
  readonly seconds: number;
}

/** A connection that is over, or that never came to be. */
export interface SessionRecord {
  readonly session: Session;
  readonly seconds: number;
  /** Absent when the connection was closed in the ordinary way. */
  readonly errorType?: string | undefined;
}

/**
 * How a client came to be authenticated, or did not be. `oauth_refresh`: a flow of OAuth that used a refresh token;
 * `oauth_authorize`: one with any other grant (authorization code, client credentials, assertions). `http_401`, `http_403`: a
 * request that ended with this status, no flow having come of it.
 */
export type AuthMethod = 'oauth_authorize' | 'oauth_refresh' | 'http_401' | 'http_403';

/** One outcome of an authentication that the transport of a client has seen. */
export interface AuthOutcome {
  readonly method: AuthMethod;
  readonly success: boolean;
  /** Of a failure: HTTP status of what refused, else a word of the closed list of `error.type`. */
  readonly errorType?: string | undefined;
}

/** An outcome of an authentication, whose and where. */
export interface AuthRecord extends AuthOutcome {
  readonly session: Session;
  /** That which was current when the transport acted. */
  readonly identity: Identity;
}
