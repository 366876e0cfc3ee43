/** The place where guards decide about a call. Empty until a policy is loaded. */
import type { Decision, DenialKind, McpCall, Session } from '../core/call';
import type { Refusal } from '../sdk/interceptor';

/** What the guards say about one call. */
export interface Admission {
  readonly decisions: readonly Decision[];
  /** Present when the call must not go on. */
  readonly denial?: {
    /** `error.type` of the call. */
    readonly errorType: DenialKind;
    readonly error: Error;
    /** What the caller gets in place of the error, where the policy says so. */
    readonly result?: unknown;
  };
  /** What goes out in place of the call's parameters, as a copy. */
  rewrite?(params: NonNullable<McpCall['params']>): NonNullable<McpCall['params']>;
  /** Looks at the result before the caller gets it. */
  review?(value: unknown): Review;
  /** Milliseconds that the call may take. */
  readonly timeoutMs?: number | undefined;
  /** How often the call may be repeated when it fails in transport; default 0. */
  readonly retries?: number | undefined;
  /** Of a denied incoming request: what its sender is answered. */
  readonly refusal?: Refusal;
  /** An admitted call is over; `errorType` is absent on success. */
  settled?(errorType: string | undefined): void;
  /** An admitted call was not sent. */
  refund?(): void;
  /** Decisions that follow once the call is sent. Never rejects. */
  later?(): Promise<readonly Decision[]>;
}

/** What the guards say about a result. */
export interface Review {
  readonly decisions: readonly Decision[];
  readonly denial?: Admission['denial'];
  /** What the caller gets. */
  readonly value: unknown;
}

export interface Guards {
  /**
   * Decides about a call before it is sent, or, when it is incoming, before the agent's handler sees it: then always
   * synchronously. Synchronous unless a guard has to ask elsewhere: the request then
   * leaves when the promise settles.
   */
  decide(call: McpCall): Admission | Promise<Admission>;
  /** Decides about a connection before its transport starts. */
  decideConnection?(session: Session): Admission;
}
