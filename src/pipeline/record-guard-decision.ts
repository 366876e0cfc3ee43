/** For agents with guards of their own: their decisions are told as ours are. */
import type { Action, Decision, DecisionMode, Verdict } from '../core/call';
import { OTHER } from '../core/counts';
import { safely } from '../core/safe';
import { currentIdentity } from './identity';
import { runtime } from './runtime';

/** What an agent's own guard decided. */
export interface GuardDecisionReport {
  /** Which of the guide's counters a denial goes to; `other`: none. */
  readonly kind: 'access' | 'rate_limit' | 'budget' | 'other';
  /** Name of the guard: small letters and `_`, at most 32. Past 20 different names, and for any other text, `__other__`. */
  readonly guard: string;
  readonly verdict: Verdict;
  readonly action: Action;
  /** Default `enforce`. */
  readonly mode?: DecisionMode;
  /** A code of low cardinality. Default: the verdict. */
  readonly reason?: string;
  /** Id of the rule behind it. */
  readonly rule?: string;
  /** What the decision was about. Default: unknown. */
  readonly toolName?: string;
  readonly serverId?: string;
}

const NAME = /^[a-z_]{1,32}$/;
const MAX_NAMES = 20;
const names = new Set<string>();

/**
 * Records a decision of an agent's own guard: a span event `mcpguard.decision` and the attribute `mcpguard.outcome` on the
 * active span, the counter `mcpguard.decisions`, and for a denial the guide's counter of its kind. With a policy that has
 * an audit log, a denial is a line there, too. Works without a policy. Never throws.
 *
 * @example
 * if (!mayExport(user)) recordGuardDecision({ kind: 'access', guard: 'export_window', verdict: 'deny', action: 'blocked' });
 */
export function recordGuardDecision(report: GuardDecisionReport): void {
  safely('guards', () => {
    const decision: Decision = {
      guard: boundedName(report.guard),
      verdict: report.verdict,
      action: report.action,
      mode: report.mode ?? 'enforce',
      reason: report.reason ?? report.verdict,
      stage: 'request',
      rule: report.rule,
    };
    const identity = currentIdentity(undefined, () => ({}));
    const { kind, toolName, serverId } = report;
    runtime().report({ kind, decision, identity, toolName, serverId });
  });
}

function boundedName(name: string): string {
  if (!NAME.test(name)) return OTHER;
  if (names.size < MAX_NAMES) names.add(name);
  return names.has(name) ? name : OTHER;
}
