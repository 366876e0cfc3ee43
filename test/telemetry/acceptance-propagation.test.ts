/** Acceptance rows TEL-08 (trace context in `params._meta`) and TEL-09 (requests of the server, handled by the client). */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { setImmediate as tick } from 'node:timers/promises';

import { context, createTraceState, propagation, trace } from '@opentelemetry/api';

import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());

interface AnyPair {
  readonly client: {
    callTool(params: { name: string; arguments?: Record<string, unknown>; _meta?: object }): Promise<unknown>;
  };
  readonly close: () => Promise<void>;
}
const MAJORS: Readonly<Record<string, () => Promise<AnyPair>>> = {
  'SDK 1.x': () => v1.connectPair() as Promise<AnyPair>,
  'SDK v2': () => v2.connectPair() as Promise<AnyPair>,
  'SDK v2, protocol 2026-07-28': () => v2.connectModern(() => v2.makeServer()) as Promise<AnyPair>,
};

/** The `_meta` that the server's handler got. */
async function metaOf(client: AnyPair['client'], meta?: object): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name: 'whoami', ...(meta === undefined ? {} : { _meta: meta }) });
  const [first] = (result as { content: { text: string }[] }).content;
  return JSON.parse(first?.text ?? '{}') as Record<string, unknown>;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value))
    if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  return Object.freeze(value);
}

for (const [name, connect] of Object.entries(MAJORS)) {
  describe(`TEL-08: ${name}`, () => {
    let pair: AnyPair;
    beforeEach(async () => {
      pair = await connect();
      await agent.reset();
    });

    it('traceparent names the CLIENT span', async () => {
      const meta = await metaOf(pair.client);
      const span = agent.span('tools/call whoami', 'CLIENT');
      assert.equal(meta['traceparent'], `00-${span.traceId}-${span.spanId}-01`);
      assert.equal(meta['tracestate'], undefined);
      await pair.close();
    });

    it('tracestate and baggage travel when there are any', async () => {
      const remote = {
        traceId: 'a'.repeat(32),
        spanId: 'b'.repeat(16),
        traceFlags: 1,
        traceState: createTraceState('vendor=1'),
      };
      const bag = propagation.createBaggage({ tenant: { value: 'acme' } });
      const active = propagation.setBaggage(trace.setSpanContext(context.active(), remote), bag);
      const meta = await context.with(active, () => metaOf(pair.client));
      assert.equal(meta['tracestate'], 'vendor=1');
      assert.equal(meta['baggage'], 'tenant=acme');
      const span = agent.span('tools/call whoami', 'CLIENT');
      assert.deepEqual([span.traceId, span.parentId], [remote.traceId, remote.spanId]);
      assert.equal(meta['traceparent'], `00-${remote.traceId}-${span.spanId}-01`);
      await pair.close();
    });

    it('the caller’s own _meta is kept, its stale traceparent is replaced', async () => {
      const meta = await metaOf(pair.client, { 'com.example/own': { deep: [1] }, traceparent: 'stale' });
      assert.deepEqual(meta['com.example/own'], { deep: [1] });
      assert.match(String(meta['traceparent']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      await pair.close();
    });

    const BROUGHT = { traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`, tracestate: 'theirs=1' };

    it('a trace context that the caller brings is carried on where no span is active', async () => {
      const meta = await metaOf(pair.client, { ...BROUGHT, baggage: 'their=bag' });
      const span = agent.span('tools/call whoami', 'CLIENT');
      assert.deepEqual([span.traceId, span.parentId], ['c'.repeat(32), 'd'.repeat(16)]);
      assert.equal(meta['traceparent'], `00-${'c'.repeat(32)}-${span.spanId}-01`);
      assert.equal(meta['tracestate'], 'theirs=1');
      assert.equal(meta['baggage'], 'their=bag');
      await pair.close();
    });

    it('beside an active span it is linked, and its trace state does not go out with another’s parent', async () => {
      const active = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
      const around = trace.setSpanContext(context.active(), active);
      const meta = await context.with(around, () => metaOf(pair.client, BROUGHT));
      const span = agent.span('tools/call whoami', 'CLIENT');
      assert.deepEqual([span.traceId, span.parentId], [active.traceId, active.spanId]);
      assert.deepEqual(span.links, ['d'.repeat(16)]);
      assert.equal(meta['traceparent'], `00-${active.traceId}-${span.spanId}-01`);
      assert.equal(meta['tracestate'], undefined);
      await pair.close();
    });

    it('a context of the active trace is not linked to it', async () => {
      const active = { traceId: 'c'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
      const around = trace.setSpanContext(context.active(), active);
      await context.with(around, () => metaOf(pair.client, BROUGHT));
      const span = agent.span('tools/call whoami', 'CLIENT');
      assert.deepEqual([span.parentId, span.links], [active.spanId, []]);
      await pair.close();
    });

    it('deep-frozen params: nothing thrown, nothing changed', async () => {
      const params = deepFreeze({ name: 'echo', arguments: { text: 'x' }, _meta: { own: { a: 1 } } });
      const untouched = structuredClone(params);
      await pair.client.callTool(params);
      assert.deepEqual(params, untouched);
      await pair.close();
    });
  });
}

describe('TEL-08: notifications and progress', () => {
  it('notifications carry trace context too', async () => {
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    const client = v1.makeClient();
    const server = v1.makeServer();
    const received: { method?: string; params?: { _meta?: Record<string, unknown> } }[] = [];
    await server.connect(serverSide);
    const { onmessage } = serverSide;
    serverSide.onmessage = (message, extra) => {
      received.push(message as never);
      onmessage?.(message, extra);
    };
    await client.connect(clientSide);
    await client.sendRootsListChanged();
    const span = agent.span('notifications/roots/list_changed', 'CLIENT');
    const message = received.find(({ method }) => method === 'notifications/roots/list_changed');
    assert.equal(message?.params?._meta?.['traceparent'], `00-${span.traceId}-${span.spanId}-01`);
    await client.close();
  });

  it('a progress token survives, and progress notifications are spans in the call’s trace', async () => {
    for (const connect of [() => v1.connectPair(), () => v2.connectPair()]) {
      const { client, close } = await connect();
      await agent.reset();
      const seen: unknown[] = [];
      const onprogress = (is: { progress: number; total?: number | undefined }) =>
        void seen.push([is.progress, is.total]);
      if (client instanceof v1.Client) await client.callTool({ name: 'progress' }, undefined, { onprogress });
      else await client.callTool({ name: 'progress' }, { onprogress });
      assert.deepEqual(seen, [[1, 2]]);
      const call = agent.span('tools/call progress', 'CLIENT');
      const handler = agent.span('tools/call progress', 'SERVER');
      const sent = agent.span('notifications/progress', 'CLIENT');
      const got = agent.span('notifications/progress', 'SERVER');
      assert.deepEqual([sent.traceId, got.traceId], [call.traceId, call.traceId]);
      assert.deepEqual([sent.parentId, got.parentId], [handler.spanId, sent.spanId]);
      assert.equal(sent.attributes['jsonrpc.request.id'], undefined);
      await close();
    }
  });

  it('logging notifications likewise', async () => {
    const { client, close } = await v1.connectPair();
    await client.callTool({ name: 'log' });
    const sent = agent.span('notifications/message', 'CLIENT');
    assert.equal(agent.span('notifications/message', 'SERVER').parentId, sent.spanId);
    await close();
  });

  it('a cancellation is a child of the request that it calls off', async () => {
    const { client, close } = await v1.connectPair();
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10);
    await assert.rejects(client.callTool({ name: 'slow' }, undefined, { signal: abort.signal }));
    await tick();
    const call = agent.span('tools/call slow', 'CLIENT');
    assert.equal(agent.span('notifications/cancelled', 'CLIENT').parentId, call.spanId);
    const server = agent.span('tools/call slow', 'SERVER');
    assert.deepEqual([server.status, server.attributes['error.type']], ['ERROR', 'cancelled']);
    await close();
  });
});

describe('TEL-09: what the server asks of the client', () => {
  for (const [tool, method] of [
    ['sample', 'sampling/createMessage'],
    ['elicit', 'elicitation/create'],
    ['roots', 'roots/list'],
  ] as const) {
    for (const connect of [
      () => v1.connectPair() as Promise<AnyPair>,
      () => v2.connectPair() as Promise<AnyPair>,
    ]) {
      it(`${method}: CLIENT span at the server, SERVER span at the client, linked to the ambient span`, async () => {
        const { client, close } = await connect();
        await agent.reset();
        await client.callTool({ name: tool });
        const call = agent.span(`tools/call ${tool}`, 'CLIENT');
        const handler = agent.span(`tools/call ${tool}`, 'SERVER');
        const asked = agent.span(method, 'CLIENT');
        const answered = agent.span(method, 'SERVER');
        assert.equal(asked.parentId, handler.spanId, 'what the server sends is a child of its handler');
        assert.equal(answered.parentId, asked.spanId, 'parent from _meta');
        assert.equal(answered.traceId, call.traceId);
        assert.equal(asked.attributes['gen_ai.operation.name'], undefined);
        assert.match(String(asked.attributes['jsonrpc.request.id']), /^\d+$/);
        assert.equal(answered.attributes['jsonrpc.request.id'], asked.attributes['jsonrpc.request.id']);
        assert.equal(answered.attributes['gen_ai.agent.name'], 'agent');
        await close();
      });
    }
  }

  it('the extracted parent wins, and the ambient span is linked', async () => {
    const { server, close } = await v1.connectPair();
    await agent.reset();
    await trace.getTracer('test').startActiveSpan('http server span', async (ambient) => {
      await server.createMessage(v1.SAMPLING.params as never);
      ambient.end();
    });
    const ambient = agent.span('http server span');
    const asked = agent.span('sampling/createMessage', 'CLIENT');
    const answered = agent.span('sampling/createMessage', 'SERVER');
    assert.equal(asked.parentId, ambient.spanId);
    assert.equal(answered.parentId, asked.spanId);
    // In memory the message is delivered inside the send, so the sender's ambient span is active at the receiver.
    assert.ok(
      answered.links.every((link) => link !== asked.spanId),
      'no link to its own parent',
    );
    await close();
  });

  it('a link to the span that is active where a message arrives, never to the parent itself', async () => {
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    const server = v1.makeServer();
    await server.connect(serverSide);
    const { onmessage } = serverSide;
    // Stands for an HTTP server instrumentation around the MCP server.
    serverSide.onmessage = (message, extra) => {
      trace.getTracer('http').startActiveSpan('POST /mcp', (ambient) => {
        onmessage?.(message, extra);
        ambient.end();
      });
    };
    const client = v1.makeClient();
    await client.connect(clientSide);
    await agent.reset();
    await client.callTool({ name: 'echo' });
    const served = agent.span('tools/call echo', 'SERVER');
    const http = agent.span('POST /mcp');
    assert.equal(served.parentId, agent.span('tools/call echo', 'CLIENT').spanId);
    assert.deepEqual(served.links, [http.spanId]);
    await close(client);
  });

  it('without trace context in the message the ambient span is the parent, and nothing is linked', async () => {
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    const server = v1.makeServer();
    await server.connect(serverSide);
    const { onmessage } = serverSide;
    await trace.getTracer('http').startActiveSpan('POST /mcp', async (ambient) => {
      for (const traceparent of [
        undefined,
        'garbage',
        '00-00000000000000000000000000000000-0000000000000000-01',
      ]) {
        const params = traceparent === undefined ? {} : { _meta: { traceparent } };
        onmessage?.({ jsonrpc: '2.0', id: 1, method: 'ping', params });
        await tick();
      }
      ambient.end();
    });
    const ambient = agent.span('POST /mcp');
    const pings = agent.spans().filter((span) => span.name === 'ping');
    assert.deepEqual(
      pings.map(({ parentId, links }) => [parentId, links]),
      Array.from({ length: 3 }, () => [ambient.spanId, []]),
    );
    await close(clientSide);
  });

  it('an error in the client’s handler is an error on both spans', async () => {
    const client = v1.makeClient();
    client.setRequestHandler(v1.types.CreateMessageRequestSchema, async () => {
      throw new Error('no model');
    });
    const { close } = await v1.connectPair(client);
    await agent.reset();
    await assert.rejects(client.callTool({ name: 'sample' }));
    for (const kind of ['CLIENT', 'SERVER'] as const) {
      const span = agent.span('sampling/createMessage', kind);
      assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', '-32603']);
      assert.equal(span.message, 'no model');
    }
    await close();
  });
});

const close = (end: { close(): Promise<void> }) => end.close();
