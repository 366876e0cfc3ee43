'use strict';
/**
 * The OpenTelemetry SDK of the variants that need one, registered as an agent's own: real providers, a span processor
 * that does nothing but count, and a metric reader that nobody collects while calls are measured.
 */
const { createRequire } = require('node:module');

// The packages that sdk-node brings, so that floor, ours and peers share one copy and one line.
const fromSdkNode = createRequire(require.resolve('@opentelemetry/sdk-node'));
const { context, metrics, propagation, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = fromSdkNode('@opentelemetry/context-async-hooks');
const core = fromSdkNode('@opentelemetry/core');
const { AlwaysOffSampler, BasicTracerProvider } = fromSdkNode('@opentelemetry/sdk-trace-base');
const { MeterProvider, MetricReader } = fromSdkNode('@opentelemetry/sdk-metrics');

class CountingProcessor {
  ended = 0;
  onStart() {}
  onEnd() {
    this.ended += 1;
  }
  async forceFlush() {}
  async shutdown() {}
}

class IdleReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

/** Names of the metrics that were recorded, each with the number of its series and of its records. */
async function recorded(reader) {
  const { resourceMetrics } = await reader.collect();
  const named = {};
  for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
    const records = metric.dataPoints.reduce((sum, point) => sum + (point.value.count ?? point.value), 0);
    named[metric.descriptor.name] = { series: metric.dataPoints.length, records };
  }
  return named;
}

/** @returns the parts of a variant that report what the SDK saw */
function registerOpenTelemetry({ sampled = true } = {}) {
  const processor = new CountingProcessor();
  const reader = new IdleReader();
  const sampler = sampled ? undefined : new AlwaysOffSampler();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new core.CompositePropagator({
      propagators: [new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator()],
    }),
  );
  trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler, spanProcessors: [processor] }));
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return { spans: () => processor.ended, facts: async () => ({ metrics: await recorded(reader) }) };
}

module.exports = { registerOpenTelemetry };
