/** Acceptance row TEL-08, last part: with no SDK registered nothing is injected, nothing is thrown, no span is made. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { ProxyTracerProvider, context, metrics, propagation, trace } from '@opentelemetry/api';

import { instrument } from '../../src/index';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

process.env['OTEL_MCP_SDK'] = 'off';

interface AnyPair {
  readonly client: { callTool(params: { name: string; _meta?: object }): Promise<unknown> };
  readonly close: () => Promise<void>;
}
const MAJORS: Readonly<Record<string, () => Promise<AnyPair>>> = {
  'SDK 1.x': () => v1.connectPair() as Promise<AnyPair>,
  'SDK v2': () => v2.connectPair() as Promise<AnyPair>,
  'SDK v2, protocol 2026-07-28': () => v2.connectModern(() => v2.makeServer()) as Promise<AnyPair>,
};

before(() => {
  instrument({ Client: v1.Client, Server: v1.Server });
  instrument({ Client: v2.Client, Server: v2.Server });
});

for (const [name, connect] of Object.entries(MAJORS)) {
  it(`TEL-08: ${name}: the server sees the caller’s own _meta and nothing else`, async () => {
    const pair = await connect();
    const ask = async (meta?: object) => {
      const result = await pair.client.callTool({
        name: 'whoami',
        ...(meta === undefined ? {} : { _meta: meta }),
      });
      const seen = JSON.parse((result as { content: { text: string }[] }).content[0]?.text ?? '') as object;
      return Object.keys(seen).filter((key) => !key.startsWith('io.modelcontextprotocol/'));
    };
    assert.deepEqual(await ask(), []);
    assert.deepEqual(await ask({ own: 1, traceparent: 'untouched' }), ['own', 'traceparent']);
    await assert.rejects(pair.client.callTool({ name: 'throw' }));
    await pair.close();
  });
}

describe('the process', () => {
  it('TEL-08: has no provider, no context manager and no propagator of ours', () => {
    const provider = trace.getTracerProvider();
    assert.ok(provider instanceof ProxyTracerProvider);
    assert.equal(provider.getDelegateTracer('x'), undefined);
    assert.deepEqual(propagation.fields(), []);
    assert.equal(metrics.getMeterProvider().constructor.name, 'NoopMeterProvider');
    const key = Symbol('key');
    assert.equal(
      context.with(context.active().setValue(key, 1), () => context.active().getValue(key)),
      undefined,
    );
  });
});
