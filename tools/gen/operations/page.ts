/** `docs/operations.md`: the prose of `page.md` beside this file, with the numbers and tables that are computed. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { GENERATED, table } from '../markdown';
import {
  HISTOGRAM_SERIES,
  loadOf,
  RATES,
  seriesOfAgent,
  TYPICAL,
  type AgentShape,
  type FleetLoad,
} from './arithmetic';
import { UNIT_COSTS as COSTS } from './unit-costs';
import { bytes, cores, many, milliseconds, percent, share } from './units';

/** The build has no `.md`: read from the sources. */
const TEXT = resolve(__dirname, '../../../..', 'tools/gen/operations/page.md');

const FLEETS = [100, 10_000, 1_000_000] as const;

export function operationsPage(): string {
  const text = readFileSync(TEXT, 'utf8').replaceAll('\r\n', '\n');
  const filled = text.replaceAll(/\{\{([\w.-]+)\}\}/g, (_all, name: string) => {
    const value = VALUES[name]?.();
    if (value === undefined) throw new Error(`page.md asks for {{${name}}}, which nobody computes`);
    return value;
  });
  return `${GENERATED('tools/gen/operations')}\n\n${filled}`;
}

const users = (count: number): AgentShape => ({ ...TYPICAL, users: count });

const VALUES: Readonly<Record<string, () => string>> = {
  'unit-costs': unitCosts,
  fleets,
  'series-by-users': seriesByUsers,
  'histogram-series': () => String(HISTOGRAM_SERIES),
  'redis-one': () => COSTS.redisMicrosecondsOneLimit.toFixed(0),
  'redis-ceiling': () => many(1e6 / COSTS.redisMicrosecondsTwoLimits / 2),
  'spans-per-core': () => many(1000 / COSTS.collectorCpuPer1000Spans),
  'masking-share': () => percent(1 - COSTS.collectorCpuPer1000SpansUnmasked / COSTS.collectorCpuPer1000Spans),
  'empty-share': () => share(COSTS.collectorCpuPer1000Spans / COSTS.collectorCpuPer1000SpansEmpty),
  'first-tier-spans-per-core': () => many(1000 / COSTS.collectorCpuPer1000SpansFirstTier),
  'shipped-spans': () => many(shippedSpansPerSecond()),
  'page-series': () => many(pageSeries()),
  'page-agents': () => many(pageSeries() / seriesOfAgent(TYPICAL)),
  'page-bytes': () => bytes(pageSeries() * COSTS.pageBytesPerSeries),
  'jaeger-traces': () => bytes(100_000 * 2 * COSTS.jaegerBytesPerSpan),
  'audit-agent-day': () => bytes(loadOf(1).auditBytesPerDay),
  'audit-agent-90': () => bytes(90 * loadOf(1).auditBytesPerDay),
  'disk-per-agent': () => bytes(loadOf(1).prometheusDiskBytesPerYear),
  'memory-per-agent': () => bytes(loadOf(1).prometheusMemoryBytes),
  'calls-every': () => String(1 / RATES.callsPerSecond),
  interval: () => String(RATES.metricIntervalSeconds),
  kept: () => percent(RATES.keptShare),
  wait: () => String(RATES.decisionWaitSeconds),
};

/** `MCP_MEMORY_LIMIT_MIB` of the shipped configuration: what fits into 80 % of it. */
function shippedSpansPerSecond(): number {
  const room = 0.8 * 512 * 2 ** 20 - COSTS.collectorIdleBytes;
  const seconds = RATES.decisionWaitSeconds * (1 - RATES.keptShare);
  return room / COSTS.collectorBytesPerWaitingSpan / seconds;
}

/** What one Collector can write in half of Prometheus' scrape timeout of 10 s, on one core. */
function pageSeries(): number {
  return (5 / COSTS.collectorCpuPer1000SeriesScraped) * 1000;
}

function seriesByUsers(): string {
  const rows = [1, 5, 50, 200].map((count) => [
    String(count),
    many(seriesOfAgent(users(count))),
    many(seriesOfAgent({ ...users(count), guards: 0 })),
  ]);
  return table(['users of one process', 'series', 'without a policy'], rows);
}

const per1000 = (key: keyof typeof COSTS): string => `${milliseconds(COSTS[key])} ms CPU per 1,000`;

function unitCosts(): string {
  const rows: string[][] = [
    ['CLIENT span of a call, OTLP (protobuf, not compressed)', bytes(COSTS.clientSpanBytes)],
    ['the same with the decision of eight guards as an event', bytes(COSTS.guardedSpanBytes)],
    ['the same, denied: a second event', bytes(COSTS.deniedSpanBytes)],
    ['SERVER span of a preloaded server', bytes(COSTS.serverSpanBytes)],
    ['request that carries spans: resource, scope, headers', bytes(COSTS.traceRequestBytes)],
    ['point of a counter or gauge, OTLP', bytes(COSTS.counterPointBytes)],
    ['point of a histogram, OTLP', bytes(COSTS.histogramPointBytes)],
    ['request that carries metrics', bytes(COSTS.metricRequestBytes)],
    ['series on a Prometheus page', bytes(COSTS.pageBytesPerSeries)],
    ['audit line of a call, `level: metadata`', bytes(COSTS.auditLineBytes)],
    ['Collector, shipped configuration: span', per1000('collectorCpuPer1000Spans')],
    ['the same without the redaction', per1000('collectorCpuPer1000SpansUnmasked')],
    ['Collector, first tier (redaction, load balancing): span', per1000('collectorCpuPer1000SpansFirstTier')],
    ['Collector that only receives: span', per1000('collectorCpuPer1000SpansEmpty')],
    [
      'Collector: span that waits for the decision about its trace',
      bytes(COSTS.collectorBytesPerWaitingSpan),
    ],
    ['Collector: point of metrics received', per1000('collectorCpuPer1000Points')],
    ['Collector: series written to its page', per1000('collectorCpuPer1000SeriesScraped')],
    ['Collector: series held', bytes(COSTS.collectorBytesPerSeries)],
    ['Prometheus 3.15: series in its head', bytes(COSTS.prometheusBytesPerSeries)],
    ['Prometheus: sample scraped', per1000('prometheusCpuPer1000Samples')],
    [
      'Prometheus: the recording rules, per series of `mcp_tool_calls_total`',
      `${milliseconds(COSTS.ruleCpuPerCallSeries)} ms CPU a minute`,
    ],
    ['Prometheus: sample on disk, index included', bytes(COSTS.prometheusBytesPerSample)],
    ['Jaeger, memory store: span', bytes(COSTS.jaegerBytesPerSpan)],
    ['Jaeger: span received', per1000('jaegerCpuPer1000Spans')],
    ['Redis: call with one shared limit', `${COSTS.redisMicrosecondsOneLimit.toFixed(0)} µs CPU`],
    ['Redis: call with two shared limits', `${COSTS.redisMicrosecondsTwoLimits.toFixed(0)} µs CPU`],
    ['Redis: the same, network in both directions', bytes(COSTS.redisBytesPerCall)],
    ['Redis: key (one per limit and user, tool, …)', bytes(COSTS.redisBytesPerKey)],
  ];
  return table(['what', 'cost'], rows);
}

const instances = (count: number): string => many(Math.ceil(count));

function fleets(): string {
  const loads = FLEETS.map((agents) => loadOf(agents));
  const row = (title: string, show: (load: FleetLoad) => string): string[] => [title, ...loads.map(show)];
  return table(
    ['', ...FLEETS.map((agents) => `${many(agents)} agents`)],
    [
      row('tool calls per second', ({ callsPerSecond }) => many(callsPerSecond)),
      row('spans per second', ({ spansPerSecond }) => many(spansPerSecond)),
      row('traces over OTLP, not compressed', ({ traceBytesPerSecond }) => `${bytes(traceBytesPerSecond)}/s`),
      row(
        'metrics over OTLP, not compressed',
        ({ metricBytesPerSecond }) => `${bytes(metricBytesPerSecond)}/s`,
      ),
      row('time series', ({ series }) => many(series)),
      row('samples per second', ({ samplesPerSecond }) => many(samplesPerSecond)),
      row('Collectors: busy cores, all together', ({ collectorCores }) => cores(collectorCores)),
      row('Collectors: memory of waiting spans', ({ collectorWaitingBytes }) => bytes(collectorWaitingBytes)),
      row('Collectors of the shipped memory limit, by their spans', ({ spansPerSecond }) =>
        instances(spansPerSecond / shippedSpansPerSecond()),
      ),
      row('Collectors, by the page that Prometheus scrapes', ({ series }) =>
        instances(series / pageSeries()),
      ),
      row('Prometheus: memory of the series', ({ prometheusMemoryBytes }) => bytes(prometheusMemoryBytes)),
      row('Prometheus: cores for scraping and the rules', ({ prometheusCores }) => cores(prometheusCores)),
      row('Prometheus: disk for a year', ({ prometheusDiskBytesPerYear }) =>
        bytes(prometheusDiskBytesPerYear),
      ),
      row('spans kept per second', ({ keptSpansPerSecond }) => many(keptSpansPerSecond)),
      row('kept spans per day, as OTLP', ({ keptBytesPerDay }) => bytes(keptBytesPerDay)),
      row('Redis: busy cores, two limits per call', ({ redisCores }) => cores(redisCores)),
      row('Redis: memory of the keys', ({ redisMemoryBytes }) => bytes(redisMemoryBytes)),
      row('audit lines per day, over all hosts', ({ auditBytesPerDay }) => bytes(auditBytesPerDay)),
    ],
  );
}
