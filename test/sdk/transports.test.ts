/** Every transport of SDK 1.x, live: stdio, streamable HTTP with sessions, SSE, WebSocket, in memory, a class of the agent's own. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';

import { REPOSITORY, packages } from '../support/installs';
import { startAgent } from './support/agent';
import type { Span } from './support/agent';
import { serveV1, serveV1Sse } from './support/http';
import * as v1 from './support/v1';

type Message = Parameters<NonNullable<v1.Transport['onmessage']>>[0];

const agent = startAgent();
beforeEach(() => agent.reset());

/** Connects, calls a tool and a tool that asks back, closes; every span of it is in place. */
async function converse(transport: v1.Transport): Promise<{ call: Span; server: Span | undefined }> {
  const client = v1.makeClient();
  await client.connect(transport);
  const result = await client.callTool({ name: 'echo', arguments: { text: 'over the wire' } });
  assert.equal((result.content as { text: string }[])[0]?.text, 'over the wire');
  await client.callTool({ name: 'sample' });
  await client.close();
  const call = agent.span('tools/call echo', 'CLIENT');
  const server = agent.spans().find(({ name, kind }) => name === 'tools/call echo' && kind === 'SERVER');
  assert.equal(server?.parentId, call.spanId);
  assert.equal(server?.traceId, call.traceId);
  const asking = agent.span('tools/call sample', 'CLIENT');
  const asked = agent.span('sampling/createMessage', 'CLIENT');
  const answered = agent.span('sampling/createMessage', 'SERVER');
  assert.deepEqual([asked.traceId, answered.traceId], [asking.traceId, asking.traceId]);
  assert.equal(answered.parentId, asked.spanId);
  for (const span of agent.spans()) assert.equal(span.status, 'UNSET', `${span.kind} ${span.name}`);
  // A socket tells that it is closed some time after close().
  const sessions = async () => (await agent.collect('mcp.client.session.duration'))[0]?.histogram?.count;
  for (let waited = 0; (await sessions()) === undefined && waited < 100; waited += 1) await wait(10);
  assert.equal(await sessions(), 1);
  return { call, server };
}

/** Transport attributes of a span. */
const network = ({ attributes }: Span) => [
  attributes['network.transport'],
  attributes['network.protocol.name'],
  attributes['server.address'],
  attributes['server.port'],
];

async function serverIds(): Promise<unknown[]> {
  const points = await agent.collect('mcp.tool.calls');
  return [...new Set(points.map(({ attributes }) => attributes['server_id']))];
}

describe('SDK 1.x transports', () => {
  it('stdio', async () => {
    const program = join(REPOSITORY, 'test/sdk/programs/legacy-server.cjs');
    const client = v1.makeClient();
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [program] }));
    const result = await client.callTool({ name: 'echo' });
    const call = agent.span('tools/call echo', 'CLIENT');
    assert.deepEqual(network(call), ['pipe', undefined, undefined, undefined]);
    assert.equal(call.attributes['mcp.session.id'], undefined);
    assert.match((result.content as { text: string }[])[0]?.text ?? '', new RegExp(call.spanId));
    assert.deepEqual(await serverIds(), ['legacy-server.cjs']);
    await client.close();
  });

  it('streamable HTTP with a session', async () => {
    const endpoint = await serveV1();
    const transport = new StreamableHTTPClientTransport(endpoint.url);
    const { call, server } = await converse(transport);
    assert.deepEqual(network(call), ['tcp', 'http', '127.0.0.1', endpoint.port]);
    assert.equal(call.attributes['mcp.session.id'], transport.sessionId);
    assert.equal(server?.attributes['mcp.session.id'], transport.sessionId);
    assert.deepEqual(await serverIds(), [`http://127.0.0.1:${endpoint.port}`]);
    await endpoint.close();
  });

  it('SSE', async () => {
    const endpoint = await serveV1Sse();
    const { call, server } = await converse(new SSEClientTransport(endpoint.url));
    assert.deepEqual(network(call), ['tcp', 'http', '127.0.0.1', endpoint.port]);
    assert.match(String(call.attributes['mcp.session.id']), /^[0-9a-f-]{36}$/);
    assert.equal(server?.attributes['mcp.session.id'], call.attributes['mcp.session.id']);
    await endpoint.close();
  });

  it('WebSocket', async () => {
    const { url, close } = await serveWebSocket();
    const { call } = await converse(new WebSocketClientTransport(url));
    assert.deepEqual(network(call), ['tcp', 'websocket', '127.0.0.1', Number(url.port)]);
    assert.deepEqual(await serverIds(), [`ws://127.0.0.1:${url.port}`]);
    await close();
  });

  it('in memory', async () => {
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    await v1.makeServer().connect(serverSide);
    const { call } = await converse(clientSide);
    assert.deepEqual(network(call), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(await serverIds(), ['inmemory']);
  });

  it('a class of the agent’s own', async () => {
    const [one, other] = CarrierPigeon.pair();
    await v1.makeServer().connect(other);
    const { call } = await converse(one);
    assert.deepEqual(network(call), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(await serverIds(), ['CarrierPigeon']);
  });

  it('a frozen transport loses the wire layer alone: the call has its span, and works', async () => {
    const [one, other] = CarrierPigeon.pair();
    await v1.makeServer().connect(other);
    const handlers: Partial<v1.Transport> = {};
    const frozen = Object.freeze({
      start: () => one.start(),
      close: () => one.close(),
      send: (message: Message) => one.send(message),
      get onmessage() {
        return handlers.onmessage;
      },
      set onmessage(handler: v1.Transport['onmessage']) {
        if (handler !== undefined) one.onmessage = handler;
      },
      set onclose(handler: () => void) {
        one.onclose = handler;
      },
      set onerror(_: unknown) {},
    });
    const client = v1.makeClient();
    await client.connect(frozen as unknown as v1.Transport);
    await client.callTool({ name: 'echo', arguments: { text: 'x' } });
    const call = agent.span('tools/call echo', 'CLIENT');
    assert.deepEqual([call.status, call.attributes['jsonrpc.request.id']], ['UNSET', undefined]);
    await client.close();
  });
});

/** Two ends of a wire that the SDK knows nothing of; messages arrive in a later tick. */
class CarrierPigeon implements v1.Transport {
  peer: CarrierPigeon | undefined;
  onmessage?: (message: Message) => void;
  onclose?: () => void;

  static pair(): [CarrierPigeon, CarrierPigeon] {
    const [one, other] = [new CarrierPigeon(), new CarrierPigeon()];
    one.peer = other;
    other.peer = one;
    return [one, other];
  }
  async start(): Promise<void> {}
  async send(message: Message): Promise<void> {
    const carried = structuredClone(message);
    setImmediate(() => this.peer?.onmessage?.(carried));
  }
  async close(): Promise<void> {
    const { peer } = this;
    this.peer = undefined;
    this.onclose?.();
    await peer?.close();
  }
}

interface Socket {
  on(event: 'message', listener: (data: Buffer) => void): void;
  on(event: 'close', listener: () => void): void;
  send(data: string): void;
  close(): void;
}

/** SDK 1.x has a WebSocket client and no server: this is what a server's author writes. */
class WebSocketServerTransport implements v1.Transport {
  onmessage?: (message: Message) => void;
  onclose?: () => void;
  constructor(private readonly socket: Socket) {}
  async start(): Promise<void> {
    this.socket.on('message', (data) => this.onmessage?.(JSON.parse(data.toString()) as Message));
    this.socket.on('close', () => this.onclose?.());
  }
  async send(message: Message): Promise<void> {
    this.socket.send(JSON.stringify(message));
  }
  async close(): Promise<void> {
    this.socket.close();
  }
}

interface Ws {
  readonly WebSocket: unknown;
  readonly WebSocketServer: new (options: object) => {
    on(event: 'connection', listener: (socket: Socket) => void): void;
    close(): void;
  };
}

async function serveWebSocket(): Promise<{ url: URL; close: () => Promise<void> }> {
  const ws = require(join(await packages(['ws@8.18.3']), 'node_modules/ws')) as Ws;
  // Node has a WebSocket of its own from 22 on.
  (globalThis as { WebSocket?: unknown }).WebSocket ??= ws.WebSocket;
  const http = createServer();
  const sockets = new ws.WebSocketServer({ server: http });
  sockets.on('connection', (socket) => void v1.makeServer().connect(new WebSocketServerTransport(socket)));
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    url: new URL(`ws://127.0.0.1:${port}/mcp`),
    close: async () => {
      sockets.close();
      http.closeAllConnections();
      await new Promise((resolve) => {
        http.close(resolve);
      });
    },
  };
}
