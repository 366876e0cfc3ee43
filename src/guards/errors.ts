/** What an agent gets when a guard denies a call. */
import type { DenialKind } from '../core/call';

/** What a denial says of itself. */
export interface Denial {
  readonly kind: DenialKind;
  readonly guard: string;
  readonly rule?: string | undefined;
  /** Milliseconds after which the call may be made, where the guard knows. */
  readonly retryAfterMs?: number | undefined;
}

class GuardError extends Error {
  readonly kind: DenialKind;
  readonly guard: string;
  readonly rule: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { kind, guard, rule, retryAfterMs }: Denial) {
    super(message);
    this.kind = kind;
    this.guard = guard;
    this.rule = rule;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * A guard denied the call: it was not sent, or its result was withheld. Neither the message nor a field holds anything
 * of the call's parameters.
 */
export class McpGuardDeniedError extends GuardError {
  override readonly name = 'McpGuardDeniedError';
  /** A string: JSON-RPC codes are numbers, so that a denial is never taken for an answer of the server. */
  readonly code = 'MCP_GUARD_DENIED';

  constructor(denial: Denial) {
    super(`denied by guard ${describe(denial)}`, denial);
  }
}

/** No decision could be made and the policy, or `MCP_GUARD_REQUIRED`, says that the call may not go on then. */
export class McpGuardUnavailableError extends GuardError {
  override readonly name = 'McpGuardUnavailableError';
  readonly code = 'MCP_GUARD_UNAVAILABLE';

  constructor(denial: Denial) {
    super(`guard ${describe(denial)} is unavailable and the policy denies calls then`, denial);
  }
}

/** Whether `error` is a denial of either kind, also one of another copy of this package. */
export function isMcpGuardDenied(error: unknown): error is McpGuardDeniedError | McpGuardUnavailableError {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return code === 'MCP_GUARD_DENIED' || code === 'MCP_GUARD_UNAVAILABLE';
}

export function denialError(denial: Denial): McpGuardDeniedError | McpGuardUnavailableError {
  return denial.kind === 'guard_unavailable'
    ? new McpGuardUnavailableError(denial)
    : new McpGuardDeniedError(denial);
}

function describe({ guard, rule, retryAfterMs }: Denial): string {
  const after = retryAfterMs === undefined ? '' : `, again in ${Math.ceil(retryAfterMs / 1_000)} s`;
  return `${guard}${rule === undefined ? '' : ` (rule ${rule})`}${after}`;
}
