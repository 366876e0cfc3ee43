/** The span of one call: CLIENT for what this party sends, SERVER for what it receives. */
import type { Attributes, Context, Link, Span } from '@opentelemetry/api';

import type { CallRecord, Decision, McpCall, TraceIds } from '../core/call';
import { safely } from '../core/safe';
import { api } from './api';
import { endAttributes, spanName, startAttributes } from './attributes';
import type { TelemetrySettings } from './config';
import { argumentAttributes, resultAttributes } from './content';
import { activeContext, isSuppressed, withContext } from './context';
import { OUTCOME_ATTRIBUTE, outcomeOfDecisions, recordDecisionEvents } from './decisions';
import { recordException } from './exceptions';
import { aboutCall } from './decision-metrics';
import type { CallMetrics } from './metrics';
import { extractFromMeta, injectIntoMeta } from './propagation';
import type { Sinks } from './providers';
import { ATTR, EXECUTE_TOOL } from './semconv';

type Params = McpCall['params'];

/** Begins the telemetry of a call: its span unless tracing is suppressed, or an outer span is enriched. */
export function startCallSpan(
  call: McpCall,
  sinks: Sinks,
  settings: TelemetrySettings,
  metrics: CallMetrics,
): CallSpan {
  const ambient = activeContext();
  if (sinks.tracer === undefined || isSuppressed(ambient)) {
    return new CallSpan(call, sinks, settings, metrics, ambient, undefined, !isSuppressed(ambient));
  }
  const attributes = startAttributes(call, settings.userLabel);
  if (settings.captureContent) Object.assign(attributes, argumentAttributes(call));
  const outer = settings.enrichExecuteTool ? outerToolSpan(call, ambient) : undefined;
  if (outer !== undefined) {
    outer.setAttributes(attributes);
    return new CallSpan(call, sinks, settings, metrics, ambient, outer, true, false);
  }
  const { parent, links } = parentOf(call, ambient, sinks);
  const { SpanKind, trace } = api();
  const kind = call.direction === 'outgoing' ? SpanKind.CLIENT : SpanKind.SERVER;
  const span = sinks.tracer.startSpan(spanName(call), { kind, attributes, links }, parent);
  const context = trace.setSpan(parent, span);
  return new CallSpan(call, sinks, settings, metrics, context, span, true);
}

export class CallSpan {
  constructor(
    private readonly call: McpCall,
    private readonly sinks: Sinks,
    private readonly settings: TelemetrySettings,
    private readonly metrics: CallMetrics,
    private readonly context: Context,
    private readonly span: Span | undefined,
    private readonly propagates: boolean,
    private readonly endsSpan = true,
  ) {
    if (span !== undefined && settings.requestHook !== undefined) {
      safely('request-hook', () => settings.requestHook?.(span, call));
    }
  }

  /** Ids of the span that records the call. */
  ids(): TraceIds | undefined {
    return this.span?.spanContext();
  }

  /** Runs `work` with the call's span as the active one. */
  run<T>(work: () => T): T {
    return this.span === undefined ? work() : withContext(this.context, work);
  }

  inject(params: Params): Params {
    const { propagator } = this.sinks;
    const { propagate = 'all' } = this.call.session;
    if (!this.propagates || propagator === undefined || propagate === 'none') return params;
    return injectIntoMeta(propagator, this.context, params, propagate);
  }

  /** @param seconds - that the guards took to decide, waiting for a store left out */
  guardsTook(seconds: number): void {
    const duration = this.sinks.instruments?.guards().guardDuration;
    duration?.record(seconds, duration.series('', {}), this.context);
  }

  /** Guards have decided: events on the span, and counts. Called at most once per stage, before the call ends. */
  decided(decisions: readonly Decision[]): void {
    const { span, sinks, settings } = this;
    if (decisions.length === 0) return;
    const targets = { span, context: this.context, logger: sinks.logger };
    recordDecisionEvents(decisions, settings.policy, settings.decisionEvents, targets);
    if (sinks.instruments !== undefined) {
      const about = aboutCall(this.call);
      this.metrics.recordDecisions(sinks.instruments, about, decisions, settings.userLabel);
    }
  }

  end(record: CallRecord): void {
    const { span, sinks } = this;
    if (sinks.instruments !== undefined) {
      this.metrics.recordCall(sinks.instruments, record, this.settings.userLabel, this.context);
    }
    if (record.outcome.exception !== undefined && record.outcome.status !== 'denied') {
      recordException(this.call, record.outcome.exception, this.settings.exceptions, {
        span,
        context: this.context,
        logger: sinks.logger,
      });
    }
    if (span === undefined) return;
    if (span.isRecording()) this.describe(span, record);
    if (this.settings.responseHook !== undefined) {
      safely('response-hook', () => this.settings.responseHook?.(span, record));
    }
    if (this.endsSpan) span.end();
  }

  private describe(span: Span, { call, outcome, decisions }: CallRecord): void {
    const attributes: Attributes = endAttributes(call, outcome);
    const action = outcomeOfDecisions(decisions);
    if (action !== undefined) attributes[OUTCOME_ATTRIBUTE] = action;
    if (this.settings.captureContent) Object.assign(attributes, resultAttributes(call, outcome));
    span.setAttributes(attributes);
    if (outcome.errorType === undefined) return;
    const code = api().SpanStatusCode.ERROR;
    const { message } = outcome;
    span.setStatus(message ? { code, message } : { code });
  }
}

interface Relations {
  readonly parent: Context;
  readonly links: Link[];
}

/** An outgoing call's parent is what is active; an incoming one's is what the peer sent, with a link to the former. */
function parentOf(call: McpCall, active: Context, sinks: Sinks): Relations {
  return call.direction === 'outgoing'
    ? outgoingParent(call, active, sinks)
    : incomingParent(call, active, sinks);
}

/**
 * A caller may bring a trace context of its own in `_meta`, as Mastra's option `traceContext` does. What goes out in its
 * place is this span's, so this span carries that trace on: as its child where no span is active, else by a link.
 */
function outgoingParent({ params }: McpCall, active: Context, { propagator }: Sinks): Relations {
  const { ROOT_CONTEXT, isSpanContextValid, trace } = api();
  const brought =
    propagator === undefined || params?.['_meta'] === undefined
      ? undefined
      : trace.getSpanContext(extractFromMeta(propagator, ROOT_CONTEXT, params));
  if (brought === undefined || !isSpanContextValid(brought)) return { parent: active, links: [] };
  const around = trace.getSpanContext(active);
  if (around === undefined || !isSpanContextValid(around)) {
    return { parent: trace.setSpanContext(active, brought), links: [] };
  }
  return { parent: active, links: around.traceId === brought.traceId ? [] : [{ context: brought }] };
}

function incomingParent(call: McpCall, active: Context, { propagator }: Sinks): Relations {
  const { trace, isSpanContextValid } = api();
  const ambient = withoutEndedSpan(active);
  const extracted = propagator === undefined ? ambient : extractFromMeta(propagator, ambient, call.params);
  const remote = trace.getSpanContext(extracted);
  const around = trace.getSpanContext(ambient);
  // In memory a message is delivered inside its sender's span: what is around is the parent itself.
  const isApart = around !== undefined && around.spanId !== remote?.spanId;
  const hasRemote = remote !== undefined && isSpanContextValid(remote);
  return { parent: extracted, links: hasRemote && isApart ? [{ context: around }] : [] };
}

/**
 * Messages arrive in the asynchronous context in which their stream was opened: that of a call long over, as often as
 * not. A sampled span that records no more has ended, and is nobody's parent.
 */
function withoutEndedSpan(context: Context): Context {
  const { trace, TraceFlags } = api();
  const span = trace.getSpan(context);
  if (span === undefined || span.isRecording()) return context;
  const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  return isSampled && span.spanContext().isRemote !== true ? trace.deleteSpan(context) : context;
}

/**
 * The active span, when an outer instrumentation already traces this very tool execution. SDK spans show name and
 * attributes at run time, not in the API's types. The name alone tells where a framework sets the attributes only once
 * the tool has answered (Google ADK).
 */
function outerToolSpan(call: McpCall, ambient: Context): Span | undefined {
  if (call.method !== 'tools/call' || call.direction !== 'outgoing') return undefined;
  const outer: ReadableSpan | undefined = api().trace.getSpan(ambient);
  if (outer === undefined || !outer.isRecording()) return undefined;
  const { attributes = {}, name = '' } = outer;
  const named = name.startsWith(OUTER_NAME) ? name.slice(OUTER_NAME.length) : undefined;
  const operation = attributes[ATTR.OPERATION_NAME] ?? (named === undefined ? undefined : EXECUTE_TOOL);
  const tool = attributes[ATTR.TOOL_NAME] ?? named;
  const isSame = operation === EXECUTE_TOOL && (tool === undefined || tool === call.target?.name);
  return isSame ? outer : undefined;
}

type ReadableSpan = Span & { readonly name?: string; readonly attributes?: Attributes };
const OUTER_NAME = `${EXECUTE_TOOL} `;
