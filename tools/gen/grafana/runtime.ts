/** "MCP / Runtime": the runtime guide's five widgets, one row each, the most urgent first. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import {
  callsWithStatus,
  durationQuantileWithin,
  meanDurationWithin,
  ofTop,
  perSecond,
  top,
} from '../promql/call-queries';
import { alerts } from '../promql/foreign-queries';
import { denialsOfAllKinds } from '../promql/guard-queries';
import { availability, calls, durationQuantile, errors, meanDuration } from '../promql/queries';
import { COLOUR, QUANTILES, SEVERITIES } from './colours';
import { dashboard } from './layout';
import { CELL, fieldLabel, traces } from './links';
import { areas, lines, number } from './panels';
import {
  authenticationPanel,
  connectionPanel,
  findingCount,
  findingsOverTime,
  findingTable,
} from './runtime-security';
import { systemLines } from './runtime-system';
import {
  alertsPanel,
  AROUND,
  errorRatePanel,
  firingPanel,
  securityEventsPanel,
  SLOW_TRACES,
  TOOL_TRACES,
  WITHIN_RANGE,
} from './shared';
import { AVAILABILITY, DURATION, noneOf } from './steps';
import { countColumn, secondsColumn, tableOf } from './tables';
import { UNITS } from './units';
import { CHOSEN, CHOSEN_OR_ABSENT } from './variables';

const ROWS = 15;
const BY_TOOL = ['server_id', 'tool_name'] as const;
const mostCalls = calls(BY_TOOL, WITHIN_RANGE);
const ofTopTools = (column: string): string => ofTop(ROWS, mostCalls, BY_TOOL, column);
const LINES = 10;

const performance = () =>
  tableOf({
    title: 'Performance by tool',
    description: `The ${ROWS} tools with the most calls within the range that is shown: how many ran well, how many failed, how many were denied, and how long they took.`,
    unit: UNITS.count,
    labels: [
      { label: 'server_id', title: 'Server' },
      {
        label: 'tool_name',
        title: 'Tool',
        links: [
          traces('Traces of this tool', { tags: { 'gen_ai.tool.name': CELL } }),
          traces('Traces of its errors', { tags: { 'gen_ai.tool.name': CELL, 'error.type': 'tool_error' } }),
        ],
      },
    ],
    values: [
      { title: 'Calls', expr: top(ROWS, mostCalls), bar: COLOUR.plain },
      countColumn('Succeeded', ofTopTools(callsWithStatus('success', BY_TOOL, WITHIN_RANGE)), COLOUR.success),
      countColumn('Failed', ofTopTools(errors(BY_TOOL, WITHIN_RANGE)), COLOUR.error),
      countColumn('Denied', ofTopTools(callsWithStatus('denied', BY_TOOL, WITHIN_RANGE)), COLOUR.denied),
      secondsColumn('Mean', ofTopTools(meanDurationWithin(BY_TOOL, WITHIN_RANGE))),
      secondsColumn('p95', ofTopTools(durationQuantileWithin(0.95, BY_TOOL, WITHIN_RANGE))),
    ],
    sortBy: 'Calls',
  });

const responseTime = () =>
  lines({
    title: 'Response time p95 by tool',
    description: `95 % of the calls of a tool took no longer; the ${LINES} slowest. Warning above 1 s, critical above 5 s, as in the alert McpToolLatencyHigh.`,
    unit: UNITS.seconds,
    queries: [{ expr: top(LINES, durationQuantile(0.95, ['tool_name'], AROUND)), legend: '{{tool_name}}' }],
    thresholds: DURATION,
    legendBeside: true,
    dataLinks: [TOOL_TRACES, SLOW_TRACES],
  });

const mean = () =>
  lines({
    title: 'Mean response time by server',
    description: 'Mean duration of the calls to each server. Denied calls are left out.',
    unit: UNITS.seconds,
    queries: [{ expr: meanDuration(['server_id'], AROUND), legend: '{{server_id}}' }],
    thresholds: DURATION,
    dataLinks: [SLOW_TRACES],
  });

const throughput = () =>
  areas({
    title: 'Throughput by server',
    description: 'Tool calls per second to each server, denied ones included.',
    unit: UNITS.callsPerSecond,
    queries: [
      { expr: perSecond((question) => calls(['server_id'], question), CHOSEN), legend: '{{server_id}}' },
    ],
  });

const latency = () =>
  lines({
    title: 'Request latency',
    description: 'Half, 95 % and 99 % of the tool calls took no longer. Denied calls are left out.',
    unit: UNITS.seconds,
    queries: [0.5, 0.95, 0.99].map((q) => ({
      expr: durationQuantile(q, [], AROUND),
      legend: `p${q * 100}`,
    })),
    colours: QUANTILES,
    thresholds: DURATION,
    dataLinks: [SLOW_TRACES],
  });

const availabilityPanel = () =>
  lines({
    title: 'Availability',
    description:
      'Share of the tool calls that found a server and got an answer, whatever the answer: 1 - (timeouts + errors of the transport, HTTP 5xx among them) / calls that were not denied. Nothing is drawn where nothing is called.',
    unit: UNITS.ratio,
    queries: [{ expr: availability(['job'], AROUND), legend: '{{job}}' }],
    thresholds: AVAILABILITY,
    max: 1,
  });

const errorTypes = () =>
  areas({
    title: 'Errors by type',
    description:
      'Failed tool calls per second by `error.type`: `tool_error` is the tool’s own, `timeout` and `connection_closed` are the way to it, a number is a JSON-RPC code or an HTTP status.',
    unit: UNITS.callsPerSecond,
    queries: [
      { expr: perSecond((question) => errors(['error_type'], question), CHOSEN), legend: '{{error_type}}' },
    ],
    // The rest by the palette.
    colours: {
      tool_error: COLOUR.error,
      timeout: 'dark-red',
      cancelled: 'yellow',
      connection_closed: 'purple',
    },
    dataLinks: [traces('Traces with this error', { tags: { 'error.type': fieldLabel('error_type') } })],
  });

const denialRate = () =>
  number({
    title: 'Denials',
    description: 'Denials of the guide’s guards within the range that is shown, blocked and observed.',
    unit: UNITS.count,
    expr: denialsOfAllKinds([], WITHIN_RANGE),
    steps: noneOf(COLOUR.denied),
    noValue: '0',
  });

const alertHistory = () =>
  areas({
    title: 'Firing alerts over time',
    description: 'How many alerts of the shipped rules fired, by severity.',
    unit: UNITS.count,
    queries: [{ expr: alerts(['severity'], CHOSEN_OR_ABSENT, 'firing'), legend: '{{severity}}' }],
    colours: SEVERITIES,
  });

const severities = Object.keys(SEVERITIES).toReversed() as (keyof typeof SEVERITIES)[];

export const runtime = (): Dashboard =>
  dashboard({
    uid: 'mcp-runtime',
    title: 'MCP / Runtime',
    description:
      'The runtime guide’s five widgets: which alerts fire, how fast and how often agents are served, how tools perform, what guards deny and the monitor finds, and how the machines are.',
    refresh: '30s',
    from: 'now-1h',
    sections: [
      {
        title: 'Alert summary',
        lines: [
          {
            height: 3,
            panels: [
              ...severities.map((severity) => [4, firingPanel(severity)] as const),
              [4, denialRate()],
              [4, findingCount()],
            ],
          },
          {
            height: 10,
            panels: [
              [14, alertsPanel('Alerts')],
              [10, alertHistory()],
            ],
          },
        ],
      },
      {
        title: 'Performance metrics',
        lines: [
          {
            height: 8,
            panels: [
              [12, latency()],
              [12, throughput()],
            ],
          },
          {
            height: 8,
            panels: [
              [8, errorRatePanel('Error rate')],
              [8, availabilityPanel()],
              [8, errorTypes()],
            ],
          },
        ],
      },
      {
        title: 'Tool performance',
        lines: [
          { height: 11, panels: [[24, performance()]] },
          {
            height: 9,
            panels: [
              [12, responseTime()],
              [12, mean()],
            ],
          },
        ],
      },
      {
        title: 'Security events',
        lines: [
          {
            height: 9,
            panels: [
              [12, securityEventsPanel('Denials over time')],
              [12, findingTable()],
            ],
          },
          {
            height: 8,
            panels: [
              [8, findingsOverTime()],
              [8, authenticationPanel()],
              [8, connectionPanel()],
            ],
          },
        ],
      },
      { title: 'System overview', lines: systemLines() },
    ],
  });
