/** What a guard is: a check of one call that gives a finding. It sees plain data, neither MCP nor OpenTelemetry. */
import type { McpCall } from '../core/call';
import type { GuardName, Mode } from '../policy/schema';

/** What a guard is told. */
export interface GuardInput {
  readonly call: McpCall;
  /** The policy's alias of the call's server: an entry of `servers`, `*`, or `undefined` when none matches. */
  readonly server: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a guard says. */
export interface Finding {
  readonly verdict: 'allow' | 'deny';
  /** A code of low cardinality, never text of the call. */
  readonly reason: string;
  /** Id of the rule or limit behind it. */
  readonly rule?: string | undefined;
  /** Mode of that rule, where it has one of its own. */
  readonly mode?: Mode | undefined;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

export const ALLOWED: Finding = { verdict: 'allow', reason: 'allowed' };

/**
 * A guard that keeps no state. It gives a denial in each mode in which one applies, the strictest first; what it throws
 * is an `error` verdict.
 */
export interface PureGuard {
  readonly name: GuardName;
  /** Mode of the guard's section, where it has one of its own. */
  readonly mode?: Mode | undefined;
  /** `undefined`: it does not concern this call. */
  check(input: GuardInput): Finding | undefined;
  /** The call goes on, whatever the findings were. */
  admitted?(input: GuardInput): void;
}

/** What a guard with state has set aside for a call. */
export interface Reservation {
  readonly finding: Finding;
  /** The call was not sent: what was set aside is given back. Called at most once. */
  refund(): void;
  /** The call is over; `errorType` as on its span, absent on success. */
  settled?(errorType: string | undefined): void;
}

/** A limit or breaker that counts: it sets aside for a call before the call is sent. */
export interface StatefulGuard {
  readonly name: GuardName;
  /** Mode of this limit, where it has one of its own. */
  readonly mode?: Mode | undefined;
  /** `undefined`: it does not concern this call. A denied call consumes nothing. */
  reserve(input: GuardInput): Reservation | undefined;
}
