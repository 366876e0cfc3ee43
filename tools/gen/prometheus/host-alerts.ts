/** Alerts about the machines that agents run on, and about too few calls. */
import { RECORDS } from '../promql/records';
import type { Series } from '../promql/series';
import { above, JOB, PERCENT, VALUE, type AlertGroup, type AlertRule } from './alert';
import { THRESHOLDS } from './thresholds';

type Level = 'medium' | 'critical';
const LEVELS: readonly Level[] = ['medium', 'critical'];

interface Fullness {
  readonly alert: string;
  readonly utilisation: Series;
  readonly limits: Readonly<Record<Level, number>>;
  readonly summary: string;
  /** What is used, and of what: `of the processors of … are busy`. */
  readonly what: string;
}

const HOST = '{{ $labels.host }}';

const full = ({ alert, utilisation, limits, summary, what }: Fullness): AlertRule[] =>
  LEVELS.map((severity) => ({
    alert,
    severity,
    expression: above(utilisation.name, limits[severity]),
    for: '5m',
    summary,
    description: `${PERCENT} ${what}, for 5 minutes more than ${limits[severity] * 100} %.`,
    dashboard: 'mcp-runtime',
    ofNoAgent: true,
  }));

export const HOSTS: readonly AlertRule[] = [
  ...full({
    alert: 'McpHostCpuHigh',
    utilisation: RECORDS.hostCpu,
    limits: THRESHOLDS.hostCpu,
    summary: `The processors of ${HOST} are busy`,
    what: `of the processors of ${HOST} (${JOB}) are in use`,
  }),
  ...full({
    alert: 'McpHostMemoryHigh',
    utilisation: RECORDS.hostMemory,
    limits: THRESHOLDS.hostMemory,
    summary: `The memory of ${HOST} is nearly used up`,
    what: `of the memory of ${HOST} (${JOB}) is in use`,
  }),
  ...full({
    alert: 'McpHostDiskHigh',
    utilisation: RECORDS.hostDisk,
    limits: THRESHOLDS.hostDisk,
    summary: `{{ $labels.mountpoint }} of ${HOST} is nearly full`,
    what: `of the file system {{ $labels.mountpoint }} of ${HOST} (${JOB}) is in use`,
  }),
];

const throughput = (severity: Level): AlertRule => ({
  alert: 'McpThroughputLow',
  severity,
  expression: `${RECORDS.throughput5m.name}{job=~".+"} < ${THRESHOLDS.throughput[severity]}`,
  for: '5m',
  summary: `Few MCP calls (${JOB})`,
  description: `${VALUE} tool calls per second in the last 5 minutes, for 5 minutes fewer than ${THRESHOLDS.throughput[severity]}.`,
  dashboard: 'mcp-overview',
});

/** In a file of its own, which nothing loads by itself. */
export const THROUGHPUT: AlertGroup = { alertClass: 'reliability', rules: LEVELS.map(throughput) };
