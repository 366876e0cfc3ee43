/** `mcp.active_connections` and `mcpguard.connection.errors`: balanced on every way a connection can end. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { REPOSITORY } from '../support/installs';
import { startAgent } from './support/agent';
import { serveV1, serveV1Sse } from './support/http';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

const LEGACY_SERVER = join(REPOSITORY, 'test/sdk/programs/legacy-server.cjs');

const agent = startAgent();
beforeEach(() => agent.reset());

/** Sum over all series: nothing else in this file keeps a connection open. */
async function active(): Promise<number> {
  const points = await agent.collect('mcp.active_connections');
  return points.reduce((sum, { value }) => sum + value, 0);
}

/** What was counted, by `error_type`. */
async function connectionErrors(): Promise<Record<string, number>> {
  const points = await agent.collect('mcpguard.connection.errors');
  await agent.reset();
  return Object.fromEntries(points.map(({ attributes, value }) => [String(attributes['error_type']), value]));
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (await condition()) return;
    await wait(20);
  }
  assert.fail(what);
}

/** No connection may be left over from one test to the next. */
afterEach(async () => {
  assert.equal(await active(), 0);
});

const stdio = () => new StdioClientTransport({ command: process.execPath, args: [LEGACY_SERVER] });

describe('a connection that was made', () => {
  it('close() by the client: +1, then 0, in memory, on both majors', async () => {
    for (const connect of [
      () => v1.connectPair(),
      () => v2.connectPair(),
      () => v2.connectModern(() => v2.makeServer()),
    ]) {
      const pair = await connect();
      assert.equal(await active(), 1);
      await pair.close();
      assert.equal(await active(), 0);
    }
  });

  it('close() twice, and the server’s close afterwards: counted once', async () => {
    const { client, server } = await v1.connectPair();
    await client.close();
    await client.close();
    await server.close();
    assert.equal(await active(), 0);
    assert.equal((await agent.collect('mcp.client.session.duration'))[0]?.histogram?.count, 1);
  });

  it('the server closes', async () => {
    const { server } = await v1.connectPair();
    assert.equal(await active(), 1);
    await server.close();
    assert.equal(await active(), 0);
  });

  it('several connections of one client name: each counts', async () => {
    const pairs = await Promise.all([v1.connectPair(), v1.connectPair(), v2.connectPair()]);
    assert.equal(await active(), 3);
    await pairs[0].close();
    assert.equal(await active(), 2);
    await pairs[1].close();
    await pairs[2].close();
  });

  it('stdio: close() by the client', async () => {
    const client = v1.makeClient();
    await client.connect(stdio());
    assert.equal(await active(), 1);
    await client.close();
    assert.equal(await active(), 0);
  });

  for (const tool of ['exit', 'crash']) {
    it(`stdio: the server process ${tool === 'exit' ? 'exits' : 'crashes'} during a call`, async () => {
      for (const major of ['v1', 'v2']) {
        const client = major === 'v1' ? v1.makeClient() : v2.makeClient();
        const transport =
          major === 'v1' ? stdio() : new StdioV2({ command: process.execPath, args: [LEGACY_SERVER] });
        await client.connect(transport);
        assert.equal(await active(), 1);
        await assert.rejects(client.callTool({ name: tool }));
        const span = agent.span(`tools/call ${tool}`, 'CLIENT');
        assert.equal(span.attributes['error.type'], 'connection_closed');
        assert.equal(await active(), 0);
        await agent.reset();
      }
    });
  }

  it('stdio: the server process is killed while nothing is under way', async () => {
    const client = v1.makeClient();
    const transport = stdio();
    await client.connect(transport);
    process.kill(transport.pid as number, 'SIGKILL');
    await until(async () => (await active()) === 0, 'the connection is over');
  });

  it('streamable HTTP: the server is gone, the client notices, and closes', async () => {
    const endpoint = await serveV1();
    const client = v1.makeClient();
    await client.connect(new StreamableHTTPClientTransport(endpoint.url));
    assert.equal(await active(), 1);
    await endpoint.close();
    await assert.rejects(client.callTool({ name: 'echo' }));
    assert.equal(agent.span('tools/call echo', 'CLIENT').attributes['error.type'], 'transport_error');
    assert.equal(
      await active(),
      1,
      'HTTP has no connection that could break: the client object still holds it',
    );
    await client.close();
    assert.equal(await active(), 0);
  });

  it('SSE: the server is gone', async () => {
    const endpoint = await serveV1Sse();
    const client = v1.makeClient();
    await client.connect(new SSEClientTransport(endpoint.url));
    assert.equal(await active(), 1);
    await endpoint.close();
    await client.close();
    assert.equal(await active(), 0);
  });

  it('the same client object connects again with another transport', async () => {
    const client = v1.makeClient();
    for (let round = 1; round <= 3; round += 1) {
      await v1.connectPair(client);
      assert.equal(await active(), 1, `round ${round}`);
      await client.close();
      assert.equal(await active(), 0, `round ${round}`);
    }
    assert.equal((await agent.collect('mcp.client.session.duration'))[0]?.histogram?.count, 3);
  });

  it('a second connect while connected is the SDK’s error and counts no connection', async () => {
    const { client, close } = await v1.connectPair();
    const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
    await v1.makeServer().connect(serverSide);
    await assert.rejects(client.connect(clientSide), /Already connected/);
    assert.equal(await active(), 1, 'the first connection lives on');
    assert.equal((await client.callTool({ name: 'echo', arguments: { text: 'x' } })).isError, undefined);
    await close();
  });

  it('a client dropped without close() is no connection any more once it is collected', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    await (async () => {
      await v1.connectPair();
    })();
    assert.equal(await active(), 1);
    await until(async () => {
      gc();
      await wait(5);
      return (await active()) === 0;
    }, 'the dropped client is counted down');
  });
});

describe('a connection that never came to be', () => {
  it('connect refused: never +1, one connection error', async () => {
    const socket = createServer().listen(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address() as AddressInfo;
    socket.close();
    await once(socket, 'close');
    const url = new URL(`http://127.0.0.1:${port}/mcp`);
    await assert.rejects(v1.makeClient().connect(new StreamableHTTPClientTransport(url)));
    assert.deepEqual(await connectionErrors(), { transport_error: 1 });
    await assert.rejects(v2.makeClient().connect(new HttpV2(url)));
    assert.deepEqual(await connectionErrors(), { transport_error: 1 });
    const modern = v2.makeClient('agent', { versionNegotiation: { mode: 'auto' } });
    await assert.rejects(modern.connect(new HttpV2(url)));
    assert.deepEqual(await connectionErrors(), { transport_error: 1 });
  });

  it('a command that does not exist', async () => {
    const transport = new StdioClientTransport({ command: 'no-such-command-anywhere', args: [] });
    await assert.rejects(v1.makeClient().connect(transport), { code: 'ENOENT' });
    assert.deepEqual(await connectionErrors(), { transport_error: 1 });
  });

  it('a server that ends before it answers', async () => {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ['--eval', 'process.exit(1)'],
    });
    await assert.rejects(v1.makeClient().connect(transport));
    const span = agent.span('initialize', 'CLIENT');
    assert.deepEqual([span.status, span.attributes['error.type']], ['ERROR', 'connection_closed']);
    assert.deepEqual(await agent.collect('mcp.client.session.duration'), [], 'there was no session');
    assert.deepEqual(await connectionErrors(), { connection_closed: 1 });
  });

  it('initialize is refused by the server: the JSON-RPC code', async () => {
    const server = v1.makeServer();
    server.setRequestHandler(v1.types.InitializeRequestSchema, async () => {
      throw new v1.types.McpError(-32099, 'not you');
    });
    await assert.rejects(v1.connectPair(v1.makeClient(), server), /not you/);
    assert.equal(agent.span('initialize', 'CLIENT').attributes['error.type'], '-32099');
    assert.deepEqual(await connectionErrors(), { '-32099': 1 });
  });

  it('initialize times out', async () => {
    const [clientSide] = v1.InMemoryTransport.createLinkedPair();
    await assert.rejects(v1.makeClient().connect(clientSide, { timeout: 30 }));
    assert.deepEqual(await connectionErrors(), { timeout: 1 });
  });

  it('HTTP 401 at the handshake', async () => {
    const { serve } = await import('./support/http.js');
    const endpoint = await serve((_, response) => response.writeHead(401).end());
    await assert.rejects(v1.makeClient().connect(new StreamableHTTPClientTransport(endpoint.url)));
    assert.deepEqual(await connectionErrors(), { 401: 1 });
    await endpoint.close();
  });

  it('a failed connect and a good one afterwards with the same client', async () => {
    const client = v1.makeClient();
    const [unanswered] = v1.InMemoryTransport.createLinkedPair();
    await assert.rejects(client.connect(unanswered, { timeout: 30 }));
    await client.close();
    await v1.connectPair(client);
    assert.equal(await active(), 1);
    await client.close();
    assert.equal(await active(), 0);
  });
});

describe('labels', () => {
  it('server_id and agent_name, and a series that was closed is 0 and not absent', async () => {
    const { close } = await v1.connectPair(v1.makeClient('labelled'));
    const series = async () => {
      const points = await agent.collect('mcp.active_connections');
      return points.filter(({ attributes }) => attributes['agent_name'] === 'labelled');
    };
    assert.deepEqual(
      (await series()).map(({ attributes, value }) => [attributes, value]),
      [[{ server_id: 'inmemory', agent_name: 'labelled' }, 1]],
    );
    await close();
    assert.deepEqual(
      (await series()).map(({ value }) => value),
      [0],
    );
  });

  it('a server’s connections are not counted: one connection would be two', async () => {
    const [, serverSide] = v1.InMemoryTransport.createLinkedPair();
    const server = v1.makeServer();
    await server.connect(serverSide);
    assert.equal(await active(), 0);
    await server.close();
  });
});
