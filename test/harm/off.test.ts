/** Switched off in code, or for one context: no span, nothing injected, the wire as it is without us. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { context, createContextKey, trace } from '@opentelemetry/api';

import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';
import { MAJORS, connect, everyOutcome } from './support/outcomes';
import type { Major } from './support/outcomes';

const agent = startAgent();
const { instrumentation } = agent;

/** The key that `suppressTracing` of `@opentelemetry/core` uses: keys are `Symbol.for` symbols. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
const suppressed = context.active().setValue(SUPPRESSED, true);

interface Seen {
  readonly outcomes: string;
  readonly sent: readonly string[];
}

async function converse(major: Major): Promise<Seen> {
  const session = await connect(major);
  const outcomes = await everyOutcome(session);
  return { outcomes, sent: session.sent };
}

afterEach(() => instrumentation.setConfig({ enabled: true, ignoreMethods: [] }));

for (const major of MAJORS) {
  describe(`off, SDK ${major}`, () => {
    const bare = async (): Promise<Seen> => {
      instrumentation.disable();
      const seen = await converse(major);
      instrumentation.enable();
      await agent.reset();
      return seen;
    };

    it('(on: spans, and trace context on the wire)', async () => {
      await agent.reset();
      const { sent } = await converse(major);
      assert(agent.spans().length > 20);
      assert(sent.some((line) => line.includes('traceparent')));
    });

    it('in a context that suppresses tracing', async () => {
      const expected = await bare();
      const seen = await context.with(suppressed, () => converse(major));
      assert.deepEqual(seen, expected);
      assert.deepEqual(agent.spans(), []);
    });

    it('by enabled: false, patch in place', async () => {
      const expected = await bare();
      instrumentation.setConfig({ enabled: false });
      assert.deepEqual(await converse(major), expected);
      assert.deepEqual(agent.spans(), []);
    });

    it('by ignoreMethods, for these methods alone', async () => {
      const session = await connect(major);
      await agent.reset();
      instrumentation.setConfig({ ignoreMethods: ['tools/list'] });
      const from = session.sent.length;
      await session.client.listTools();
      assert.deepEqual(agent.spans(), []);
      assert.doesNotMatch(session.sent.slice(from).join(), /traceparent/);
      await session.client.ping();
      assert(agent.spans().length > 0);
      await session.close();
    });

    it('the agent’s own spans and context are not touched', async () => {
      const session = await connect(major);
      const tracer = trace.getTracer('agent');
      await tracer.startActiveSpan('mine', async (span) => {
        const before = context.active();
        const pending = session.callTool({ name: 'echo', arguments: {} });
        assert.equal(context.active(), before);
        await pending;
        assert.equal(context.active(), before);
        assert.equal(trace.getActiveSpan(), span);
        span.end();
      });
      await session.close();
    });
  });
}

/** A transport of plain data: everything else of it is on its prototype. It answers every request alike. */
function plainTransport(): PlainTransport {
  const result = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 's', version: '1' } };
  const behaviour = {
    start: () => Promise.resolve(),
    close: () => Promise.resolve(),
    send(this: PlainTransport, { id }: { id?: number }) {
      if (id !== undefined) this.onmessage?.({ jsonrpc: '2.0', id, result });
      return Promise.resolve();
    },
  };
  return Object.assign(Object.create(behaviour) as PlainTransport, { kept: { a: 1 } });
}

interface PlainTransport {
  kept: object;
  onmessage?: (message: unknown) => void;
}

it('what JSON and a structured clone make of a transport is the same', async () => {
  const look = async (): Promise<unknown> => {
    const transport = plainTransport();
    const client = v1.makeClient();
    await client.connect(transport as never);
    const own = Object.entries(transport);
    const data = own.filter(([, value]) => typeof value !== 'function');
    const seen = {
      json: JSON.stringify(transport),
      own: own.map(([key, value]) => [key, typeof value]),
      clone: structuredClone(Object.fromEntries(data)),
    };
    await client.close();
    return seen;
  };
  instrumentation.disable();
  const bare = await look();
  instrumentation.enable();
  assert.deepEqual(await look(), bare);
  assert.match(JSON.stringify(bare), /kept/);
});
