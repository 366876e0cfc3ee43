/** "MCP / Security": what guards decide and about whom, the policy in force, the audit log, and what was lost. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import {
  auditHeads,
  auditRate,
  breakerStates,
  decisions,
  denialsOfAllKinds,
  grown,
  guardDurationQuantile,
  losses as lossesWithin,
  openBreakers,
  policiesInForce,
} from '../promql/guard-queries';
import { nonZero, perSecond, top } from '../promql/call-queries';
import { COLOUR, QUANTILES } from './colours';
import { dashboard } from './layout';
import { CELL, fieldLabel, traces } from './links';
import { areas, bars, lines, number, states } from './panels';
import { AROUND, BLOCKED_TRACES, OBSERVED_TRACES, PER_BAR, WITHIN_RANGE } from './shared';
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

const guardTraces = traces('Traces with a decision of this guard', {
  tags: { 'mcpguard.guard': fieldLabel('guard') },
});

const blocked = () =>
  bars({
    title: 'Blocked by guard',
    description: 'Decisions that stopped a call, per interval of a minute or more, by guard.',
    unit: UNITS.count,
    queries: [{ expr: decisions(['guard'], PER_BAR, { action: '="blocked"' }), legend: '{{guard}}' }],
    legendBeside: true,
    links: [BLOCKED_TRACES],
    dataLinks: [guardTraces],
  });

const observed = () =>
  bars({
    title: 'Would be blocked, by guard',
    description:
      'Decisions that would have stopped a call under enforce, by guard. Look here before a rule is switched from observe to enforce.',
    unit: UNITS.count,
    queries: [{ expr: decisions(['guard'], PER_BAR, { action: '="observed"' }), legend: '{{guard}}' }],
    legendBeside: true,
    links: [OBSERVED_TRACES],
    dataLinks: [guardTraces],
  });

const BY_GUARD = ['guard', 'mode'] as const;

const decisionTable = () =>
  tableOf({
    title: 'Decisions by guard',
    description:
      'What guards decided within the range that is shown, by what was done. Failed: the guard could not tell (verdict `error`); `on_error` of the policy says whether such a call is blocked or goes on (failed open).',
    unit: UNITS.count,
    labels: [
      {
        label: 'guard',
        title: 'Guard',
        links: [traces('Traces with a decision of this guard', { tags: { 'mcpguard.guard': CELL } })],
      },
      { label: 'mode', title: 'Mode', width: 90 },
    ],
    values: [
      countColumn('Blocked', decisions(BY_GUARD, WITHIN_RANGE, { action: '="blocked"' }), COLOUR.blocked),
      countColumn('Observed', decisions(BY_GUARD, WITHIN_RANGE, { action: '="observed"' }), COLOUR.observed),
      countColumn('Modified', decisions(BY_GUARD, WITHIN_RANGE, { action: '="modified"' }), 'purple'),
      countColumn('Failed', decisions(BY_GUARD, WITHIN_RANGE, { verdict: '="error"' }), COLOUR.error),
      countColumn(
        'Failed open',
        decisions(BY_GUARD, WITHIN_RANGE, { action: '="failed_open"' }),
        COLOUR.error,
      ),
      countColumn('Allowed', decisions(BY_GUARD, WITHIN_RANGE, { verdict: '="allow"' }), COLOUR.success),
    ],
    sortBy: 'Blocked',
  });

const verdicts = () =>
  areas({
    title: 'Decisions by action',
    description: 'Decisions per second by what was done. Several guards decide about one call.',
    unit: UNITS.perSecond,
    queries: [
      { expr: perSecond((question) => decisions(['action'], question), CHOSEN), legend: '{{action}}' },
    ],
    colours: {
      allowed: COLOUR.success,
      blocked: COLOUR.blocked,
      observed: COLOUR.observed,
      modified: 'purple',
      failed_open: COLOUR.error,
    },
    links: [BLOCKED_TRACES],
  });

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

const auditLines = () =>
  lines({
    title: 'Audit lines per second',
    description: 'Lines written to the audit logs, by job. None while calls are made: the log has stopped.',
    unit: UNITS.perSecond,
    queries: [{ expr: auditRate(['job'], AROUND), legend: '{{job}}' }],
  });

const heads = () =>
  lines({
    title: 'Audit chain heads',
    description: `Number of the last line of each process’s chain, of the ${ROWS} that wrote most. It only rises; a fall is a new process, or a log that was replaced.`,
    unit: UNITS.exact,
    queries: [{ expr: auditHeads(ROWS, CHOSEN), legend: '{{job}} {{instance}}' }],
  });

const lossTable = () =>
  tableOf({
    title: 'Losses',
    description:
      'What did not get where it should within the range that is shown. Every row should be 0; the alerts of the runbook begin with one.',
    unit: UNITS.count,
    labels: [{ label: 'loss', title: 'What' }],
    values: [{ title: 'Lost', expr: lossesWithin(WITHIN_RANGE), steps: noneOf(COLOUR.error) }],
    sortBy: 'Lost',
  });

const lossesOverTime = () =>
  bars({
    title: 'Losses over time',
    description: 'The same per interval of a minute or more, and why. An empty chart is a good one.',
    unit: UNITS.count,
    queries: [
      { expr: grown('auditDropped', ['reason'], PER_BAR), legend: 'audit line: {{reason}}' },
      { expr: grown('exportDropped', ['signal'], PER_BAR), legend: 'telemetry: {{signal}}' },
      { expr: grown('storeErrors', [], PER_BAR), legend: 'store of limits did not answer' },
      { expr: grown('stateEvictions', ['state'], PER_BAR), legend: 'evicted: {{state}}' },
      { expr: grown('labelsOverflow', ['label'], PER_BAR), legend: 'label folded: {{label}}' },
      { expr: grown('internalErrors', ['component'], PER_BAR), legend: 'internal: {{component}}' },
    ],
    legendBeside: true,
  });

const guardTime = () =>
  lines({
    title: 'Time for guards',
    description: 'How long calls waited for their guards: half, 95 % and 99 % no longer.',
    unit: UNITS.seconds,
    queries: [0.5, 0.95, 0.99].map((q) => ({
      expr: guardDurationQuantile(q, AROUND),
      legend: `p${q * 100}`,
    })),
    colours: QUANTILES,
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
