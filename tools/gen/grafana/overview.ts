/** "MCP / Overview": the six panels of the monitoring guide under the guide's names, and six numbers above them. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

import { callsWithStatus, durationQuantileWithin, ofTop, perSecond, top } from '../promql/call-queries';
import { activeConnections, denialsByGuard } from '../promql/guard-queries';
import { calls, denialRatio, durationBuckets, durationQuantile, errorRatio, errors } from '../promql/queries';
import { COLOUR, QUANTILES } from './colours';
import { dashboard } from './layout';
import { CELL, toDashboard, traces } from './links';
import { areas, categories, durations, lines, number } from './panels';
import {
  AROUND,
  BLOCKED_TRACES,
  ERROR_TRACES,
  errorRatePanel,
  firingPanel,
  OBSERVED_TRACES,
  securityEventsPanel,
  SLOW_TRACES,
  STATUS_COLOURS,
  WITHIN_RANGE,
} from './shared';
import { DENIAL_RATIO, DURATION, ERROR_RATIO, PLAIN } from './steps';
import { countColumn, secondsColumn, tableOf } from './tables';
import { UNITS } from './units';
import { CHOSEN } from './variables';

const ROWS = 10;

const numbers = () => [
  number({
    title: 'Calls',
    description:
      'Tool calls within the range that is shown, denied ones included. First values of new series count.',
    unit: UNITS.count,
    expr: calls([], WITHIN_RANGE),
    steps: PLAIN,
  }),
  number({
    title: 'Error ratio',
    description:
      'Share of the calls that ran and failed. The guide asks for less than 5 %, and alerts above 10 %.',
    unit: UNITS.ratio,
    expr: errorRatio([], WITHIN_RANGE),
    steps: ERROR_RATIO,
    decimals: 1,
    links: ERROR_TRACES,
  }),
  number({
    title: 'Duration p95',
    description: '95 % of the calls took no longer. The guide asks for less than 1 s for most tools.',
    unit: UNITS.seconds,
    expr: durationQuantileWithin(0.95, [], WITHIN_RANGE),
    steps: DURATION,
    links: [SLOW_TRACES],
  }),
  number({
    title: 'Denial ratio',
    description: 'Share of all calls that guards blocked. The guide asks for less than 1 %.',
    unit: UNITS.ratio,
    expr: denialRatio([], WITHIN_RANGE),
    steps: DENIAL_RATIO,
    decimals: 1,
    links: [BLOCKED_TRACES, toDashboard('What was denied', 'mcp-security')],
  }),
  number({
    title: 'Active connections',
    description: 'Connections that MCP clients hold now.',
    unit: UNITS.count,
    expr: activeConnections([], CHOSEN),
    steps: PLAIN,
  }),
  firingPanel(undefined, [toDashboard('Which alerts', 'mcp-runtime')]),
];

const volume = () =>
  areas({
    title: 'Tool Call Volume',
    description:
      'Tool calls per second by status. Denied calls were blocked by a guard and never left the agent.',
    unit: UNITS.callsPerSecond,
    queries: [{ expr: perSecond((question) => calls(['status'], question), CHOSEN), legend: '{{status}}' }],
    colours: STATUS_COLOURS,
    links: [BLOCKED_TRACES, ...ERROR_TRACES],
  });

const latency = () =>
  durations({
    title: 'Latency',
    description:
      'Tool calls by duration and time: the more calls fell into a bucket, the stronger its colour. Denied calls are left out.',
    unit: UNITS.count,
    expr: durationBuckets([], AROUND),
    links: [SLOW_TRACES],
  });

const quantiles = () =>
  lines({
    title: 'Latency: p50, p95, p99',
    description:
      'Half, 95 % and 99 % of the calls took no longer. Read from buckets: exact only at their bounds.',
    unit: UNITS.seconds,
    queries: [0.5, 0.95, 0.99].map((q) => ({ expr: durationQuantile(q, [], AROUND), legend: `p${q * 100}` })),
    colours: QUANTILES,
    thresholds: DURATION,
    dataLinks: [SLOW_TRACES],
  });

const securityEvents = () =>
  categories({
    title: 'Security Events',
    description:
      'Access denied, rate limits and budgets exceeded within the range that is shown, by guard. Blocked calls were stopped; observed ones went through because the policy, or the rule, only observes.',
    unit: UNITS.count,
    category: 'event',
    parts: {
      Blocked: denialsByGuard(WITHIN_RANGE, 'blocked'),
      Observed: denialsByGuard(WITHIN_RANGE, 'observed'),
    },
    colours: { Blocked: COLOUR.blocked, Observed: COLOUR.observed },
    dataLinks: { Blocked: [BLOCKED_TRACES], Observed: [OBSERVED_TRACES] },
  });

const BY_USER = ['user_id'] as const;
const mostCallsByUser = calls(BY_USER, WITHIN_RANGE);
const ofTopUsers = (column: string): string => ofTop(ROWS, mostCallsByUser, BY_USER, column);

const topUsers = () =>
  tableOf({
    title: 'Top Users',
    description: `The ${ROWS} users with the most tool calls within the range that is shown; "unknown" where the agent says no user.`,
    unit: UNITS.count,
    labels: [
      {
        label: 'user_id',
        title: 'User',
        links: [traces('Traces of this user', { tags: { 'user.id': CELL } })],
      },
    ],
    values: [
      { title: 'Calls', expr: top(ROWS, mostCallsByUser), bar: COLOUR.plain },
      countColumn('Errors', ofTopUsers(errors(BY_USER, WITHIN_RANGE)), COLOUR.error),
      countColumn('Denied', ofTopUsers(callsWithStatus('denied', BY_USER, WITHIN_RANGE)), COLOUR.denied),
    ],
    sortBy: 'Calls',
  });

const BY_TOOL = ['server_id', 'tool_name'] as const;
const mostCallsByTool = calls(BY_TOOL, WITHIN_RANGE);
const ofTopTools = (column: string): string => ofTop(ROWS, mostCallsByTool, BY_TOOL, column);

const topTools = () =>
  tableOf({
    title: 'Top Tools',
    description: `The ${ROWS} tools with the most calls within the range that is shown. The error ratio leaves denied calls out; a tool of which every call was denied has neither ratio nor duration.`,
    unit: UNITS.count,
    labels: [
      { label: 'server_id', title: 'Server' },
      {
        label: 'tool_name',
        title: 'Tool',
        links: [traces('Traces of this tool', { tags: { 'gen_ai.tool.name': CELL } })],
      },
    ],
    values: [
      { title: 'Calls', expr: top(ROWS, mostCallsByTool), bar: COLOUR.plain },
      {
        title: 'Error ratio',
        expr: ofTopTools(errorRatio(BY_TOOL, WITHIN_RANGE)),
        unit: UNITS.ratio,
        decimals: 1,
        steps: ERROR_RATIO,
        noValue: '–',
      },
      secondsColumn('p95', ofTopTools(durationQuantileWithin(0.95, BY_TOOL, WITHIN_RANGE))),
    ],
    sortBy: 'Calls',
  });

export const overview = (): Dashboard =>
  dashboard({
    uid: 'mcp-overview',
    title: 'MCP / Overview',
    description:
      'What agents do over MCP: how many calls, how many fail, how long they take, what guards deny, and who calls what.',
    refresh: '1m',
    from: 'now-6h',
    sections: [
      { lines: [{ height: 3, panels: numbers().map((panel) => [4, panel] as const) }] },
      {
        title: 'Calls and latency',
        lines: [
          {
            height: 9,
            panels: [
              [12, volume()],
              [12, errorRatePanel('Error Rate')],
            ],
          },
          {
            height: 9,
            panels: [
              [12, latency()],
              [12, quantiles()],
            ],
          },
        ],
      },
      {
        title: 'Guards',
        lines: [
          {
            height: 10,
            panels: [
              [10, securityEvents()],
              [14, securityEventsPanel('Security events over time')],
            ],
          },
        ],
      },
      {
        title: 'Who calls what',
        lines: [
          {
            height: 11,
            panels: [
              [10, topUsers()],
              [14, topTools()],
            ],
          },
        ],
      },
    ],
  });
