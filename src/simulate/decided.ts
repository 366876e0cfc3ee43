/** What the guards said of a call, in the words of the audit record. */
import { decisive } from '../audit/record';
import type { Action, Decision, DecisionMode, Verdict } from '../core/call';
import type { Mode } from '../policy/schema';

/** A decision as it is written out. */
export interface DecidedBy {
  readonly guard: string;
  readonly verdict: Verdict;
  readonly action: Action;
  readonly mode: DecisionMode;
  readonly reason: string;
  readonly stage?: Decision['stage'] | undefined;
  readonly rule?: string | undefined;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly retry_after_ms?: number | undefined;
  readonly cost?: number | undefined;
}

export interface Decided {
  readonly verdict: Verdict;
  readonly action: Action;
  /** Mode of the decision that counts, else of the policy. */
  readonly mode: Mode;
  /** Of the decision that counts; absent when every guard allowed. */
  readonly guard?: string | undefined;
  readonly rule?: string | undefined;
  readonly reason?: string | undefined;
  readonly decisions: readonly DecidedBy[];
}

/** @param policyMode - the mode where no guard denied */
export function decided(decisions: readonly Decision[], policyMode: Mode): Decided {
  const counts = decisive(decisions);
  return {
    verdict: counts?.verdict ?? 'allow',
    action: counts?.action ?? 'allowed',
    mode: counts?.mode ?? policyMode,
    guard: counts?.guard,
    rule: counts?.rule,
    reason: counts?.reason,
    decisions: decisions.map(decidedBy),
  };
}

function decidedBy(decision: Decision): DecidedBy {
  const { guard, verdict, action, mode, reason, stage, rule, limit, remaining, retryAfterMs, cost } =
    decision;
  return {
    guard,
    verdict,
    action,
    mode,
    reason,
    // Most are of the request: only others say so.
    stage: stage === 'request' ? undefined : stage,
    rule,
    limit,
    remaining,
    retry_after_ms: retryAfterMs,
    cost,
  };
}
