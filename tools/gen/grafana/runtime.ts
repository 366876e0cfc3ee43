/**
 * "MCP / Runtime": the runtime guide's widgets that need no metrics of the host: tool performance, security events, alert
 * summary.
 */
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
import { denialsOfAllKinds, grown } from '../promql/guard-queries';
import { calls, durationQuantile, errors, meanDuration } from '../promql/queries';
import { COLOUR, SEVERITIES } from './colours';
import { dashboard } from './layout';
import { CELL, fieldLabel, traces } from './links';
import { areas, bars, lines, number } from './panels';
import {
  alertsPanel,
  AROUND,
  errorRatePanel,
  firingPanel,
  PER_BAR,
  securityEventsPanel,
  SLOW_TRACES,
  TOOL_TRACES,
  WITHIN_RANGE,
} from './shared';
import { DURATION, noneOf } from './steps';
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

const connections = () =>
  bars({
    title: 'Failed connections',
    description: 'Connections to MCP servers that could not be made, per interval of a minute or more.',
    unit: UNITS.count,
    queries: [
      {
        expr: grown('connectionErrors', ['server_id', 'error_type'], PER_BAR),
        legend: '{{server_id}}: {{error_type}}',
      },
    ],
    colours: { '/.+/': COLOUR.error },
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
      'How tools perform, what guards deny and which alerts fire. What the runtime guide shows of the host is not here.',
    refresh: '30s',
    from: 'now-1h',
    sections: [
      {
        title: 'Alert summary',
        lines: [
          {
            height: 3,
            panels: [...severities.map((severity) => [5, firingPanel(severity)] as const), [4, denialRate()]],
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
          {
            height: 8,
            panels: [
              [8, throughput()],
              [8, errorRatePanel('Error rate')],
              [8, errorTypes()],
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
              [14, securityEventsPanel('Denials over time')],
              [10, connections()],
            ],
          },
        ],
      },
    ],
  });
