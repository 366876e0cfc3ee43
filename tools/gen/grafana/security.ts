/** "MCP / Security": what guards decide and about whom, the policy in force, the audit log, and what was lost. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import {
  breakerStates,
  decisions,
  denialsOfAllKinds,
  grown,
  openBreakers,
  policiesInForce,
} from '../promql/guard-queries';
import { nonZero, top } from '../promql/call-queries';
import { COLOUR } from './colours';
import { dashboard } from './layout';
import { CELL, traces } from './links';
import { number, states } from './panels';
import { blocked, decisionTable, observed, verdicts } from './security-decisions';
import { auditLines, guardTime, heads, lossesOverTime, lossTable } from './security-losses';
import { WITHIN_RANGE } from './shared';
import { noneOf, PLAIN } from './steps';
import { countColumn, tableOf } from './tables';
import { UNITS } from './units';
import { CHOSEN } from './variables';

const ROWS = 10;

const count = (title: string, description: string, expr: string, colour?: string) =>
  number({
    title,
    description,
    unit: UNITS.count,
    expr,
    steps: colour === undefined ? PLAIN : noneOf(colour),
    noValue: '0',
  });

const numbers = () => [
  count(
    'Blocked decisions',
    'Decisions of guards within the range that is shown that stopped a call. A call that two guards deny counts twice.',
    decisions([], WITHIN_RANGE, { action: '="blocked"' }),
    COLOUR.blocked,
  ),
  count(
    'Would be blocked',
    'Decisions that would have stopped a call, had the policy or the rule not been observing.',
    decisions([], WITHIN_RANGE, { action: '="observed"' }),
    COLOUR.observed,
  ),
  count(
    'Guard failures',
    'Times that a guard failed itself (verdict `error`). `on_error` of the policy says whether the call then goes on.',
    decisions([], WITHIN_RANGE, { verdict: '="error"' }),
    COLOUR.error,
  ),
  count(
    'Policy load errors',
    'Times that a changed policy could not be put into force; the one before stays.',
    grown('policyLoadErrors', [], WITHIN_RANGE),
    COLOUR.error,
  ),
  count('Open breakers', 'Circuit breakers that are open now.', openBreakers(CHOSEN), COLOUR.error),
  count(
    'Audit lines',
    'Lines written to the audit logs within the range that is shown.',
    grown('auditRecords', [], WITHIN_RANGE),
  ),
  count(
    'Audit lines lost',
    'Lines that could not be written. Every one is a gap that the audit log itself does not show.',
    grown('auditDropped', [], WITHIN_RANGE),
    COLOUR.error,
  ),
  count(
    'Telemetry lost',
    'Spans, metric points and log records that agents could not deliver.',
    grown('exportDropped', [], WITHIN_RANGE),
    COLOUR.error,
  ),
];

/** Who or what was denied most. */
const deniedMost = (
  what: string,
  label: 'user_id' | 'agent_name' | 'tool_name' | 'server_id',
  attribute?: 'user.id' | 'gen_ai.agent.name' | 'gen_ai.tool.name',
) =>
  tableOf({
    title: `Denials by ${what.toLowerCase()}`,
    description: `Denials of the guide’s guards (access, rate limit, budget) within the range that is shown; at most ${ROWS} of either kind.`,
    unit: UNITS.count,
    labels: [
      {
        label,
        title: what,
        ...(attribute !== undefined && {
          links: [
            traces('Traces of blocked calls', { tags: { 'mcpguard.outcome': 'blocked', [attribute]: CELL } }),
            traces('Traces of observed ones', {
              tags: { 'mcpguard.outcome': 'observed', [attribute]: CELL },
            }),
          ],
        }),
      },
    ],
    values: (['Blocked', 'Observed'] as const).map((title) => {
      const action = title === 'Blocked' ? 'blocked' : 'observed';
      const denied = nonZero(denialsOfAllKinds([label], WITHIN_RANGE, action));
      return countColumn(title, top(ROWS, denied), COLOUR[action]);
    }),
    sortBy: 'Blocked',
  });

const policies = () =>
  tableOf({
    title: 'Policy in force',
    description:
      'What the agents say of their policy. Two digests of one policy: some processes have not taken the newer one over yet.',
    unit: UNITS.count,
    labels: [
      { label: 'job', title: 'Job' },
      { label: 'policy', title: 'Policy' },
      {
        label: 'mode',
        title: 'Mode',
        width: 90,
        colours: { enforce: COLOUR.success, observe: COLOUR.observed, off: COLOUR.error },
      },
      { label: 'digest', title: 'Digest' },
    ],
    values: [
      {
        title: 'Processes',
        expr: policiesInForce(['job', 'policy', 'digest', 'mode'], CHOSEN),
      },
    ],
    sortBy: 'Processes',
  });

const breakers = () =>
  states({
    title: 'Circuit breakers',
    description:
      'State of the circuit breaker of each server, the worst of all processes. Open: calls are denied without being sent. Half open: one call may try.',
    unit: UNITS.exact,
    queries: [{ expr: breakerStates(CHOSEN), legend: '{{server_id}} ({{job}})' }],
    states: [
      [0, 'closed', COLOUR.success],
      [1, 'half open', 'yellow'],
      [2, 'open', COLOUR.error],
    ],
  });

export const security = (): Dashboard =>
  dashboard({
    uid: 'mcp-security',
    title: 'MCP / Security',
    description:
      'What guards decided and about whom, what they would have decided, which policy is in force, whether the audit log is whole.',
    refresh: '1m',
    from: 'now-24h',
    sections: [
      { lines: [{ height: 3, panels: numbers().map((panel) => [3, panel] as const) }] },
      {
        title: 'Decisions',
        lines: [
          {
            height: 9,
            panels: [
              [12, blocked()],
              [12, observed()],
            ],
          },
          {
            height: 14,
            panels: [
              [14, decisionTable()],
              [10, verdicts()],
            ],
          },
        ],
      },
      {
        title: 'Who and what was denied',
        lines: [
          {
            height: 9,
            panels: [
              [6, deniedMost('User', 'user_id', 'user.id')],
              [6, deniedMost('Agent', 'agent_name', 'gen_ai.agent.name')],
              [6, deniedMost('Tool', 'tool_name', 'gen_ai.tool.name')],
              [6, deniedMost('Server', 'server_id')],
            ],
          },
        ],
      },
      {
        title: 'Policy',
        lines: [
          {
            height: 8,
            panels: [
              [14, policies()],
              [10, breakers()],
            ],
          },
        ],
      },
      {
        title: 'Audit log and losses',
        lines: [
          {
            height: 8,
            panels: [
              [8, auditLines()],
              [8, heads()],
              [8, guardTime()],
            ],
          },
          {
            height: 8,
            panels: [
              [8, lossTable()],
              [16, lossesOverTime()],
            ],
          },
        ],
      },
    ],
  });
