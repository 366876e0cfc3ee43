/** Panels of "MCP / Security": what guards decided. */
import { decisions } from '../promql/guard-queries';
import { perSecond } from '../promql/call-queries';
import { COLOUR } from './colours';
import { CELL, fieldLabel, traces } from './links';
import { areas, bars } from './panels';
import { BLOCKED_TRACES, OBSERVED_TRACES, PER_BAR, WITHIN_RANGE } from './shared';
import { countColumn, tableOf } from './tables';
import { UNITS } from './units';
import { CHOSEN } from './variables';

const guardTraces = traces('Traces with a decision of this guard', {
  tags: { 'mcpguard.guard': fieldLabel('guard') },
});

export const blocked = () =>
  bars({
    title: 'Blocked by guard',
    description: 'Decisions that stopped a call, per interval of a minute or more, by guard.',
    unit: UNITS.count,
    queries: [{ expr: decisions(['guard'], PER_BAR, { action: '="blocked"' }), legend: '{{guard}}' }],
    legendBeside: true,
    links: [BLOCKED_TRACES],
    dataLinks: [guardTraces],
  });

export const observed = () =>
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

export const decisionTable = () =>
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

export const verdicts = () =>
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
