/** The place where guards decide about a call. Empty until a policy is loaded. */
import type { Decision, DenialKind, McpCall, Session } from '../core/call';

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
  /** An admitted call is over; `errorType` is absent on success. */
  settled?(errorType: string | undefined): void;
  /** An admitted call was not sent. */
  refund?(): void;
}

export interface Guards {
  /**
   * Decides about an outgoing call before it is sent. Synchronous unless a guard has to ask elsewhere: the request then
   * leaves when the promise settles.
   */
  decide(call: McpCall): Admission | Promise<Admission>;
  /** Decides about a connection before its transport starts. */
  decideConnection?(session: Session): Admission;
}
