/** Counts decisions: the guide's three counters of denials, and one of every decision. */
import type { Decision, Identity, McpCall, ReportedDecision } from '../core/call';
import { shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { GuardInstruments } from './instruments';
import { seriesOf } from './instruments';
import type { LabelValues } from './labels';
import type { LedgerSeries } from './ledger';
import { UNKNOWN } from './labels';

type Denials = 'accessDenied' | 'rateLimitHits' | 'budgetExceeded';

/** The counter of the guide that a guard's denials go to; the others have none. */
const COUNTER: Readonly<Record<string, Denials>> = {
  server_allowlist: 'accessDenied',
  tool_allowlist: 'accessDenied',
  identity: 'accessDenied',
  tenant: 'accessDenied',
  path_traversal: 'accessDenied',
  url: 'accessDenied',
  tool_pin: 'accessDenied',
  audit: 'accessDenied',
  policy: 'accessDenied',
  rate_limit: 'rateLimitHits',
  budget: 'budgetExceeded',
};

/** What was decided about, as labels have it. */
export interface DecidedAbout {
  readonly toolName: string | undefined;
  readonly serverId: string | undefined;
  readonly identity: Identity;
}

/** For other methods than `tools/call` the method stands in place of the tool. */
export function aboutCall({ identity, method, session, target }: McpCall): DecidedAbout {
  const toolName = target?.type === 'tool' ? target.name : method;
  return { toolName, serverId: session.serverId, identity };
}

/** The same for guards of the agent's own. */
const COUNTER_OF_KIND: Readonly<Record<ReportedDecision['kind'], Denials | undefined>> = {
  access: 'accessDenied',
  rate_limit: 'rateLimitHits',
  budget: 'budgetExceeded',
  other: undefined,
};

export function countDecisions(
  instruments: GuardInstruments,
  labels: LabelValues,
  { toolName, serverId, identity }: DecidedAbout,
  decisions: readonly Decision[],
  userLabel: TelemetrySettings['userLabel'],
  kind?: ReportedDecision['kind'],
): void {
  const tool_name = labels.bound('tool_name', toolName);
  const server_id = labels.bound('server_id', serverId);
  const remembered = rememberedSeries(instruments, tool_name, server_id);
  for (const { guard, verdict, action, mode } of decisions) {
    const key = `${guard} ${verdict} ${action} ${mode}`;
    let series = remembered.get(key);
    if (series === undefined) {
      series = seriesOf(instruments.decisions, { guard, verdict, action, mode, tool_name, server_id });
      remembered.set(key, series);
    }
    instruments.decisions.record(1, series);
    const counter = counterOf(guard, verdict, action, kind);
    if (counter === undefined) continue;
    const userId = identity.userId === undefined ? undefined : shownUserId(identity.userId, userLabel);
    const denial = {
      guard,
      action,
      tool_name,
      server_id,
      agent_name: labels.bound('agent_name', identity.agentName),
      user_id: userId === undefined ? UNKNOWN : labels.bound('user_id', userId),
    };
    instruments[counter].record(1, seriesOf(instruments[counter], denial));
  }
}

type SeriesByDecision = Map<string, LedgerSeries>;

/** Found once and not for every decision: eight of them are made about a call. */
const seriesOfTarget = new WeakMap<GuardInstruments, Map<string, SeriesByDecision>>();

/** As many as the instrument itself keeps: past them the series are looked up. */
const MAX_TARGETS = 500;

function rememberedSeries(instruments: GuardInstruments, tool: string, server: string): SeriesByDecision {
  let targets = seriesOfTarget.get(instruments);
  if (targets === undefined) seriesOfTarget.set(instruments, (targets = new Map()));
  const target = `${server}\u0000${tool}`;
  let found = targets.get(target);
  if (found === undefined) {
    found = new Map();
    if (targets.size < MAX_TARGETS) targets.set(target, found);
  }
  return found;
}

/** A series at zero per guard and action, so that the names are there before anything is denied. */
export function showZeros(instruments: GuardInstruments, guards: readonly string[]): void {
  for (const guard of guards) {
    const counter = COUNTER[guard];
    if (counter === undefined) continue;
    for (const action of ['blocked', 'observed']) {
      const absent = { tool_name: UNKNOWN, server_id: UNKNOWN, agent_name: UNKNOWN, user_id: UNKNOWN };
      instruments[counter].record(0, seriesOf(instruments[counter], { guard, action, ...absent }));
    }
  }
}

function counterOf(
  guard: string,
  verdict: Decision['verdict'],
  action: Decision['action'],
  kind: ReportedDecision['kind'] | undefined,
): Denials | undefined {
  if (verdict === 'deny') return kind === undefined ? COUNTER[guard] : COUNTER_OF_KIND[kind];
  // A guard that failed closed: nobody knows what it would have said.
  return verdict === 'error' && action !== 'failed_open' ? 'accessDenied' : undefined;
}
