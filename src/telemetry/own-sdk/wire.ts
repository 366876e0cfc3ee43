/**
 * The messages between the agent's thread and the export thread, and the telemetry items in the form in which they cross.
 *
 * The SDK's objects carry methods, which structured cloning drops; these are the same fields as plain data. The types name
 * only what both lines of the SDK (2.x and 3.x) have.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Attributes, HrTime, Link, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';
import type { PushExporter, Signal } from './configuration';

export interface ResourceLike {
  readonly attributes: Attributes;
  readonly schemaUrl?: string | undefined;
  readonly asyncAttributesPending?: boolean;
  waitForAsyncAttributes?(): Promise<void>;
}

export interface ScopeLike {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
}

export interface SpanLike {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly duration: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly (Link & { droppedAttributesCount?: number })[];
  readonly events: readonly object[];
  readonly resource: ResourceLike;
  readonly instrumentationScope: ScopeLike;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

export interface LogRecordLike {
  readonly hrTime: HrTime;
  readonly hrTimeObserved: HrTime;
  readonly spanContext?: SpanContext | undefined;
  readonly severityText?: string | undefined;
  readonly severityNumber?: number | undefined;
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly droppedAttributesCount: number;
  readonly resource: ResourceLike;
  readonly instrumentationScope: ScopeLike;
}

export interface PlainSpanContext extends Omit<SpanContext, 'traceState'> {
  readonly traceState?: string | undefined;
}

export interface PlainSpan extends Omit<
  SpanLike,
  'spanContext' | 'parentSpanContext' | 'links' | 'resource'
> {
  readonly context: PlainSpanContext;
  readonly parent: PlainSpanContext | undefined;
  readonly links: readonly (Omit<SpanLike['links'][number], 'context'> & { context: PlainSpanContext })[];
}

export interface PlainLogRecord extends Omit<LogRecordLike, 'spanContext' | 'resource'> {
  readonly context: PlainSpanContext | undefined;
}

export interface PlainResource {
  readonly attributes: Attributes;
  readonly schemaUrl: string | undefined;
}

/** What one export hands over: spans, log records, or the scopes of one metric collection. */
export interface ExportJob {
  readonly signal: Signal;
  /** Which of the signal's exporters; all of them share a batch of spans, each has its own metrics. */
  readonly exporters: readonly PushExporter[];
  readonly resource: PlainResource;
  readonly items: readonly unknown[];
  /** Spans, log records or metric points in it. */
  readonly count: number;
}

export type ToExportThread =
  | { readonly type: 'export'; readonly id: number; readonly job: ExportJob }
  /** The process ends: what comes from here on is sent without retries, all of it before `deadline` (Unix ms). */
  | { readonly type: 'exit'; readonly deadline: number };

export type FromExportThread =
  | { readonly type: 'done'; readonly id: number; readonly error: string | undefined }
  /** An exporter could not even be made. */
  | { readonly type: 'broken'; readonly error: string };

export type Exporters = Readonly<Record<Signal, readonly PushExporter[]>>;

export interface ExportThreadData {
  /** Those that will be needed, to be loaded at once. */
  readonly exporters: Exporters;
  /** Path of the sdk-node entry, from whose dependencies the exporters are taken. */
  readonly sdkNodePath: string;
  /** Element 0 counts the messages that the export thread has sent. */
  readonly answers: SharedArrayBuffer;
  /** Not the worker's own channel: on this one the agent's thread can also read while it is blocked. */
  readonly port: MessagePort;
}

function plainContext(context: SpanContext): PlainSpanContext {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceFlags: context.traceFlags,
    ...(context.isRemote === undefined ? {} : { isRemote: context.isRemote }),
    traceState: context.traceState?.serialize(),
  };
}

export function plainResource(resource: ResourceLike): PlainResource {
  return { attributes: resource.attributes, schemaUrl: resource.schemaUrl };
}

export function plainSpan(span: SpanLike): PlainSpan {
  return {
    name: span.name,
    kind: span.kind,
    context: plainContext(span.spanContext()),
    parent: span.parentSpanContext === undefined ? undefined : plainContext(span.parentSpanContext),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    status: span.status,
    attributes: span.attributes,
    links: span.links.map((link) => ({ ...link, context: plainContext(link.context) })),
    events: span.events,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

export function plainLogRecord(record: LogRecordLike): PlainLogRecord {
  return {
    hrTime: record.hrTime,
    hrTimeObserved: record.hrTimeObserved,
    context: record.spanContext === undefined ? undefined : plainContext(record.spanContext),
    severityText: record.severityText,
    severityNumber: record.severityNumber,
    body: record.body,
    eventName: record.eventName,
    attributes: record.attributes,
    droppedAttributesCount: record.droppedAttributesCount,
    instrumentationScope: record.instrumentationScope,
  };
}

function fullContext(context: PlainSpanContext): object {
  const text = context.traceState;
  // Exporters only serialize the trace state.
  return { ...context, traceState: text === undefined ? undefined : { serialize: () => text } };
}

/** In the export thread: the items of a job as the exporters expect them. */
export function exporterInput(job: ExportJob): unknown {
  const resource = { ...job.resource, asyncAttributesPending: false };
  if (job.signal === 'metrics') return { resource, scopeMetrics: job.items };
  if (job.signal === 'logs') {
    return (job.items as PlainLogRecord[]).map(({ context, ...record }) => ({
      ...record,
      resource,
      spanContext: context === undefined ? undefined : fullContext(context),
    }));
  }
  return (job.items as PlainSpan[]).map(({ context, parent, ...span }) => {
    const own = fullContext(context);
    return {
      ...span,
      ended: true,
      resource,
      spanContext: () => own,
      parentSpanContext: parent === undefined ? undefined : fullContext(parent),
      links: span.links.map((link) => ({ ...link, context: fullContext(link.context) })),
    };
  });
}
