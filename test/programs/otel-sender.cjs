/**
 * A program with an OpenTelemetry SDK of its own and no MCP: sends one trace and two metrics, then ends.
 * By hand: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_METRICS_EXPORTER=otlp node test/programs/otel-sender.cjs
 */
'use strict';
const { metrics, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { NodeSDK } = require('@opentelemetry/sdk-node');

async function main() {
  const sdk = new NodeSDK({ serviceName: 'sender' });
  sdk.start();
  const tracer = trace.getTracer('sender-scope', '1.2.3');
  tracer.startActiveSpan('outer', { kind: SpanKind.SERVER }, (outer) => {
    const inner = tracer.startSpan('inner', {
      attributes: { text: 'a', whole: 7, broken: 1.5, yes: true, many: ['x', 'y'] },
      links: [{ context: outer.spanContext(), attributes: { why: 'because' } }],
    });
    inner.addEvent('happened', { at: 'once' });
    inner.setStatus({ code: SpanStatusCode.ERROR, message: 'went wrong' });
    inner.end();
    outer.end();
  });
  const meter = metrics.getMeter('sender-scope', '1.2.3');
  meter.createCounter('things', { unit: '{thing}', description: 'Things.' }).add(3, { colour: 'red' });
  const histogram = meter.createHistogram('waited', {
    unit: 's',
    advice: { explicitBucketBoundaries: [1, 10] },
  });
  histogram.record(0.5);
  histogram.record(5);
  await sdk.shutdown();
}

void main();
