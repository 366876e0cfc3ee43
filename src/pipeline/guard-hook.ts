/** The place where guards decide about a call. Empty until a policy is loaded. */
import type { Decision, DenialKind, McpCall } from '../core/call';

/** What the guards say about one call. */
export interface Admission {
  readonly decisions: readonly Decision[];
  /** Present when the call must not go on: the error that the caller gets, and its `error.type`. */
  readonly denial?: { readonly errorType: DenialKind; readonly error: Error };
}

/**
 * Decides about an outgoing call before it is sent. Synchronous unless a guard has to ask elsewhere: the request then
 * leaves when the promise settles.
 */
export type GuardHook = (call: McpCall) => Admission | Promise<Admission>;
