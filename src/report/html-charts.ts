/** The four charts of a report. */
import { chartHtml, type Chart, type Slot } from './charts';
import type { Report } from './model';
import type { SeriesPoint } from './series';
import { count, counted, moment, percent, time, visible } from './show';
import { share } from './tally';

const MOST_GUARDS = 6;
const MOST_SLOTS = 400;
/** Times so far apart are told apart by the powers of ten between them. */
const LOGARITHMIC_FROM = 30;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function chartsHtml(report: Report): string {
  const frame = timeFrame(report);
  return [volume(report, frame), errorRate(report, frame), latency(report, frame), denials(report, frame)]
    .map(chartHtml)
    .join('\n');
}

/** Every bucket of the span, with those in which nothing happened. */
interface Frame {
  readonly points: readonly { readonly time: string; readonly point: SeriesPoint | undefined }[];
  readonly times: readonly string[];
  /** `15 minutes` */
  readonly bucket: string;
}

function timeFrame({ series: { points, bucket_seconds } }: Report): Frame {
  const step = bucket_seconds * 1_000;
  const byTime = new Map(points.map((point) => [Date.parse(point.time), point]));
  const [first, last] = [Date.parse(points[0]?.time ?? ''), Date.parse(points.at(-1)?.time ?? '')];
  const all: Frame['points'][number][] = [];
  for (let at = first; at <= last && all.length < MOST_SLOTS; at += step) {
    all.push({ time: new Date(at).toISOString(), point: byTime.get(at) });
  }
  const isLong = last - first > 4 * 86_400_000;
  return {
    points: all,
    times: all.map((slot) => axisTime(slot.time, isLong)),
    bucket: lengthOf(bucket_seconds),
  };
}

function axisTime(iso: string, isLong: boolean): string {
  const date = new Date(iso);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]!}`;
  return isLong ? day : `${day} ${iso.slice(11, 16)}`;
}

function lengthOf(seconds: number): string {
  if (seconds % 86_400 === 0) return seconds === 86_400 ? 'a day' : `${seconds / 86_400} days`;
  if (seconds % 3_600 === 0) return seconds === 3_600 ? 'an hour' : `${seconds / 3_600} hours`;
  return seconds === 60 ? 'a minute' : `${seconds / 60} minutes`;
}

function volume({ tool_call_stats: stats }: Report, { points, times, bucket }: Frame): Chart {
  return {
    id: 'chart-volume',
    title: 'Tool calls',
    summary: `${counted(stats.total_calls, 'call')}: ${count(stats.successful)} successful, ${count(stats.failed)} failed, ${count(stats.denied)} denied; a bar is ${bucket}.`,
    kind: 'bars',
    series: [
      { name: 'successful', style: 's-ok' },
      { name: 'failed', style: 's-bad' },
      { name: 'denied', style: 's-denied' },
    ],
    slots: points.map(({ time: from, point }) => {
      const values = [point?.successful ?? 0, point?.failed ?? 0, point?.denied ?? 0];
      return {
        title: `${moment(from)}: ${count(values[0]!)} successful, ${count(values[1]!)} failed, ${count(values[2]!)} denied`,
        values,
      };
    }),
    times,
    format: short,
    emptyText: 'No tool call in this period.',
  };
}

function errorRate({ tool_call_stats: stats, thresholds }: Report, { points, times }: Frame): Chart {
  const slots = points.map(({ time: from, point }): Slot => {
    const rate = point === undefined ? null : share(point.failed, point.successful + point.failed);
    return { title: `${moment(from)}: ${percent(rate)}`, values: [rate === null ? null : rate * 100] };
  });
  return {
    id: 'chart-errors',
    title: 'Error rate',
    summary: `${percent(stats.error_rate)} of the calls that were not denied failed; at most ${percent(largestOf(slots) / 100)} in one point of the line.`,
    kind: 'lines',
    series: [{ name: 'error rate', style: 's-bad' }],
    slots,
    times,
    format: (value) => `${Number(value.toFixed(2))} %`,
    limit: { value: thresholds.error_percent, name: `alert above ${thresholds.error_percent} % in an hour` },
    emptyText: 'No call failed in this period.',
  };
}

function latency({ tool_call_stats: stats }: Report, { points, times }: Frame): Chart {
  const slots = points.map(({ time: from, point }): Slot => {
    const values = [
      point?.p50_latency_ms ?? null,
      point?.p95_latency_ms ?? null,
      point?.p99_latency_ms ?? null,
    ];
    return {
      title: `${moment(from)}: p50 ${time(values[0]!)}, p95 ${time(values[1]!)}, p99 ${time(values[2]!)}`,
      values,
    };
  });
  const all = slots.flatMap(({ values }) => values).filter((value) => value !== null && value > 0);
  const isLogarithmic =
    Math.max(...all.map(Number), 0) > LOGARITHMIC_FROM * Math.min(...all.map(Number), Infinity);
  return {
    id: 'chart-latency',
    title: 'Latency',
    summary: `Half of the calls took no more than ${time(stats.p50_latency_ms)}, 95 % no more than ${time(stats.p95_latency_ms)}, 99 % no more than ${time(stats.p99_latency_ms)}${isLogarithmic ? '; logarithmic axis' : ''}.`,
    kind: 'lines',
    series: [
      { name: 'p50', style: 's-p50' },
      { name: 'p95', style: 's-p95' },
      { name: 'p99', style: 's-p99' },
    ],
    slots,
    times,
    format: time,
    isLogarithmic,
    emptyText: 'No call with a latency in this period.',
  };
}

function denials(report: Report, { points, times, bucket }: Frame): Chart {
  const guards = guardsOf(points);
  const shown = guards.slice(0, guards.length > MOST_GUARDS ? MOST_GUARDS - 1 : MOST_GUARDS);
  const hasOthers = guards.length > shown.length;
  const blocked = Object.values(report.security_events).reduce((sum, event) => sum + event.blocked, 0);
  return {
    id: 'chart-denials',
    title: 'Security events by guard',
    summary: `${counted(blocked, 'denial')}, and ${count(report.would_be_denials.count)} observed that would have been; a bar is ${bucket}.`,
    kind: 'bars',
    series: [
      ...shown.map((name, index) => ({ name: visible(name), style: `s-guard-${index}` })),
      ...(hasOthers ? [{ name: 'others', style: 's-others' }] : []),
    ],
    slots: points.map(({ time: from, point }) => {
      const all = point?.denials ?? [];
      const of = (name: string): number => all.find(({ guard }) => guard === name)?.count ?? 0;
      const others = all.reduce((sum, row) => (shown.includes(row.guard) ? sum : sum + row.count), 0);
      const parts = all.map((row) => `${visible(row.guard)} ${count(row.count)}`);
      return {
        title: `${moment(from)}: ${parts.length === 0 ? 'none' : parts.join(', ')}`,
        values: [...shown.map(of), ...(hasOthers ? [others] : [])],
      };
    }),
    times,
    format: short,
    emptyText: 'No guard denied anything in this period.',
  };
}

/** The busiest first. */
function guardsOf(points: Frame['points']): string[] {
  const totals = new Map<string, number>();
  for (const { point } of points) {
    for (const { guard, count: number } of point?.denials ?? []) {
      totals.set(guard, (totals.get(guard) ?? 0) + number);
    }
  }
  return [...totals].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([guard]) => guard);
}

function largestOf(slots: readonly Slot[]): number {
  return slots.reduce((most, { values }) => Math.max(most, ...values.map((value) => value ?? 0)), 0);
}

/** On an axis: `12k` */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return value >= 1e4 ? `${Number((value / 1e3).toFixed(1))}k` : String(Number(value.toFixed(2)));
}
