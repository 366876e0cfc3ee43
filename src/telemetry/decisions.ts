/** Guard decisions as span events, and the one word for what became of the call. */
import type { Attributes, Context, Span } from '@opentelemetry/api';

import type { Action, Decision } from '../core/call';
import type { LoggerLike } from './api';

const DECISION_EVENT = 'mcpguard.decision';

/** Span attribute: what became of the call. */
export const OUTCOME_ATTRIBUTE = 'mcpguard.outcome';

/** Attributes of the event. */
const ATTR = {
  GUARD: 'mcpguard.guard',
  VERDICT: 'mcpguard.verdict',
  ACTION: 'mcpguard.action',
  MODE: 'mcpguard.mode',
  REASON: 'mcpguard.reason',
  STAGE: 'mcpguard.stage',
  TOOL: 'gen_ai.tool.name',
  LIMIT: 'mcpguard.limit',
  REMAINING: 'mcpguard.remaining',
  RETRY_AFTER: 'mcpguard.retry_after_ms',
  CHECKED: 'mcpguard.checked',
  RULE: 'security_rule.name',
  RULESET: 'security_rule.ruleset.name',
  VERSION: 'security_rule.version',
} as const;

/** The same for the reference page. */
export const DECISION_ATTRIBUTES: Readonly<Record<(typeof ATTR)[keyof typeof ATTR], string>> = {
  'mcpguard.guard': 'the guard, or `all` for those that allowed',
  'mcpguard.verdict': 'what the rule says: `allow`, `deny`, `modify`, or `error` when the guard failed',
  'mcpguard.action': 'what was done: `allowed`, `blocked`, `observed`, `modified`, `failed_open`',
  'mcpguard.mode': '`observe` or `enforce`',
  'mcpguard.reason': 'a code of low cardinality, never text of the call',
  'mcpguard.stage': '`request`, `result` or `definition`',
  'gen_ai.tool.name': 'at the stage `definition`: the tool that is defined',
  'mcpguard.limit': 'points of the limit',
  'mcpguard.remaining': 'points left after the call',
  'mcpguard.retry_after_ms': 'milliseconds after which a call may be admitted again',
  'mcpguard.checked': 'the guards that allowed, joined by commas',
  'security_rule.name': 'id of the policy’s rule or limit',
  'security_rule.ruleset.name': 'id of the policy',
  'security_rule.version': 'digest of the policy, 12 hex digits',
};

/** Which decisions are span events: those that allowed as one, each, or not at all. */
export type DecisionEvents = 'summary' | 'all' | 'non_allow';

/** What the policy says about its own telemetry. */
export interface PolicyTelemetry {
  readonly id: string;
  /** The policy's digest, shortened. */
  readonly digest: string;
  readonly events: DecisionEvents;
  readonly userLabel: 'plain' | 'hashed' | 'off' | undefined;
  /** There are log records that the environment does not ask for: lines of the audit log, or findings. */
  readonly wantsLogs: boolean;
  /** Guards that are configured: their counters show a zero from the start. */
  readonly guards: readonly string[];
}

/** Events of one call's decisions: further ones say nothing that the counters do not. */
const MAX_EVENTS = 32;

/** The stronger decides what became of the call. */
const PRECEDENCE: readonly Action[] = ['blocked', 'failed_open', 'observed', 'modified', 'allowed'];

export function outcomeOfDecisions(decisions: readonly Decision[]): Action | undefined {
  return PRECEDENCE.find((action) => decisions.some((decision) => decision.action === action));
}

/** Where events can go. */
export interface EventTargets {
  readonly span: Span | undefined;
  readonly context: Context;
  readonly logger: () => LoggerLike | undefined;
}

/** Severity of a log record: INFO for what was allowed, WARN for the rest. */
const SEVERITY = { allow: 9, other: 13 } as const;

/** Records decisions as span events, log records or both: denials, errors and modifications first, which are never dropped for others. */
export function recordDecisionEvents(
  decisions: readonly Decision[],
  policy: PolicyTelemetry | undefined,
  signal: 'span' | 'logs' | 'both',
  { span, context, logger }: EventTargets,
): void {
  const toSpan = signal !== 'logs' && span?.isRecording() === true ? span : undefined;
  const toLogs = signal === 'span' ? undefined : logger();
  if (toSpan === undefined && toLogs === undefined) return;
  for (const attributes of eventsOf(decisions, policy).slice(0, MAX_EVENTS)) {
    toSpan?.addEvent(DECISION_EVENT, attributes);
    const severityNumber = attributes[ATTR.VERDICT] === 'allow' ? SEVERITY.allow : SEVERITY.other;
    toLogs?.emit({ eventName: DECISION_EVENT, severityNumber, context, attributes });
  }
}

function eventsOf(decisions: readonly Decision[], policy: PolicyTelemetry | undefined): Attributes[] {
  const events = decisions
    .filter(({ verdict }) => verdict !== 'allow')
    .map((decision) => attributesOf(decision, policy));
  const allowed = decisions.filter(({ verdict }) => verdict === 'allow');
  const [first] = allowed;
  switch (policy?.events ?? 'summary') {
    case 'all':
      return [...events, ...allowed.map((decision) => attributesOf(decision, policy))];
    case 'non_allow':
      return events;
    case 'summary':
      return first === undefined ? events : [...events, summaryOf(allowed, first, policy)];
  }
}

/** One event for the guards that allowed: which they were. */
function summaryOf(
  allowed: readonly Decision[],
  first: Decision,
  policy: PolicyTelemetry | undefined,
): Attributes {
  const checked = [...new Set(allowed.map(({ guard }) => guard))].join(',');
  return {
    [ATTR.GUARD]: 'all',
    [ATTR.VERDICT]: 'allow',
    [ATTR.ACTION]: 'allowed',
    [ATTR.MODE]: first.mode,
    [ATTR.REASON]: 'allowed',
    [ATTR.STAGE]: first.stage,
    [ATTR.CHECKED]: checked,
    ...rulesetOf(policy),
  };
}

function attributesOf(decision: Decision, policy: PolicyTelemetry | undefined): Attributes {
  const { guard, verdict, action, mode, reason, stage, tool, rule, limit, remaining, retryAfterMs } =
    decision;
  const attributes: Attributes = {
    [ATTR.GUARD]: guard,
    [ATTR.VERDICT]: verdict,
    [ATTR.ACTION]: action,
    [ATTR.MODE]: mode,
    [ATTR.REASON]: reason,
    [ATTR.STAGE]: stage,
  };
  if (tool !== undefined) attributes[ATTR.TOOL] = tool;
  if (limit !== undefined) attributes[ATTR.LIMIT] = limit;
  if (remaining !== undefined) attributes[ATTR.REMAINING] = remaining;
  if (retryAfterMs !== undefined) attributes[ATTR.RETRY_AFTER] = Math.ceil(retryAfterMs);
  if (rule !== undefined) attributes[ATTR.RULE] = rule;
  return Object.assign(attributes, rulesetOf(policy));
}

function rulesetOf(policy: PolicyTelemetry | undefined): Attributes {
  if (policy === undefined) return {};
  return { [ATTR.RULESET]: policy.id, [ATTR.VERSION]: policy.digest };
}
