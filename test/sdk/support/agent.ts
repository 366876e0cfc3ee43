/**
 * An agent's own OpenTelemetry SDK in memory, and our instrumentation given to it as a user would give it.
 *
 * One per test file: each file runs in a process of its own.
 */
import type { Attributes, HrTime, Link } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { NodeSDK, metrics } from '@opentelemetry/sdk-node';
import type { logs, tracing } from '@opentelemetry/sdk-node';

import { McpInstrumentation, instrument } from '../../../src/index';
import type { McpInstrumentationConfig } from '../../../src/index';
import * as v1 from './v1';
import * as v2 from './v2';

/** What the tests read of a finished span. */
export interface Span {
  readonly name: string;
  readonly kind: 'CLIENT' | 'SERVER' | 'INTERNAL';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly status: 'UNSET' | 'OK' | 'ERROR';
  readonly message: string | undefined;
  readonly attributes: Attributes;
  readonly links: readonly string[];
  readonly events: readonly { name: string; attributes: Attributes }[];
  /** Milliseconds. */
  readonly duration: number;
  readonly scope: string;
}

export interface Histogram {
  readonly boundaries: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** One series of one metric, as collected. */
export interface Point {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly attributes: Attributes;
  /** Counters: the increase since the last reset. Observable up-down counters: the value. */
  readonly value: number;
  /** Histograms: what was recorded since the last reset. */
  readonly histogram: Histogram | undefined;
}

const { AggregationTemporality, InstrumentType } = metrics;

/** Increases since the last collection for what is counted; the current value for up-down counters. */
class Reader extends metrics.MetricReader {
  constructor() {
    super({
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
          ? AggregationTemporality.CUMULATIVE
          : AggregationTemporality.DELTA,
    });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export interface Agent {
  readonly instrumentation: McpInstrumentation;
  /** Every span that has ended since the last {@link Agent.reset}, in the order in which they ended. */
  spans(): Span[];
  /** The one span of that name (and kind); fails when there is none or more than one. */
  span(name: string, kind?: Span['kind']): Span;
  logs(): readonly {
    eventName: string | undefined;
    severity: number;
    attributes: Attributes;
    spanId?: string;
  }[];
  /** What was recorded since the last {@link Agent.reset}, all metrics or those of one name. */
  collect(name?: string): Promise<Point[]>;
  /** Forgets spans, logs and metrics so far. */
  reset(): Promise<void>;
}

const MILLISECONDS = (time: HrTime): number => time[0] * 1_000 + time[1] / 1e6;

function plain(span: tracing.ReadableSpan): Span {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: SpanKind[span.kind] as Span['kind'],
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    status: SpanStatusCode[span.status.code] as Span['status'],
    message: span.status.message,
    attributes: span.attributes,
    links: span.links.map((link: Link) => link.context.spanId),
    events: span.events.map(({ name, attributes }) => ({ name, attributes: attributes ?? {} })),
    duration: MILLISECONDS(span.duration),
    scope: `${span.instrumentationScope.name}@${span.instrumentationScope.version}`,
  };
}

function points(data: metrics.ResourceMetrics): Point[] {
  const all = data.scopeMetrics.flatMap(({ metrics: list }) => list);
  const collected = all.flatMap(({ descriptor, dataPoints, ...metric }) =>
    dataPoints.map((point) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      description: descriptor.description,
      attributes: point.attributes,
      value: typeof point.value === 'number' ? point.value : Number.NaN,
      histogram: typeof point.value === 'number' ? undefined : histogram(point.value as never),
      unchanged: 'isMonotonic' in metric && metric.isMonotonic && point.value === 0,
    })),
  );
  return collected.filter(({ unchanged }) => !unchanged).map(({ unchanged: _, ...point }) => point);
}

/** Adds an increase to what was collected before. */
function addPoint(collected: Map<string, Point>, point: Point): void {
  const key = JSON.stringify([point.name, point.attributes]);
  const before = point.name === 'mcp.active_connections' ? undefined : collected.get(key);
  collected.set(key, before === undefined ? point : sumOf(before, point));
}

function sumOf(before: Point, point: Point): Point {
  const [one, other] = [before.histogram, point.histogram];
  if (one === undefined || other === undefined) return { ...point, value: before.value + point.value };
  const counts = other.counts.map((count, bucket) => count + (one.counts[bucket] ?? 0));
  const sums = { counts, sum: one.sum + other.sum, count: one.count + other.count };
  return { ...point, histogram: { ...other, ...sums } };
}

function histogram(value: {
  buckets: { boundaries: number[]; counts: number[] };
  sum: number;
  count: number;
}): Histogram {
  return { ...value.buckets, sum: value.sum, count: value.count };
}

/** Starts the SDK and instruments both majors of the MCP SDK. */
export function startAgent(config: McpInstrumentationConfig = {}): Agent {
  const ended: tracing.ReadableSpan[] = [];
  const records: logs.ReadableLogRecord[] = [];
  const collected = new Map<string, Point>();
  const reader = new Reader();
  const instrumentation = new McpInstrumentation(config);
  const sdk = new NodeSDK({
    autoDetectResources: false,
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span: tracing.ReadableSpan) => void ended.push(span),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
    metricReaders: [reader],
    logRecordProcessors: [
      {
        onEmit: (record: logs.SdkLogRecord) => void records.push(record),
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
    instrumentations: [instrumentation],
  });
  sdk.start();
  instrument({ Client: v1.Client, Server: v1.Server });
  instrument({ Client: v2.Client, Server: v2.Server });

  const spans = () => ended.map(plain);
  const agent: Agent = {
    instrumentation,
    spans,
    span(name, kind) {
      const found = spans().filter((span) => span.name === name && (kind ?? span.kind) === span.kind);
      const [only] = found;
      if (only === undefined || found.length > 1) {
        const all = spans().map((span) => `${span.kind} ${span.name}`);
        throw new Error(`${found.length} spans ${kind ?? ''} '${name}' among: ${all.join(' | ')}`);
      }
      return only;
    },
    logs: () =>
      records.map((record) => ({
        eventName: record.eventName,
        severity: record.severityNumber ?? 0,
        attributes: record.attributes as Attributes,
        ...(record.spanContext === undefined ? {} : { spanId: record.spanContext.spanId }),
      })),
    async collect(name) {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors, 'collection failed');
      for (const point of points(resourceMetrics)) addPoint(collected, point);
      const all = [...collected.values()];
      return name === undefined ? all : all.filter((point) => point.name === name);
    },
    async reset() {
      await reader.collect();
      collected.clear();
      ended.length = 0;
      records.length = 0;
    },
  };
  return agent;
}
