/** How failures appear: acceptance rows TEL-03 (spans) and TEL-05 (the same `error.type` on metrics), on both majors. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import {
  ProtocolError,
  SdkError,
  SdkHttpError,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import {
  StreamableHTTPClientTransport as TransportV1,
  StreamableHTTPError,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { startAgent } from '../sdk/support/agent';
import type { Span } from '../sdk/support/agent';
import { serve } from '../sdk/support/http';
import type { Endpoint } from '../sdk/support/http';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());

interface AnyClient {
  callTool(tool: string, args?: Record<string, unknown>, options?: Options): Promise<unknown>;
  listTools(): Promise<unknown>;
  close(): Promise<void>;
}
interface Options {
  timeout?: number;
  signal?: AbortSignal;
}

const MAJORS = {
  'SDK 1.x': {
    connect: async (): Promise<AnyClient> => {
      const { client } = await v1.connectPair();
      return {
        callTool: (name, args, options) =>
          client.callTool({ name, arguments: args ?? {} }, undefined, options),
        listTools: () => client.listTools(),
        close: () => client.close(),
      };
    },
    remoteError: v1.types.McpError,
    localError: v1.types.McpError,
  },
  'SDK v2': {
    connect: async (): Promise<AnyClient> => {
      const { client } = await v2.connectPair();
      return {
        callTool: (name, args, options) => client.callTool({ name, arguments: args ?? {} }, options),
        listTools: () => client.listTools(),
        close: () => client.close(),
      };
    },
    remoteError: ProtocolError,
    localError: SdkError,
  },
  'SDK v2, protocol 2026-07-28': {
    connect: async (): Promise<AnyClient> => {
      const pair = await v2.connectModern(() => v2.makeServer());
      return {
        callTool: (name, args, options) => pair.client.callTool({ name, arguments: args ?? {} }, options),
        listTools: () => pair.client.listTools(),
        close: () => pair.close(),
      };
    },
    remoteError: ProtocolError,
    localError: SdkError,
  },
};

interface Expected {
  readonly type: string;
  /** JSON-RPC code. */
  readonly code?: number;
  readonly message?: string;
  readonly exception?: boolean;
}

/** The span says it, and both metric families say the same. */
async function assertFailure(tool: string, expected: Expected): Promise<Span> {
  const span = agent.span(`tools/call ${tool}`, 'CLIENT');
  const { type, code, message, exception = true } = expected;
  assert.deepEqual(
    [span.status, span.attributes['error.type'], span.attributes['rpc.response.status_code']],
    ['ERROR', type, code === undefined ? undefined : String(code)],
  );
  assert.equal(span.message, message);
  assert.deepEqual(
    span.events.map(({ name }) => name),
    exception ? ['exception'] : [],
  );
  const points = await agent.collect();
  const operation = points.filter(
    ({ name, attributes }) =>
      name === 'mcp.client.operation.duration' && attributes['gen_ai.tool.name'] === tool,
  );
  assert.deepEqual(
    operation.map(({ attributes, histogram }) => [
      attributes['error.type'],
      attributes['rpc.response.status_code'],
      histogram?.count,
    ]),
    [[type, code === undefined ? undefined : String(code), 1]],
  );
  const errors = points.filter(({ name }) => name === 'mcp.tool.call.errors');
  assert.deepEqual(
    errors.map(({ attributes, value }) => [attributes['error_type'], value]),
    [[type, 1]],
  );
  const calls = points.filter(({ name }) => name === 'mcp.tool.calls');
  assert.deepEqual(
    calls.map(({ attributes, value }) => [attributes['status'], value]),
    [['error', 1]],
  );
  return span;
}

for (const [name, major] of Object.entries(MAJORS)) {
  describe(`TEL-03: ${name}`, () => {
    let client: AnyClient;
    beforeEach(async () => {
      client = await major.connect();
      await agent.reset();
    });
    const close = () => client.close();

    it('a tool that answers isError: tool_error, no code, no exception, none of its words', async () => {
      const result = (await client.callTool('fail')) as { isError?: boolean };
      assert.equal(result.isError, true);
      const span = await assertFailure('fail', { type: 'tool_error', exception: false });
      assert.doesNotMatch(JSON.stringify(span), /secret detail/);
      const server = agent.span('tools/call fail', 'SERVER');
      assert.deepEqual([server.status, server.attributes['error.type']], ['ERROR', 'tool_error']);
      assert.equal(server.message, undefined);
      await close();
    });

    it('a JSON-RPC error: its code, and its message without prefix and code', async () => {
      await assert.rejects(
        client.callTool('rpc', { code: -32050, message: 'no such row' }),
        major.remoteError,
      );
      await assertFailure('rpc', { type: '-32050', code: -32050, message: 'no such row' });
      await close();
    });

    it('a remote -32001 is a remote error, not a timeout', async () => {
      await assert.rejects(client.callTool('rpc', { code: -32001, message: 'remote' }));
      await assertFailure('rpc', { type: '-32001', code: -32001, message: 'remote' });
      await close();
    });

    it('a handler that throws: -32603', async () => {
      await assert.rejects(client.callTool('throw'));
      await assertFailure('throw', { type: '-32603', code: -32603, message: 'handler broke' });
      await close();
    });

    it('a local timeout: timeout, no code', async () => {
      await assert.rejects(client.callTool('slow', { ms: 5_000 }, { timeout: 20 }), major.localError);
      await assertFailure('slow', { type: 'timeout' });
      await close();
    });

    it('an abort by the caller: cancelled, no code', async () => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 20);
      await assert.rejects(client.callTool('slow', { ms: 5_000 }, { signal: abort.signal }));
      await assertFailure('slow', { type: 'cancelled' });
      await close();
    });

    it('a signal aborted beforehand: cancelled, and nothing was sent', async () => {
      await assert.rejects(client.callTool('slow', {}, { signal: AbortSignal.abort(new Error('no')) }));
      const span = await assertFailure('slow', { type: 'cancelled' });
      assert.equal(span.attributes['jsonrpc.request.id'], undefined);
      assert.deepEqual(
        agent.spans().filter(({ kind }) => kind === 'SERVER'),
        [],
      );
      await close();
    });

    it('the connection closes during the call: connection_closed', async () => {
      const pending = client.callTool('slow', { ms: 5_000 });
      setTimeout(() => void client.close(), 20);
      await assert.rejects(pending, major.localError);
      await assertFailure('slow', { type: 'connection_closed' });
    });

    it('a call after the end: not_connected', async () => {
      await close();
      await agent.reset();
      await assert.rejects(client.callTool('echo'));
      await assertFailure('echo', { type: 'not_connected' });
    });

    it('an answer that breaks the tool’s output schema: invalid_result, no code', async () => {
      await client.listTools();
      await agent.reset();
      await assert.rejects(client.callTool('structured', { violate: true }));
      await assertFailure('structured', { type: 'invalid_result' });
      assert.equal(agent.span('tools/call structured', 'SERVER').status, 'UNSET');
      await close();
    });
  });
}

describe('TEL-03: refused at the HTTP level', () => {
  let endpoint: Endpoint;
  let status = 0;
  before(async () => {
    endpoint = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const message = body === '' ? {} : (JSON.parse(body) as { id?: number; method?: string });
      if (message.method === 'initialize') {
        const result = {
          protocolVersion: '2025-06-18',
          capabilities: { tools: {} },
          serverInfo: { name: 's', version: '1' },
        };
        const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result });
        response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
      } else if (message.method === 'tools/call') {
        if (status === 0) response.destroy();
        else response.writeHead(status, { 'content-type': 'text/plain' }).end('refused');
      } else {
        response.writeHead(request.method === 'POST' ? 202 : 405).end();
      }
    });
  });
  after(() => endpoint.close());

  for (const code of [401, 403, 404, 500, 503]) {
    it(`SDK 1.x: ${code}`, async () => {
      const client = v1.makeClient();
      await client.connect(new TransportV1(endpoint.url));
      await agent.reset();
      status = code;
      await assert.rejects(client.callTool({ name: 'x' }), StreamableHTTPError);
      await assertFailure('x', { type: String(code) });
      await client.close();
    });
    it(`SDK v2: ${code}`, async () => {
      const client = v2.makeClient();
      await client.connect(new TransportV2(endpoint.url));
      await agent.reset();
      status = code;
      await assert.rejects(client.callTool({ name: 'x' }), SdkHttpError);
      await assertFailure('x', { type: String(code) });
      await client.close();
    });
  }

  it('SDK 1.x and v2: a broken socket is transport_error', async () => {
    status = 0;
    const first = v1.makeClient();
    await first.connect(new TransportV1(endpoint.url));
    await agent.reset();
    await assert.rejects(first.callTool({ name: 'x' }));
    await assertFailure('x', { type: 'transport_error' });
    await first.close();
    const second = v2.makeClient();
    await second.connect(new TransportV2(endpoint.url));
    await agent.reset();
    await assert.rejects(second.callTool({ name: 'x' }));
    await assertFailure('x', { type: 'transport_error' });
    await second.close();
  });
});
