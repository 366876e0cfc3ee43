/**
 * Questions about guards: denials of every kind, decisions, the policy in force, breakers, the audit log, and what was
 * lost. Words as in `queries.ts`.
 */
import { growthBy, indent, quantile, rateBy, select, sumBy, type Scope } from './expressions';
import { DENIALS, type Question } from './queries';
import { bucket, SERIES, type LabelOf, type Series } from './series';

type DenialLabel = LabelOf<typeof SERIES.accessDenied>;
type DecisionLabel = LabelOf<typeof SERIES.decisions>;
type PolicyLabel = LabelOf<typeof SERIES.policyInfo>;

/** What was done about a call that a guard denied. */
export type DenialAction = 'blocked' | 'observed';

/** How the guide names the kinds of denials, in the words of its panel. */
const EVENTS: Readonly<Record<keyof typeof DENIALS, string>> = {
  access: 'access denied',
  rateLimit: 'rate limit',
  budget: 'budget exceeded',
};

/** A label that the expression's results have in addition. */
const labelled = (label: string, value: string, expression: string): string =>
  `label_replace(\n${indent(expression)},\n  "${label}", "${value}", "", ""\n)`;

/** Text of one label made of those of several. */
const joined = (label: string, separator: string, of: readonly string[], expression: string): string =>
  `label_join(\n${indent(expression)},\n  "${label}", "${separator}", ${of.map((name) => `"${name}"`).join(', ')}\n)`;

/** How many calls were denied within the window, by kind of event (label `event`: the guide's three counters) and `by`. */
export function denialsByEvent(
  by: readonly DenialLabel[],
  { window, scope }: Question,
  action?: DenialAction,
): string {
  const where = action === undefined ? {} : { action: `="${action}"` };
  return (Object.keys(DENIALS) as (keyof typeof DENIALS)[])
    .map((kind) => {
      const denied = growthBy(by, { series: DENIALS[kind], ...inScope(scope), where }, window);
      return labelled('event', EVENTS[kind], denied);
    })
    .join('\nor\n');
}

/** How many calls were denied, by kind and guard in one text (label `event`), for one bar each. */
export const denialsByGuard = (question: Question, action: DenialAction): string =>
  sumBy(['event'], joined('event', ': ', ['event', 'guard'], denialsByEvent(['guard'], question, action)));

/** How many calls the guide's guards denied within the window, all kinds together. */
export const denialsOfAllKinds = (
  by: readonly DenialLabel[],
  question: Question,
  action?: DenialAction,
): string => sumBy(by, `\n${indent(denialsByEvent(by, question, action))}\n`);

/** Which decisions are meant: matchers by label, such as `{verdict: '="deny"'}`. */
type Which = Readonly<Partial<Record<DecisionLabel, string>>>;

/** How many decisions guards took within the window. */
export const decisions = (
  by: readonly DecisionLabel[],
  { window, scope }: Question,
  where: Which = {},
): string => growthBy(by, { series: SERIES.decisions, ...inScope(scope), where }, window);

/** Time in seconds that a share `q` of the calls did not wait longer for its guards. */
export const guardDurationQuantile = (q: number, { window, scope }: Question): string =>
  quantile(q, rateBy(['le'], { series: bucket(SERIES.guardDuration), ...inScope(scope) }, window));

/** Processes that have a policy in force, by what is known of it. */
export const policiesInForce = (by: readonly PolicyLabel[], scope?: Scope): string =>
  sumBy(by, `${select({ series: SERIES.policyInfo, ...inScope(scope) })} > 0`);

const POLICY = ['job', 'policy', 'digest', 'mode'] as const;

/** Policies that were not in force one `window` ago, and not in the hour before: 1 or more where one came into force. */
export function policyChanges({ window, scope }: Question): string {
  const policy = { series: SERIES.policyInfo, ...inScope(scope) };
  const before = `last_over_time(${select(policy, `[1h] offset ${window}`)})`;
  return `${sumBy(POLICY, `${select(policy)} > 0`)}\nunless\n${sumBy(POLICY, `${before} > 0`)}`;
}

/** State of the circuit breaker of each server: 0 closed, 1 half open, 2 open; the worst of the processes. */
export const breakerStates = (scope?: Scope): string =>
  `max by (job, server_id) (${select({ series: SERIES.breakerState, ...inScope(scope) })})`;

/** How many circuit breakers are open. */
export const openBreakers = (scope?: Scope): string =>
  `count(${select({ series: SERIES.breakerState, ...inScope(scope) })} == 2) or vector(0)`;

/** Connections that are held now. */
export const activeConnections = (
  by: readonly LabelOf<typeof SERIES.activeConnections>[],
  scope?: Scope,
): string => sumBy(by, select({ series: SERIES.activeConnections, ...inScope(scope) }));

/** Number of the last audit line of each process: of the `n` processes that wrote most. */
export const auditHeads = (n: number, scope?: Scope): string =>
  `topk(${n}, max by (job, instance) (${select({ series: SERIES.auditHeadSeq, ...inScope(scope) })}))`;

/** Audit lines per second. */
export const auditRate = (
  by: readonly LabelOf<typeof SERIES.auditRecords>[],
  { window, scope }: Question,
): string => rateBy(by, { series: SERIES.auditRecords, ...inScope(scope) }, window);

/** Counters of which a panel asks only by how much they grew. */
type Grown =
  | 'auditDropped'
  | 'auditRecords'
  | 'connectionErrors'
  | 'exportDropped'
  | 'internalErrors'
  | 'labelsOverflow'
  | 'monitorDropped'
  | 'policyLoadErrors'
  | 'stateEvictions'
  | 'storeErrors';

/** By how much one of those counters grew within the window, first values included. */
export function grown<Key extends Grown>(
  key: Key,
  by: readonly LabelOf<(typeof SERIES)[Key]>[],
  { window, scope }: Question,
): string {
  const series: Series = SERIES[key];
  return growthBy(by, { series, ...inScope(scope) }, window);
}

/** What can be lost, in the words of the panel. */
const LOSSES: Readonly<Record<string, Grown>> = {
  'Audit lines': 'auditDropped',
  'Telemetry (spans, points, log records)': 'exportDropped',
  'Answers of the store of limits': 'storeErrors',
  'Keys of limits and of the monitor, evicted': 'stateEvictions',
  'Events that the monitor did not look at': 'monitorDropped',
  'Label values, folded into __other__': 'labelsOverflow',
  'Own failures, bypassed': 'internalErrors',
};

/** How much of what was lost within the window, one row per kind (label `loss`), 0 included. */
export const losses = (question: Question): string =>
  Object.entries(LOSSES)
    .map(([loss, key]) => labelled('loss', loss, `${grown(key, [], question)}\nor vector(0)`))
    .join('\nor\n');

/** `exactOptionalPropertyTypes`: an absent scope is no property. */
const inScope = (scope: Scope | undefined): { scope?: Scope } => (scope === undefined ? {} : { scope });
