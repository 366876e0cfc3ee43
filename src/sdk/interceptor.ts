/** What the adapters ask of the pipeline. The pipeline implements it; the adapters know nothing else of it. */
import type { AuthOutcome, McpCall, Session } from '../core/call';

/** A call as the adapter sees it begin; the pipeline adds who it is made for, and the wire its id. */
export type CallStart = Omit<McpCall, 'identity' | 'requestId'>;

/** How a call ended, in the adapter's terms; the pipeline makes an `Outcome` of it. */
export type Ending =
  /** A JSON-RPC result was received or sent; `value` is what the caller gets, or the result object sent. */
  | { readonly type: 'result'; readonly value: unknown }
  /** A JSON-RPC error was received or sent. `thrown` is what the caller gets. */
  | { readonly type: 'rpc_error'; readonly code: number; readonly message: string; readonly thrown?: unknown }
  /** It failed without a JSON-RPC error: `errorType` is a word of the closed list or an HTTP status. */
  | { readonly type: 'failure'; readonly errorType: string; readonly thrown?: unknown };

/** The answer to a request that a guard denied. */
export type Refusal =
  | { readonly result: Readonly<Record<string, unknown>> }
  | { readonly error: { readonly code: number; readonly message: string } };

/** A call under way. Every method is safe to call at any time and none of them throws. */
export interface ActiveCall {
  readonly call: McpCall;
  /**
   * Lets the call go on, or not: `proceed` runs now, or later once an asynchronous guard has allowed it, or never.
   * Returns what `proceed` returns, or a promise of the denial.
   */
  admit<T>(proceed: () => T): T;
  /** Whether guards want to see the result before the caller does; known once `admit` lets the call go on. */
  readonly reviews: boolean;
  /** What the caller gets for a result. Throws the denial, and ends the call, when that must not be the result. */
  review(value: unknown): unknown;
  /** Milliseconds that the request may take, where a policy says so; known once `admit` lets the call go on. */
  readonly timeoutMs: number | undefined;
  /** How often a tool call that failed in transport may be repeated; known once `admit` lets the call go on. */
  readonly retries: number;
  /**
   * What is to be answered to an incoming request that must not reach the agent's handler; the call is over then.
   * `undefined`: let it through.
   */
  refusal(): Refusal | undefined;
  /** Runs `work` with the call as the parent of what happens in it. */
  run<T>(work: () => T): T;
  /** `params` with trace context in its `_meta`, as a copy; the same object when there is nothing to inject. */
  inject(
    params: Readonly<Record<string, unknown>> | undefined,
  ): Readonly<Record<string, unknown>> | undefined;
  /** Ends the call; further endings are ignored. */
  end(ending: Ending): void;
}

export interface Interceptor {
  /** Whether anybody wants to know of calls now. Asked on every call before anything is made for it. */
  interested(): boolean;
  /** Begins a call. `undefined`: nobody wants to know of this one, leave it alone. */
  begin(start: CallStart): ActiveCall | undefined;
  /** MCP is about to be used: the moment to get ready, while a server starts. */
  prepare(): void;
  /**
   * Asked before a transport starts. The error that `connect` has to throw when the server may not be used; the denial is
   * recorded as a call of `method`, the first that the connection would have made.
   */
  admitConnection(session: Session, method: string): Error | undefined;
  /** A connection is up. */
  connected(session: Session): void;
  /** A connection is over, or (`errorType` set and never `connected`) did not come to be. */
  disconnected(session: Session, errorType?: string): void;
  /** Whether anybody wants to know of authentications. Where nobody does, transports are left as they are. */
  wantsAuth(): boolean;
  /** An authentication of the connection's client is over, one way or the other. Told once for each. */
  authenticated(session: Session, outcome: AuthOutcome): void;
}
