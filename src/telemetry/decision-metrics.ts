/** Counts decisions: the guide's three counters of denials, and one of every decision. */
import type { Decision, McpCall } from '../core/call';
import { shownUserId } from './attributes';
import type { TelemetrySettings } from './config';
import type { GuardInstruments } from './instruments';
import { seriesOf } from './instruments';
import type { LabelValues } from './labels';
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

export function countDecisions(
  instruments: GuardInstruments,
  labels: LabelValues,
  call: McpCall,
  decisions: readonly Decision[],
  userLabel: TelemetrySettings['userLabel'],
): void {
  const { identity, session, target } = call;
  const tool = target?.type === 'tool' ? target.name : call.method;
  const tool_name = labels.bound('tool_name', tool);
  const server_id = labels.bound('server_id', session.serverId);
  for (const { guard, verdict, action, mode } of decisions) {
    const decision = { guard, verdict, action, mode, tool_name, server_id };
    instruments.decisions.record(1, seriesOf(instruments.decisions, decision));
    const counter = counterOf(guard, verdict, action);
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
): Denials | undefined {
  if (verdict === 'deny') return COUNTER[guard];
  // A guard that failed closed: nobody knows what it would have said.
  return verdict === 'error' && action !== 'failed_open' ? 'accessDenied' : undefined;
}
