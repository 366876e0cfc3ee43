/**
 * The agent of memory-agent.cjs with an OpenTelemetry SDK of its own. EXPORTERS=none registers a tracer provider that sends
 * nothing; EXPORTERS=all one with exporters of traces and metrics; EXPORTERS=otlp one as the environment says.
 * By hand: EXPORTERS=all node --require opentelemetry-instrumentation-mcp/register test/cli/programs/own-sdk-agent.cjs
 */
'use strict';
const { NodeSDK, metrics, tracing, node } = require('@opentelemetry/sdk-node');

if (process.env.EXPORTERS === 'none') new node.NodeTracerProvider().register();
else if (process.env.EXPORTERS === 'otlp') new NodeSDK().start();
else {
  new NodeSDK({
    spanProcessors: [new tracing.SimpleSpanProcessor(new tracing.InMemorySpanExporter())],
    metricReaders: [
      new metrics.PeriodicExportingMetricReader({
        exporter: new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE),
      }),
    ],
  }).start();
}
require('./memory-agent.cjs');
