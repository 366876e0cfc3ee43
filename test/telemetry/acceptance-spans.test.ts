/** What a span says about a call: acceptance rows TEL-01, TEL-02, TEL-04, in memory and over HTTP, on both majors. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { NAME, VERSION } from '../../src/version';
import { startAgent } from '../sdk/support/agent';
import type { Span } from '../sdk/support/agent';
import { serveV1, serveV2 } from '../sdk/support/http';
import type { Endpoint } from '../sdk/support/http';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

const agent = startAgent();
let httpV1: Endpoint;
let httpV2: Endpoint;
before(async () => {
  httpV1 = await serveV1();
  httpV2 = await serveV2(() => v2.makeServer());
});
after(async () => {
  await httpV1.close();
  await httpV2.close();
});
beforeEach(() => agent.reset());

interface Way {
  readonly name: string;
  readonly connect: () => Promise<AnyPair>;
  readonly version: string;
  /** What the client's span says of the transport. */
  readonly network: Record<string, unknown>;
  readonly hasSession: boolean;
}
interface AnyPair {
  readonly client: {
    callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
    listTools(): Promise<unknown>;
    listPrompts(): Promise<unknown>;
    listResources(): Promise<unknown>;
    readResource(params: { uri: string }): Promise<unknown>;
    getPrompt(params: { name: string; arguments?: Record<string, string> }): Promise<unknown>;
    complete(params: never): Promise<unknown>;
  };
  readonly close: () => Promise<void>;
}

const http = (endpoint: () => Endpoint) => ({
  get 'server.address'() {
    return '127.0.0.1';
  },
  get 'server.port'() {
    return endpoint().port;
  },
  'network.transport': 'tcp',
  'network.protocol.name': 'http',
});

const WAYS: readonly Way[] = [
  {
    name: 'SDK 1.x in memory',
    connect: () => v1.connectPair(),
    version: '2025-11-25',
    network: {},
    hasSession: false,
  },
  {
    name: 'SDK 1.x over streamable HTTP',
    connect: async () => {
      const client = v1.makeClient();
      await client.connect(new TransportV1(httpV1.url));
      return { client, close: () => client.close() };
    },
    version: '2025-11-25',
    network: http(() => httpV1),
    hasSession: true,
  },
  {
    name: 'SDK v2, 2025 handshake, in memory',
    connect: () => v2.connectPair(),
    version: '2025-11-25',
    network: {},
    hasSession: false,
  },
  {
    name: 'SDK v2, protocol 2026-07-28, in memory',
    connect: () => v2.connectModern(() => v2.makeServer()),
    version: '2026-07-28',
    network: {},
    hasSession: false,
  },
  {
    name: 'SDK v2, protocol 2026-07-28, over streamable HTTP',
    connect: async () => {
      const client = v2.makeClient('agent', { versionNegotiation: { mode: 'auto' } });
      await client.connect(new TransportV2(httpV2.url));
      return { client, close: () => client.close() };
    },
    version: '2026-07-28',
    network: http(() => httpV2),
    hasSession: false,
  },
];

/** What every span of a connection says, beside what its own call says. */
function common(way: Way, method: string): Record<string, unknown> {
  return {
    'mcp.method.name': method,
    'mcp.protocol.version': way.version,
    'gen_ai.agent.name': 'agent',
    ...way.network,
  };
}

/** The span's attributes but for those whose value is chosen by the SDK or by us. */
function fixed(span: Span): Record<string, unknown> {
  const {
    'jsonrpc.request.id': _id,
    'mcp.session.id': _session,
    'mcp.server.name': _server,
    ...rest
  } = span.attributes;
  return rest;
}

for (const way of WAYS) {
  describe(way.name, () => {
    let pair: AnyPair;
    before(async () => {
      pair = await way.connect();
    });
    after(() => pair.close());

    it('TEL-01: a tool call is one CLIENT span with the convention’s name, attributes and status', async () => {
      await pair.client.callTool({ name: 'echo', arguments: { text: 'hello' } });
      const span = agent.span('tools/call echo', 'CLIENT');
      assert.deepEqual(fixed(span), {
        ...common(way, 'tools/call'),
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'echo',
      });
      assert.match(String(span.attributes['jsonrpc.request.id']), /^\d+$/);
      assert.equal(typeof span.attributes['jsonrpc.request.id'], 'string');
      assert.equal(typeof span.attributes['mcp.session.id'], way.hasSession ? 'string' : 'undefined');
      assert.equal(span.attributes['mcp.server.name'], 'everything');
      assert.deepEqual([span.status, span.message, span.events], ['UNSET', undefined, []]);
      assert.equal(span.scope, `${NAME}@${VERSION}`);
    });

    it('TEL-04: and one SERVER span of the same name below it', async () => {
      await pair.client.callTool({ name: 'echo', arguments: { text: 'hello' } });
      const client = agent.span('tools/call echo', 'CLIENT');
      const server = agent.span('tools/call echo', 'SERVER');
      assert.deepEqual([server.traceId, server.parentId], [client.traceId, client.spanId]);
      assert.equal(server.attributes['jsonrpc.request.id'], client.attributes['jsonrpc.request.id']);
      assert.equal(server.attributes['mcp.protocol.version'], way.version);
      assert.equal(server.attributes['gen_ai.operation.name'], 'execute_tool');
      assert.equal(server.attributes['server.address'], undefined);
      assert.equal(server.attributes['mcp.session.id'], client.attributes['mcp.session.id']);
      assert.equal(server.status, 'UNSET');
    });

    it('TEL-02: other methods have their own names and no operation name', async () => {
      const { client } = pair;
      await client.listTools();
      await client.readResource({ uri: 'test://greeting' });
      await client.getPrompt({ name: 'greet', arguments: { who: 'me' } });
      await client.complete({
        ref: { type: 'ref/prompt', name: 'greet' },
        argument: { name: 'who', value: '' },
      } as never);
      const spans = agent.spans().filter(({ kind }) => kind === 'CLIENT');
      assert.deepEqual(
        spans.map(({ name }) => name),
        ['tools/list', 'resources/read', 'prompts/get greet', 'completion/complete'],
      );
      assert.deepEqual(spans.map(fixed), [
        common(way, 'tools/list'),
        { ...common(way, 'resources/read'), 'mcp.resource.uri': 'test://greeting' },
        { ...common(way, 'prompts/get'), 'gen_ai.prompt.name': 'greet' },
        common(way, 'completion/complete'),
      ]);
      const servers = agent.spans().filter(({ kind }) => kind === 'SERVER');
      assert.deepEqual(
        servers.map(({ name }) => name),
        spans.map(({ name }) => name),
      );
    });
  });
}

describe('the beginning of a connection', () => {
  it('TEL-02: SDK 1.x: initialize and notifications/initialized, the latter without a request id', async () => {
    const { close } = await v1.connectPair();
    const initialize = agent.span('initialize', 'CLIENT');
    assert.equal(initialize.attributes['mcp.protocol.version'], '2025-11-25', 'known from the result');
    assert.equal(initialize.attributes['jsonrpc.request.id'], '0');
    const initialized = agent.span('notifications/initialized', 'CLIENT');
    assert.equal(initialized.attributes['jsonrpc.request.id'], undefined);
    assert.equal(initialized.attributes['gen_ai.operation.name'], undefined);
    assert.equal(initialized.status, 'UNSET');
    const received = agent.span('notifications/initialized', 'SERVER');
    assert.equal(received.parentId, initialized.spanId);
    assert.equal(agent.spans().length, 4);
    await close();
  });

  it('TEL-01: the session id of streamable HTTP is on initialize too, since its answer brings it', async () => {
    const client = v1.makeClient();
    await client.connect(new TransportV1(httpV1.url));
    const initialize = agent.span('initialize', 'CLIENT');
    assert.match(String(initialize.attributes['mcp.session.id']), /^[0-9a-f-]{36}$/);
    await client.close();
  });

  it('TEL-15: SDK v2 default negotiation is the handshake of 2025', async () => {
    const { close } = await v2.connectPair();
    assert.ok(agent.span('initialize', 'CLIENT'));
    await close();
  });

  it('TEL-15: SDK v2 `auto` negotiation asks server/discover and nothing of the old handshake', async () => {
    const { close } = await v2.connectModern(() => v2.makeServer());
    assert.deepEqual(
      agent.spans().map(({ kind, name }) => `${kind} ${name}`),
      ['CLIENT server/discover', 'SERVER server/discover'],
    );
    await close();
  });

  it('TEL-15: SDK v2 `auto` negotiation with an SDK 1.x server ends in the old handshake', async () => {
    const [clientSide, serverSide] = v2.InMemoryTransport.createLinkedPair();
    await v1.makeServer().connect(serverSide);
    const client = v2.makeClient('agent', { versionNegotiation: { mode: 'auto' } });
    await client.connect(clientSide);
    const probe = agent.span('server/discover', 'CLIENT');
    assert.deepEqual([probe.status, probe.attributes['error.type']], ['ERROR', '-32601']);
    assert.equal(agent.span('server/discover', 'SERVER').status, 'UNSET');
    assert.equal(agent.span('initialize', 'CLIENT').status, 'UNSET');
    await client.callTool({ name: 'echo', arguments: {} });
    assert.equal(agent.span('tools/call echo', 'CLIENT').attributes['mcp.protocol.version'], '2025-11-25');
    await client.close();
  });
});

describe('errors that the server’s span does not count', () => {
  for (const code of [-32700, -32600, -32601, -32602, -32002]) {
    it(`TEL-04: ${code} is an error on the client’s span and not on the server’s`, async () => {
      const { client, close } = await v1.connectPair();
      await assert.rejects(client.callTool({ name: 'rpc', arguments: { code } }));
      const server = agent.span('tools/call rpc', 'SERVER');
      assert.equal(server.attributes['rpc.response.status_code'], String(code));
      assert.deepEqual(
        [server.status, server.message, server.attributes['error.type'], server.events],
        ['UNSET', undefined, undefined, []],
      );
      const sender = agent.span('tools/call rpc', 'CLIENT');
      assert.deepEqual([sender.status, sender.attributes['error.type']], ['ERROR', String(code)]);
      assert.equal(sender.attributes['rpc.response.status_code'], String(code));
      await close();
    });
  }

  for (const code of [-32603, -32000, -32001, -32042, 7]) {
    it(`TEL-04: ${code} is an error on both`, async () => {
      const { client, close } = await v1.connectPair();
      await assert.rejects(client.callTool({ name: 'rpc', arguments: { code } }));
      for (const kind of ['CLIENT', 'SERVER'] as const) {
        const span = agent.span('tools/call rpc', kind);
        assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', String(code)]);
        assert.equal(span.attributes['rpc.response.status_code'], String(code));
      }
      await close();
    });
  }

  it('TEL-04: an unknown tool and an unknown method are the caller’s fault', async () => {
    const { client, close } = await v1.connectPair();
    await assert.rejects(client.callTool({ name: 'nope' }));
    assert.equal(agent.span('tools/call nope', 'SERVER').status, 'UNSET');
    await assert.rejects(client.request({ method: 'x/unknown' }, v1.types.EmptyResultSchema));
    const unknown = agent.span('x/unknown', 'SERVER');
    assert.deepEqual([unknown.status, unknown.attributes['rpc.response.status_code']], ['UNSET', '-32601']);
    await close();
  });
});
