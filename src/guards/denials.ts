/** The guard table: what a denial of each guard is called, and what happens when the guard fails itself. */
import type { Decision, DenialKind } from '../core/call';
import type { GuardName } from '../policy/schema';

interface GuardRow {
  readonly kind: DenialKind;
  readonly onError: 'open' | 'closed';
}

const ACCESS = { kind: 'access_denied' } as const;
const INPUT = { kind: 'input_rejected', onError: 'open' } as const;

const GUARDS: Readonly<Record<GuardName, GuardRow>> = {
  server_allowlist: { ...ACCESS, onError: 'closed' },
  identity: { ...ACCESS, onError: 'closed' },
  tenant: { ...ACCESS, onError: 'closed' },
  tool_allowlist: { ...ACCESS, onError: 'closed' },
  path_traversal: { ...ACCESS, onError: 'closed' },
  url: { ...ACCESS, onError: 'closed' },
  tool_pin: { ...ACCESS, onError: 'open' },
  input_size: INPUT,
  content: INPUT,
  rate_limit: { kind: 'rate_limited', onError: 'open' },
  budget: { kind: 'budget_exceeded', onError: 'open' },
  circuit_breaker: { kind: 'circuit_open', onError: 'open' },
  audit: { kind: 'guard_unavailable', onError: 'closed' },
};

/** `error.type` of a call that this guard denied. */
export function denialKindOf(guard: GuardName): DenialKind {
  return GUARDS[guard].kind;
}

/** The same of a decision: a guard that failed, and one that is none of a policy's, is unavailable. */
export function denialKindOfDecision({ guard, verdict }: Decision): DenialKind {
  const known = verdict === 'error' ? undefined : GUARDS[guard as GuardName];
  return known?.kind ?? 'guard_unavailable';
}

/** What happens to a call when this guard fails itself, where the policy does not say. */
export function defaultOnError(guard: GuardName): 'open' | 'closed' {
  return GUARDS[guard].onError;
}
