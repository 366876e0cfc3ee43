/** Panels that more than one dashboard shows. */
import { UNITS } from './units';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';

import { alerts, firingAlerts } from '../promql/foreign-queries';
import { denialsByEvent } from '../promql/guard-queries';
import { errorRatio, type Question } from '../promql/queries';
import { COLOUR, SEVERITIES } from './colours';
import { fieldLabel, traces } from './links';
import { bars, lines, number, type Link } from './panels';
import { ERROR_RATIO, noneOf } from './steps';
import { tableOf } from './tables';
import { CHOSEN, CHOSEN_OR_ABSENT } from './variables';

/** Over the whole range that is shown. */
export const WITHIN_RANGE: Question = { scope: CHOSEN, window: '$__range' };
/** For rates and quantiles over time: never shorter than four scrapes. */
export const AROUND: Question = { scope: CHOSEN, window: '$__rate_interval' };
/** For counts in bars: intervals that touch, so that nothing is counted twice. */
export const PER_BAR: Question = { scope: CHOSEN, window: '$__interval' };

export const BLOCKED_TRACES = traces('Traces of blocked calls', { tags: { 'mcpguard.outcome': 'blocked' } });
export const OBSERVED_TRACES = traces('Traces of calls that would have been denied', {
  tags: { 'mcpguard.outcome': 'observed' },
});
/**
 * By kind, because Jaeger's word for any error, `error=true`, finds nothing in its memory store: there the text of a
 * search is compared with a boolean (1.76).
 */
export const ERROR_TRACES = [
  traces('Traces of tool errors', { tags: { 'error.type': 'tool_error' } }),
  traces('Traces of timeouts', { tags: { 'error.type': 'timeout' } }),
] as const;
export const SLOW_TRACES = traces('Traces that took 1 s or more', { tags: {}, minDuration: '1s' });

/** @param title - the guide calls it "Error Rate" */
export const errorRatePanel = (title: string): Builder<Panel> =>
  lines({
    title,
    description:
      'Share of the tool calls that ran and failed, by job. Denied calls are left out: they never ran. The alert HighErrorRate is medium above 5 % and high above 10 % (at least 10 calls in 5 minutes).',
    unit: UNITS.ratio,
    queries: [{ expr: errorRatio(['job'], AROUND), legend: '{{job}}' }],
    thresholds: ERROR_RATIO,
    max: 0.12,
    dataLinks: ERROR_TRACES,
  });

/** Denials of the guide's guards over time. */
export const securityEventsPanel = (title: string): Builder<Panel> =>
  bars({
    title,
    description:
      'Calls that guards denied, per interval of a minute or more: access denied, rate limit, budget exceeded. Blocked ones were stopped; observed ones went through because the policy, or the rule, only observes.',
    unit: UNITS.count,
    queries: (['blocked', 'observed'] as const).map((action) => ({
      expr: denialsByEvent([], PER_BAR, action),
      legend: `{{event}} (${action})`,
    })),
    colours: {
      'access denied (blocked)': 'dark-orange',
      'rate limit (blocked)': 'orange',
      'budget exceeded (blocked)': 'light-orange',
      'access denied (observed)': 'dark-blue',
      'rate limit (observed)': 'blue',
      'budget exceeded (observed)': 'light-blue',
    },
    links: [BLOCKED_TRACES, OBSERVED_TRACES],
  });

/** How many alerts of the shipped rules fire now. */
export const firingPanel = (
  severity?: keyof typeof SEVERITIES,
  links: readonly Link[] = [],
): Builder<Panel> =>
  number({
    links,
    title: severity === undefined ? 'Firing alerts' : `Firing: ${severity}`,
    description: `Alerts of the shipped rules that fire now${severity === undefined ? '' : ` with severity ${severity}`}, for the chosen jobs; those about something that is absent have no job and always count.`,
    unit: UNITS.count,
    expr: firingAlerts(CHOSEN_OR_ABSENT, severity),
    steps: noneOf(severity === undefined ? COLOUR.error : SEVERITIES[severity]),
  });

/** What fires or is about to. */
export const alertsPanel = (title: string): Builder<Panel> =>
  tableOf({
    title,
    description:
      'Alerts of the shipped rules that fire, or are pending: their condition holds, but not yet for as long as the rule asks. docs/runbook.md says for each what to do.',
    unit: UNITS.count,
    labels: [
      { label: 'alertname', title: 'Alert' },
      { label: 'severity', title: 'Severity', width: 100, colours: SEVERITIES },
      {
        label: 'alertstate',
        title: 'State',
        width: 100,
        colours: { firing: COLOUR.error, pending: 'yellow' },
      },
      { label: 'job', title: 'Job' },
    ],
    values: [
      {
        title: 'Count',
        expr: alerts(['alertname', 'severity', 'alertstate', 'job'], CHOSEN_OR_ABSENT, 'pending|firing'),
      },
    ],
    // As it happens, the alphabet begins with critical and high.
    sortBy: 'Severity',
    ascending: true,
  });

/** Colours of calls by their status. */
export const STATUS_COLOURS = {
  success: COLOUR.success,
  error: COLOUR.error,
  denied: COLOUR.denied,
} as const;

/** Links of a table's or chart's tool to its calls. */
export const TOOL_TRACES = traces('Traces of this tool', {
  tags: { 'gen_ai.tool.name': fieldLabel('tool_name') },
});
