import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { ProxyTracerProvider } from '@opentelemetry/api';
import { tracing } from '@opentelemetry/sdk-node';

import { leadsNowhere } from '../../src/telemetry/developer-tools';
import { NAME } from '../../src/version';

/** Named as Genkit’s own, which is all that can be told from outside. */
class TraceServerExporter extends tracing.InMemorySpanExporter {}

function provider(...exporters: tracing.SpanExporter[]): ProxyTracerProvider {
  const spanProcessors = exporters.map((exporter) => new tracing.SimpleSpanProcessor(exporter));
  const proxy = new ProxyTracerProvider();
  proxy.setDelegate(new tracing.BasicTracerProvider({ spanProcessors }));
  return proxy;
}

/** A filter of VoltAgent's shape. */
class SpanFilterProcessor extends tracing.NoopSpanProcessor {
  readonly allowedInstrumentationScopes: Set<string> | undefined;

  constructor(...allowed: string[]) {
    super();
    this.allowedInstrumentationScopes = allowed.length === 0 ? undefined : new Set(allowed);
  }
}

const filtering = (...spanProcessors: tracing.SpanProcessor[]) =>
  new tracing.BasicTracerProvider({ spanProcessors });

describe('a provider leads nowhere', () => {
  afterEach(() => {
    delete process.env['GENKIT_TELEMETRY_SERVER'];
    delete process.env['GENKIT_ENV'];
  });

  it('when all it has is the exporter of a developer tool that is not there', () => {
    assert.equal(leadsNowhere(provider(new TraceServerExporter())), true);
  });

  for (const [name, value] of [
    ['GENKIT_TELEMETRY_SERVER', 'http://localhost:4033'],
    ['GENKIT_ENV', 'dev'],
  ] as const) {
    it(`unless ${name} says that the tool is there`, () => {
      process.env[name] = value;
      assert.equal(leadsNowhere(provider(new TraceServerExporter())), false);
    });
  }

  it('unless it has another exporter too', () => {
    const exporters = [new TraceServerExporter(), new tracing.InMemorySpanExporter()];
    assert.equal(leadsNowhere(provider(...exporters)), false);
  });

  it('when every processor has a filter that keeps our spans out', () => {
    const filter = new SpanFilterProcessor('@voltagent/core');
    assert.equal(leadsNowhere(filtering(filter, filter)), true);
    assert.equal(leadsNowhere(filtering(filter, new tracing.NoopSpanProcessor())), false);
    assert.equal(leadsNowhere(filtering(new SpanFilterProcessor('@voltagent/core', NAME))), false);
    assert.equal(leadsNowhere(filtering(new SpanFilterProcessor())), false);
  });

  it('not when it is one that cannot be looked into', () => {
    assert.equal(leadsNowhere(provider()), false);
    assert.equal(leadsNowhere(new ProxyTracerProvider()), false);
    assert.equal(leadsNowhere({ getTracer: () => assert.fail() }), false);
  });
});
