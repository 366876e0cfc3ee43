/** SDK v2 in protocol 2026-07-28: negotiation, subscriptions, cache, multi-round calls, header mismatch. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { SdkErrorCode, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { ClientOptions } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { ProtocolError, inputRequired } from '@modelcontextprotocol/server';
import type { McpRequestContext, Server } from '@modelcontextprotocol/server';

import { REPOSITORY } from '../support/installs';
import { startAgent } from './support/agent';
import type { Point, Span } from './support/agent';
import { serveV2 } from './support/http';
import type { Endpoint } from './support/http';
import * as v2 from './support/v2';

const PIN = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const satisfies ClientOptions;
const AUTO = { versionNegotiation: { mode: 'auto' } } as const satisfies ClientOptions;
const MODERN_SERVER = join(REPOSITORY, 'test/sdk/programs/modern-server.cjs');
const LEGACY_SERVER = join(REPOSITORY, 'test/sdk/programs/legacy-server.cjs');

const agent = startAgent();
beforeEach(() => agent.reset());

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const names = (spans: readonly Span[]) => spans.map(({ kind, name }) => `${kind} ${name}`);
const samples = (points: readonly Point[], name: string) =>
  points
    .filter((point) => point.name === name)
    .reduce((sum, { value, histogram }) => sum + (histogram?.count ?? value), 0);

/** How often each multi-round handler ran, and what the server saw. */
let seenVersions: unknown[] = [];

/**
 * A server with tools that need more rounds: `confirm` asks once, `twice` asks twice, `broken` fails in its retry leg,
 * `tool_error` answers isError in it, and `never` always asks again.
 */
function makeMultiRoundServer(context?: McpRequestContext): Server {
  const server = v2.makeServer({ name: `rounds-${context?.era ?? 'any'}` });
  const ask = (state: string) =>
    inputRequired({
      inputRequests: {
        sure: inputRequired.elicit({
          message: 'sure?',
          requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } } },
        }),
      },
      requestState: state,
    });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const answered = mcpReq.inputResponses !== undefined;
    seenVersions.push((params as { _meta?: unknown })._meta);
    switch (params.name) {
      case 'confirm':
        return answered ? text('confirmed') : ask('1');
      case 'twice':
        return mcpReq.requestState() === '2' ? text('confirmed twice') : ask(answered ? '2' : '1');
      case 'broken':
        if (answered) throw new ProtocolError(-32050, 'broke in round two');
        return ask('1');
      case 'tool_error':
        return answered ? { ...text('no'), isError: true } : ask('1');
      case 'never':
        return ask('1');
      default:
        return text('plain');
    }
  });
  return server;
}

describe('negotiation over stdio', () => {
  const connect = async (program: string, options: ClientOptions) => {
    const client = v2.makeClient('agent', options);
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [program] }));
    return client;
  };

  it('legacy: initialize, no probe', async () => {
    const client = await connect(MODERN_SERVER, {});
    assert.deepEqual(names(agent.spans()), ['CLIENT initialize', 'CLIENT notifications/initialized']);
    assert.equal(agent.span('initialize').attributes['network.transport'], 'pipe');
    await client.close();
  });

  for (const [mode, options] of [
    ['auto', AUTO],
    ['pin', PIN],
  ] as const) {
    it(`${mode}: the probe of the sibling process is one span, there is no initialize, and calls follow`, async () => {
      const client = await connect(MODERN_SERVER, options);
      const probe = agent.span('server/discover', 'CLIENT');
      assert.deepEqual(names(agent.spans()), ['CLIENT server/discover']);
      assert.deepEqual(
        [probe.status, probe.attributes['network.transport'], probe.attributes['mcp.protocol.version']],
        ['UNSET', 'pipe', '2026-07-28'],
      );
      assert.match(String(probe.attributes['jsonrpc.request.id']), /^server-discover-probe-/);
      const result = await client.callTool({ name: 'echo' });
      const call = agent.span('tools/call echo', 'CLIENT');
      const [first] = result.content as { text: string }[];
      assert.match(first?.text ?? '', new RegExp(`"traceparent":"00-${call.traceId}-${call.spanId}-01"`));
      assert.deepEqual(
        (await agent.collect('mcp.active_connections')).map(({ value }) => value),
        [1],
        'the sibling of the probe is no connection',
      );
      await client.close();
      assert.deepEqual(
        (await agent.collect('mcp.active_connections')).map(({ value }) => value),
        [0],
      );
    });
  }

  it('auto with an SDK 1.x server: the probe fails, the handshake of 2025 follows', async () => {
    const client = await connect(LEGACY_SERVER, AUTO);
    const [probe, ...rest] = agent.spans();
    assert.equal(probe?.name, 'server/discover');
    assert.deepEqual([probe?.status, probe?.attributes['error.type']], ['ERROR', '-32601']);
    assert.deepEqual(names(rest), ['CLIENT initialize', 'CLIENT notifications/initialized']);
    await client.close();
  });

  it('pin with an SDK 1.x server: the probe is the error, and the connection never came to be', async () => {
    await assert.rejects(connect(LEGACY_SERVER, PIN));
    assert.deepEqual(names(agent.spans()), ['CLIENT server/discover']);
    const points = await agent.collect();
    assert.equal(samples(points, 'mcpguard.connection.errors'), 1);
    assert.ok(points.every(({ name, value }) => name !== 'mcp.active_connections' || value === 0));
    assert.equal(samples(points, 'mcp.client.session.duration'), 0);
  });
});

describe('over HTTP', () => {
  let endpoint: Endpoint;
  let intercept: (request: Request) => Promise<Response | undefined> = async () => undefined;
  before(async () => {
    endpoint = await serveV2(makeMultiRoundServer, (request) => intercept(request));
  });
  after(() => endpoint.close());
  afterEach(() => {
    intercept = async () => undefined;
  });
  const connect = async (options: ClientOptions = AUTO) => {
    const client = v2.makeClient('agent', options);
    await client.connect(new StreamableHTTPClientTransport(endpoint.url));
    return client;
  };

  it('the probe happens in place: one span on either side, none of them initialize', async () => {
    const client = await connect();
    const probe = agent.span('server/discover', 'CLIENT');
    const served = agent.span('server/discover', 'SERVER');
    assert.deepEqual(
      [probe.attributes['server.address'], probe.attributes['server.port']],
      ['127.0.0.1', endpoint.port],
    );
    assert.equal(served.parentId, probe.spanId);
    assert.deepEqual(names(agent.spans()).toSorted(), ['CLIENT server/discover', 'SERVER server/discover']);
    await client.close();
  });

  it('the protocol version of the server’s spans is that of the request', async () => {
    const modern = await connect();
    const legacy = await connect({});
    await agent.reset();
    await modern.callTool({ name: 'plain' });
    assert.equal(agent.span('tools/call plain', 'SERVER').attributes['mcp.protocol.version'], '2026-07-28');
    await agent.reset();
    await legacy.callTool({ name: 'plain' });
    assert.equal(agent.span('tools/call plain', 'CLIENT').attributes['mcp.protocol.version'], '2025-11-25');
    assert.equal(agent.span('tools/call plain', 'SERVER').attributes['mcp.session.id'], undefined);
    await modern.close();
    await legacy.close();
  });

  it('subscriptions/listen ends when it is acknowledged, not when it is over', async () => {
    const client = await connect();
    await agent.reset();
    const subscription = await client.listen({ toolsListChanged: true });
    const listen = agent.span('subscriptions/listen', 'CLIENT');
    assert.deepEqual([listen.status, listen.attributes['jsonrpc.request.id']], ['UNSET', 'listen:0']);
    await wait(80);
    assert.ok(listen.duration < 1_000);
    assert.equal(samples(await agent.collect(), 'mcp.client.operation.duration') >= 1, true);
    await subscription.close();
    await client.close();
    assert.equal(
      agent.spans().filter(({ name, kind }) => name === 'subscriptions/listen' && kind === 'CLIENT').length,
      1,
    );
  });

  it('a header mismatch is retried by the SDK: one outer span, the repeated request a child, one tool call', async () => {
    const client = await connect();
    await client.listTools();
    await agent.reset();
    let refused = 0;
    intercept = async (request) => {
      if (request.headers.get('mcp-method') !== 'tools/call' || refused++ > 0) return undefined;
      const error = { code: -32020, message: 'Header mismatch' };
      const { id } = (await request.clone().json()) as { id: number };
      return Response.json({ jsonrpc: '2.0', id, error }, { status: 400 });
    };
    const result = await client.callTool({ name: 'plain' });
    assert.equal((result.content as { text: string }[])[0]?.text, 'plain');
    assert.equal(refused, 2);
    const calls = agent.spans().filter(({ name, kind }) => name === 'tools/call plain' && kind === 'CLIENT');
    const [leg, outer] = calls;
    assert.equal(calls.length, 2);
    assert.deepEqual([leg?.parentId, leg?.status, outer?.status], [outer?.spanId, 'UNSET', 'UNSET']);
    assert.equal(samples(await agent.collect(), 'mcp.tool.calls'), 1);
    await client.close();
  });
});

describe('cache', () => {
  it('a list served from the cache is no request and no span', async () => {
    const factory = () => {
      const server = v2.makeServer();
      server.setRequestHandler('tools/list', async () => ({
        tools: [{ name: 'echo', inputSchema: { type: 'object' as const } }],
        ttlMs: 60_000,
        cacheScope: 'private' as const,
      }));
      server.setRequestHandler('resources/read', async ({ params }) => ({
        contents: [{ uri: params.uri, text: 'content' }],
        ttlMs: 60_000,
        cacheScope: 'private' as const,
      }));
      return server;
    };
    const pair = await v2.connectModern(factory);
    await agent.reset();
    for (let time = 0; time < 3; time += 1) await pair.client.listTools();
    for (let time = 0; time < 3; time += 1) await pair.client.readResource({ uri: 'test://greeting' });
    assert.deepEqual(names(agent.spans()).toSorted(), [
      'CLIENT resources/read',
      'CLIENT tools/list',
      'SERVER resources/read',
      'SERVER tools/list',
    ]);
    assert.equal(samples(await agent.collect(), 'mcp.client.operation.duration'), 2);
    await pair.client.listTools(undefined, { cacheMode: 'refresh' });
    assert.equal(agent.spans().filter(({ name }) => name === 'tools/list').length, 4);
    await pair.close();
  });
});

describe('multi-round calls', () => {
  let endpoint: Endpoint;
  before(async () => {
    endpoint = await serveV2(makeMultiRoundServer);
  });
  after(() => endpoint.close());

  interface Open {
    readonly client: v2.Pair['client'];
    readonly close: () => Promise<void>;
  }
  const WAYS: Readonly<Record<string, (options?: ClientOptions) => Promise<Open>>> = {
    'in memory': (options = AUTO) =>
      v2.connectModern(() => makeMultiRoundServer(), v2.makeClient('agent', options)),
    'over HTTP': async (options = AUTO) => {
      const client = v2.makeClient('agent', options);
      await client.connect(new StreamableHTTPClientTransport(endpoint.url));
      return { client, close: () => client.close() };
    },
  };

  for (const [way, connect] of Object.entries(WAYS)) {
    describe(way, () => {
      let pair: Open;
      beforeEach(async () => {
        pair = await connect();
        seenVersions = [];
        await agent.reset();
      });
      afterEach(() => pair.close());

      const tool = (name: string) => ({
        all: agent.spans().filter((span) => span.name === `tools/call ${name}`),
        clients: agent.spans().filter((span) => span.name === `tools/call ${name}` && span.kind === 'CLIENT'),
        elicitations: agent.spans().filter((span) => span.name === 'elicitation/create'),
      });

      it('one outer CLIENT span until the final result, the retry leg its child, the elicitation a SERVER span', async () => {
        const result = await pair.client.callTool({ name: 'confirm' });
        assert.equal((result.content as { text: string }[])[0]?.text, 'confirmed');
        const { all, clients, elicitations } = tool('confirm');
        const [leg, outer] = clients;
        const [elicitation] = elicitations;
        assert.deepEqual([clients.length, elicitations.length, all.length], [2, 1, 4]);
        assert.ok(leg !== undefined && outer !== undefined && elicitation !== undefined);
        assert.equal(outer.parentId, undefined);
        assert.equal(leg.parentId, outer.spanId);
        assert.deepEqual([elicitation.kind, elicitation.traceId], ['SERVER', outer.traceId]);
        assert.equal(elicitation.parentId, outer.spanId);
        assert.ok(outer.duration >= leg.duration);
        assert.notEqual(leg.attributes['jsonrpc.request.id'], outer.attributes['jsonrpc.request.id']);
        for (const span of [leg, outer, elicitation]) {
          assert.deepEqual([span.status, span.attributes['error.type']], ['UNSET', undefined]);
        }
        const servers = all.filter(({ kind }) => kind === 'SERVER');
        assert.deepEqual(
          new Set(servers.map(({ parentId }) => parentId)),
          new Set([leg.spanId, outer.spanId]),
        );
      });

      it('the guide counts the outer call once, the convention every span once', async () => {
        await pair.client.callTool({ name: 'twice' });
        const { clients, elicitations } = tool('twice');
        assert.deepEqual([clients.length, elicitations.length], [3, 2]);
        const outer = clients.at(-1);
        for (const leg of clients.slice(0, 2)) assert.equal(leg.traceId, outer?.traceId);
        const points = await agent.collect();
        assert.equal(samples(points, 'mcp.tool.calls'), 1);
        assert.equal(samples(points, 'mcp.tool.call.duration.seconds'), 1);
        assert.equal(samples(points, 'mcp.tool.call.errors'), 0);
        assert.equal(samples(points, 'mcp.client.operation.duration'), 3);
        assert.equal(samples(points, 'mcp.server.operation.duration'), 5);
      });

      it('an error in a leg is the error of the leg and of the outer call', async () => {
        await assert.rejects(pair.client.callTool({ name: 'broken' }), /broke in round two/);
        const { clients } = tool('broken');
        assert.equal(clients.length, 2);
        for (const span of clients) {
          assert.deepEqual(
            [span.status, span.attributes['error.type'], span.attributes['rpc.response.status_code']],
            ['ERROR', '-32050', '-32050'],
          );
          assert.equal(span.message, 'broke in round two');
        }
        const points = await agent.collect('mcp.tool.call.errors');
        assert.deepEqual(
          points.map(({ attributes, value }) => [attributes['error_type'], value]),
          [['-32050', 1]],
        );
      });

      it('isError in a leg is tool_error of both, counted once', async () => {
        const result = await pair.client.callTool({ name: 'tool_error' });
        assert.equal(result.isError, true);
        for (const span of tool('tool_error').clients) {
          assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', 'tool_error']);
        }
        assert.equal(samples(await agent.collect(), 'mcp.tool.call.errors'), 1);
      });

      it('concurrent multi-round calls keep their legs apart', async () => {
        await Promise.all(Array.from({ length: 20 }, () => pair.client.callTool({ name: 'confirm' })));
        const { clients, elicitations } = tool('confirm');
        const outers = clients.filter(({ parentId }) => parentId === undefined);
        const legs = clients.filter(({ parentId }) => parentId !== undefined);
        assert.deepEqual([outers.length, legs.length, elicitations.length], [20, 20, 20]);
        for (const { traceId, spanId } of outers) {
          assert.equal(legs.filter((leg) => leg.parentId === spanId && leg.traceId === traceId).length, 1);
          assert.equal(elicitations.filter((span) => span.traceId === traceId).length, 1);
        }
        assert.equal(samples(await agent.collect(), 'mcp.tool.calls'), 20);
      });

      it('a client without an elicitation handler: the outer call fails, nothing stays open', async () => {
        const client = v2.makeClient('agent', AUTO);
        client.removeRequestHandler('elicitation/create');
        await pair.close();
        pair = await connectAs(way, client);
        await agent.reset();
        await assert.rejects(client.callTool({ name: 'confirm' }));
        const { clients } = tool('confirm');
        assert.deepEqual(
          clients.map(({ status }) => status),
          ['ERROR'],
        );
      });

      it('rounds without end: the SDK gives up, and the outer call says so', async () => {
        await pair.close();
        pair = await connect({ ...AUTO, inputRequired: { maxRounds: 2 } });
        await agent.reset();
        await assert.rejects(pair.client.callTool({ name: 'never' }), {
          code: SdkErrorCode.InputRequiredRoundsExceeded,
        });
        const outer = tool('never').clients.at(-1);
        assert.deepEqual(
          [outer?.status, outer?.attributes['rpc.response.status_code']],
          ['ERROR', undefined],
        );
        assert.equal(outer?.attributes['error.type'], '_OTHER');
      });

      it('an abort in the middle of the rounds: cancelled', async () => {
        const abort = new AbortController();
        pair.client.setRequestHandler('elicitation/create', async () => {
          abort.abort();
          await wait(20);
          return { action: 'accept' as const, content: {} };
        });
        await assert.rejects(pair.client.callTool({ name: 'confirm' }, { signal: abort.signal }));
        const outer = tool('confirm').clients.at(-1);
        assert.deepEqual([outer?.status, outer?.attributes['error.type']], ['ERROR', 'cancelled']);
      });
    });
  }

  async function connectAs(way: string, client: v2.Pair['client']): Promise<Open> {
    if (way === 'in memory') return v2.connectModern(() => makeMultiRoundServer(), client);
    await client.connect(new StreamableHTTPClientTransport(endpoint.url));
    return { client, close: () => client.close() };
  }
});
