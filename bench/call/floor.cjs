'use strict';
/**
 * The hand-written floors: what an engineer who wants one span and one histogram per call writes into the agent, with
 * the attributes that the MCP convention requires. Nothing here is of this package.
 */
const { context, metrics, propagation, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { registerOpenTelemetry } = require('./otel.cjs');
const { measure } = require('./workload.cjs');

const BOUNDARIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

/** The convention's attributes of a tool call; `gen_ai.operation.name` is `execute_tool` for every tool call. */
function attributesOf(tool) {
  return {
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': tool,
  };
}

/** Runs `work` inside a span and a duration record of a tool call. */
async function traced({ tracer, duration }, { kind, tool, parent }, work) {
  const attributes = attributesOf(tool);
  const span = tracer.startSpan(`tools/call ${tool}`, { kind, attributes }, parent);
  const started = performance.now();
  let errorType;
  try {
    const inside = trace.setSpan(parent, span);
    const result = await context.with(inside, work, undefined, inside);
    if (result.isError) errorType = 'tool_error';
    return result;
  } catch (error) {
    errorType = error.code === undefined ? '_OTHER' : String(error.code);
    throw error;
  } finally {
    if (errorType !== undefined) {
      attributes['error.type'] = errorType;
      span.setAttribute('error.type', errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    duration.record((performance.now() - started) / 1000, attributes);
    span.end();
  }
}

function instruments(metric) {
  const advice = { explicitBucketBoundaries: BOUNDARIES };
  const duration = metrics.getMeter('floor').createHistogram(metric, { unit: 's', advice });
  return { tracer: trace.getTracer('floor'), duration };
}

function clientCall(client, inject) {
  const telemetry = instruments('mcp.client.operation.duration');
  return (params) =>
    traced(telemetry, { kind: SpanKind.CLIENT, tool: params.name, parent: context.active() }, (inside) => {
      if (!inject) return client.callTool(params);
      const _meta = { ...params._meta };
      propagation.inject(inside, _meta);
      return client.callTool({ ...params, _meta });
    });
}

function serverHandler(handler) {
  const telemetry = instruments('mcp.server.operation.duration');
  return (args, extra) => {
    const parent = propagation.extract(context.active(), extra._meta ?? extra.mcpReq?._meta ?? {});
    return traced(telemetry, { kind: SpanKind.SERVER, tool: 'echo', parent }, () => handler(args, extra));
  };
}

/** Measures a floor: `inject` the context into `_meta`, also serve with a SERVER span (`server`), sample or not. */
function measureFloor({ inject = false, server = false, sampled = true } = {}) {
  const seen = registerOpenTelemetry({ sampled });
  measure({
    ...seen,
    call: (client) => clientCall(client, inject),
    ...(server && { wrapHandler: serverHandler }),
  });
}

module.exports = { measureFloor };
