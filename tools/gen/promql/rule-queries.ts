/** Questions that only recording rules and alerts ask: of recorded series, and about who is silent. */
import { DENIALS } from '../../../src/telemetry/error-types';
import { growthBy, quantile, ratio, select, sumBy, type Window } from './expressions';
import { RECORDS } from './records';
import { count, SERIES, type Series } from './series';

/** Calls that ran. */
const RAN = { status: '!="denied"' } as const;

/** Sum of a recorded series. */
export const sumOf = <Label extends string>(
  by: readonly NoInfer<Label>[],
  series: Series<Label>,
  where: Partial<Record<NoInfer<Label>, string>> = {},
): string => sumBy(by, select({ series, where }));

/** How many calls ran in the last five minutes, of a job or of each of its tools. */
export const ranBy = (by: readonly ('job' | 'tool_name')[]): string => {
  const isByTool = by.includes('tool_name');
  return isByTool ? sumOf([...by], RECORDS.toolCalls5m, RAN) : sumOf(['job'], RECORDS.calls5m, RAN);
};

/** How many calls ran in the last hour. */
export const ran1h = (): string => sumOf(['job'], RECORDS.calls1h, RAN);

/** How many calls ran in the busiest hour of the window. */
export const busiestHour = (window: Window): string =>
  sumBy(['job'], `max_over_time(${select({ series: RECORDS.calls1h, where: RAN }, `[${window}]`)})`);

export const errorRatio5m = (): string => ratio(RECORDS.errors5m.name, ranBy(['job']));

/** Calls per second, denied ones included. */
export const throughput5m = (): string => `${sumOf(['job'], RECORDS.calls5m)} / 300`;

export const availability5m = (): string => `1 - ${ratio(RECORDS.unavailable5m.name, ranBy(['job']))}`;

export const toolErrorRatio5m = (): string => ratio(RECORDS.toolErrors5m.name, ranBy(['job', 'tool_name']));

/**
 * Error ratio over a long window, from what is recorded of five minutes: a handful of series for each job, where the
 * counters themselves would be thousands with six hours of samples. Every event is in as many of the five-minute values as
 * every other, so the ratio does not depend on the interval of the rules.
 */
export const longErrorRatio = (window: Window): string => longRatio(RECORDS.errors5m, window);

export const longAvailability = (window: Window): string => `1 - ${longRatio(RECORDS.unavailable5m, window)}`;

function longRatio(part: Series, window: Window): string {
  const over = (series: Series, where = {}): string =>
    sumBy(['job'], `sum_over_time(${select({ series, where }, `[${window}]`)})`);
  return ratio(over(part), over(RECORDS.calls5m, RAN));
}

export const deniedRatio1h = (): string =>
  ratio(sumOf(['job'], RECORDS.calls1h, { status: '="denied"' }), RECORDS.allCalls1h.name);

/** From the recorded buckets. */
export const quantileOf = (q: number, by: readonly ('job' | 'tool_name')[]): string =>
  quantile(q, sumOf([...by, 'le'], RECORDS.toolBuckets5m));

const BY_PROCESS = ['job', 'instance'] as const;

/**
 * Processes whose tool calls ran in the window and that wrote no audit line; the value is the number of calls. They are taken
 * from the histogram: unlike the counter it has no series for each user.
 */
export function unaudited(window: Window, minimumCalls: number): string {
  const calls = growthBy(BY_PROCESS, { series: count(SERIES.toolCallDuration) }, window);
  const lines = growthBy(BY_PROCESS, { series: SERIES.auditRecords }, window);
  return `${calls} >= ${minimumCalls}\nand on (${BY_PROCESS.join(', ')})\n${lines} == 0`;
}

const denials = Object.keys(DENIALS).join('|');

/** Connections that could not be made within the window; a server that the policy denies is not among them. */
export const failedConnections = (window: Window): string =>
  growthBy(
    ['job', 'server_id'],
    { series: SERIES.connectionErrors, where: { error_type: `!~"${denials}"` } },
    window,
  );

/** Failures of this instrumentation within the window. Every alert has a label `component`, so that of the metric is `part`. */
export function internalErrors(window: Window): string {
  const failures = growthBy(['job', 'component'], { series: SERIES.internalErrors }, window);
  const renamed = `label_replace(${failures}, "part", "$1", "component", "(.*)")`;
  return sumBy(['job', 'part'], renamed);
}

/** Breakers that were open at some time of the window. */
export const openedBreakers = (window: Window): string =>
  `max by (job, server_id) (max_over_time(${select({ series: SERIES.breakerState }, `[${window}]`)})) == 2`;

/** Series in which the SDK put everything past its own limit: which tool, user or guard is lost. */
export const overflownSeries = (): string =>
  'count by (job) ({__name__=~"mcp.+", otel_metric_overflow="true"}) > 0';

/** Targets whose scrape fails: those of the shipped jobs, and whatever gave metrics of this package within the last hour. */
export function targetsDown(job: string): string {
  const known = `max by (job, instance) (last_over_time(${SERIES.activeConnections.name}[1h]))`;
  return `up == 0\nand on (job, instance) (\n  up{job=~"${job}"}\n  or on (job, instance) ${known}\n)`;
}

export const jobsDown = (job: string): string => `up{job=~"${job}"} == 0`;

/** For how many hours of the last day a job's metrics were there. One sample in five minutes, whatever the interval. */
const hoursOfTheDay = `count_over_time(${RECORDS.connections.name}[1d:5m]) / 12`;

/** Jobs that were there for `hours` of the last day and are gone; the value is how many hours they were there. */
export const silentJobs = (hours: number): string =>
  `(${hoursOfTheDay} >= ${hours})\nunless ${RECORDS.connections.name}`;

/** No job is left, though there was one for `hours` of the last day. */
export const nobodyLeft = (hours: number): string =>
  `absent(${RECORDS.connections.name})\nand on () (max(${hoursOfTheDay}) >= ${hours})`;
