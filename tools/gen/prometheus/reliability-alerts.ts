/** Alerts for whoever runs the agents: calls that fail, are slow, or have no server to go to. */
import type { Severity } from '../../../src/core/severity';
import { grown } from '../promql/guard-queries';
import { RECORDS } from '../promql/records';
import { busiestHour, failedConnections, openedBreakers, ran1h, ranBy } from '../promql/rule-queries';
import type { Series } from '../promql/series';
import { above, DURATION, JOB, PERCENT, VALUE, withVolume, type AlertGroup, type AlertRule } from './alert';
import { HOSTS } from './host-alerts';
import { THRESHOLDS } from './thresholds';

const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(3))} %`;

const errorRate = (severity: 'medium' | 'high', about?: string): AlertRule => ({
  alert: 'HighErrorRate',
  severity,
  expression: withVolume(
    above(RECORDS.errorRatio5m.name, THRESHOLDS.errorRatio[severity]),
    ['job'],
    ranBy(['job']),
    THRESHOLDS.minimumCalls,
  ),
  for: '5m',
  summary: `High MCP error rate (${JOB})`,
  description: `Error rate is ${PERCENT} of the tool calls that ran in the last 5 minutes, above ${percent(THRESHOLDS.errorRatio[severity])}. Denied calls are not among them.`,
  dashboard: 'mcp-overview',
  ...(about !== undefined && { about }),
});

const budget = 1 - THRESHOLDS.successObjective;
const burned = (rate: number): number => Number((rate * budget).toPrecision(3));

interface Burn {
  readonly severity: Severity;
  readonly long: Series<'job'>;
  readonly short: Series<'job'>;
  readonly rate: number;
  readonly volume: string;
  readonly hours: number;
  readonly for: string;
  readonly about?: string;
}

const burn = ({ severity, long, short, rate, volume, hours, ...rest }: Burn): AlertRule => ({
  alert: 'McpErrorBudgetBurn',
  severity,
  expression: [
    above(long.name, burned(rate)),
    `and on (job) ${above(short.name, burned(rate))}`,
    `and on (job) ${volume} >= ${THRESHOLDS.minimumCalls}`,
  ].join('\n'),
  summary: `MCP calls use up their error budget (${JOB})`,
  description: `${PERCENT} of the tool calls of the last ${hours === 1 ? 'hour' : `${hours} hours`} failed, and it goes on. ${percent(THRESHOLDS.successObjective)} are to succeed: the errors are ${rate} times as many as allowed, or more.`,
  dashboard: 'mcp-overview',
  ...rest,
});

const latency = (severity: 'medium' | 'critical'): AlertRule => ({
  alert: 'McpToolLatencyHigh',
  severity,
  expression: withVolume(
    above(RECORDS.toolP95.name, THRESHOLDS.latencySeconds[severity]),
    ['job', 'tool_name'],
    ranBy(['job', 'tool_name']),
    THRESHOLDS.minimumCalls,
  ),
  for: '5m',
  summary: `Slow MCP tool {{ $labels.tool_name }} (${JOB})`,
  description: `One in twenty calls of {{ $labels.tool_name }} took longer than ${DURATION} in the last 5 minutes. Up to ${THRESHOLDS.latencySeconds[severity]}s is accepted.`,
  dashboard: 'mcp-runtime',
});

const ERRORS: readonly AlertRule[] = [
  errorRate('medium'),
  errorRate('high'),
  burn({
    severity: 'critical',
    long: RECORDS.errorRatio1h,
    short: RECORDS.errorRatio5m,
    rate: THRESHOLDS.burnRate.fast,
    volume: ran1h(),
    hours: 1,
    for: '2m',
    about:
      'Fast: the long window says that it matters, the short one that it goes on. Also finds agents whose bursts of calls are\ntoo rare for HighErrorRate.',
  }),
  burn({
    severity: 'medium',
    long: RECORDS.errorRatio6h,
    short: RECORDS.errorRatio30m,
    rate: THRESHOLDS.burnRate.slow,
    volume: busiestHour('6h'),
    hours: 6,
    for: '15m',
    about: 'Slow: too little for any other alert, but for hours.',
  }),
];

const SERVERS: readonly AlertRule[] = [
  {
    alert: 'McpCircuitBreakerOpen',
    severity: 'medium',
    expression: openedBreakers('5m'),
    for: '5m',
    summary: `The circuit breaker of an MCP server keeps opening (${JOB})`,
    description:
      'For more than 5 minutes calls to {{ $labels.server_id }} have been refused, but for a trial now and then, because too many failed before.',
    dashboard: 'mcp-security',
    about: 'A breaker is half open between two times open: five minutes bridge that.',
  },
  {
    alert: 'McpConnectionErrors',
    severity: 'medium',
    expression: above(`round(${failedConnections('15m')})`, THRESHOLDS.connectionErrors),
    summary: `MCP server {{ $labels.server_id }} cannot be reached (${JOB})`,
    description: `${VALUE} connections to {{ $labels.server_id }} could not be made in the last 15 minutes.`,
    dashboard: 'mcp-runtime',
  },
  {
    alert: 'McpLimitStoreErrors',
    severity: 'medium',
    expression: above(grown('storeErrors', ['job'], { window: '5m' }), 0),
    for: '5m',
    summary: `The store of shared MCP limits does not answer (${JOB})`,
    description: `${VALUE} times in the last 5 minutes Redis did not answer in time, and it has gone on for 5 minutes. What holds meanwhile is the policy's limits.store.redis.on_error: by default each process counts for itself.`,
    dashboard: 'mcp-security',
  },
];

export const RELIABILITY: AlertGroup = {
  alertClass: 'reliability',
  rules: [...ERRORS, latency('medium'), latency('critical'), ...SERVERS, ...HOSTS],
};
