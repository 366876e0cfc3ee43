/** What a guard is: a check of one call that gives a finding. It sees plain data, neither MCP nor OpenTelemetry. */
import type { McpCall } from '../core/call';
import type { GuardName, Mode } from '../policy/schema';
import type { ReadArguments } from './argument-values';

/** What a guard is told. */
export interface GuardInput {
  readonly call: McpCall;
  /** The policy's alias of the call's server: an entry of `servers`, `*`, or `undefined` when none matches. */
  readonly server: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Something was taken out of the parameters, and what is decided about is what goes out. */
  readonly isStripped?: boolean | undefined;
  /** Kept by the first guard that reads the arguments, for the others. */
  read?: ReadArguments | undefined;
}

/** What a guard says. `error`: it cannot tell. */
export interface Finding {
  readonly verdict: 'allow' | 'deny' | 'modify' | 'error';
  /** A code of low cardinality, never text of the call. */
  readonly reason: string;
  /** Id of the rule or limit behind it. */
  readonly rule?: string | undefined;
  /** Mode of that rule, where it has one of its own. */
  readonly mode?: Mode | undefined;
  readonly limit?: number | undefined;
  /** What the call costs of a budget that admits it. */
  readonly cost?: number | undefined;
  readonly remaining?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** With `modify`, of results and definitions: what takes the place of what was looked at, as a copy. */
  readonly replacement?: unknown;
  /** A further finding of the same guard, where one alone would hide what holds in another mode. */
  readonly also?: Finding | undefined;
}

/** The definition of a tool as its server sends it. */
export interface ToolDefinition {
  readonly name: string;
  readonly [field: string]: unknown;
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
  /**
   * Fields that go out in place of the call's own, where it has something to take out of them. Asked before any guard
   * decides, and under enforce only: what is decided about is what goes out.
   */
  strip?: ((call: McpCall) => Readonly<Record<string, unknown>> | undefined) | undefined;
  /** Looks at a result before the caller gets it. */
  checkResult?: ((input: GuardInput, value: unknown) => Finding | undefined) | undefined;
  /** Looks at one definition of a list before the caller gets it. */
  checkDefinition?: ((input: GuardInput, tool: ToolDefinition) => Finding | undefined) | undefined;
  /** All definitions of a list have been looked at. */
  listed?(): void;
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
