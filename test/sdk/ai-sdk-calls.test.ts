/** The AI SDK's client beyond the truth table: handshakes that fail, and what a span says. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, beforeEach, describe, it } from 'node:test';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { context, trace } from '@opentelemetry/api';

import { REPOSITORY } from '../support/installs';
import { startAgent } from './support/agent';
import type { Span } from './support/agent';
import { AI_SDKS, NEWEST, aiSdk, callTool, connectModern, connectPair } from './support/ai-sdk';
import type { AiClientOptions, AiSdk, AiTransport } from './support/ai-sdk';
import { serve } from './support/http';

const LEGACY_SERVER = join(REPOSITORY, 'test/sdk/programs/legacy-server.cjs');
const agent = startAgent();
beforeEach(() => agent.reset());

const errorType = ({ attributes }: Span) => attributes['error.type'];
async function counted(name: string, label: string): Promise<unknown[]> {
  const points = await agent.collect(name);
  return points.map(({ attributes, value, histogram }) => [attributes[label], histogram?.count ?? value]);
}

interface Message {
  readonly id?: number;
}

/** Which `error_type` the failed connection was counted with. */
async function connectionErrors(): Promise<unknown[]> {
  return counted('mcpguard.connection.errors', 'error_type');
}

describe('a connection that never came to be', () => {
  for (const name of AI_SDKS) {
    describe(name, () => {
      let sdk: AiSdk;
      before(async () => {
        sdk = await aiSdk(name);
      });
      const fails = async (options: AiClientOptions) => {
        await agent.reset();
        await assert.rejects(sdk.createMCPClient(options));
        const active = await counted('mcp.active_connections', 'server_id');
        for (const point of active) assert.equal((point as unknown[])[1], 0, String(point));
        assert.deepEqual(await agent.collect('mcp.client.session.duration'), []);
        return { errors: await connectionErrors(), spans: agent.spans() };
      };
      const stdio = (command: string, ...args: string[]) => new sdk.StdioMCPTransport({ command, args });

      it('a command that does not exist: nothing was sent, no span', async () => {
        const { errors, spans } = await fails({ transport: stdio('no-such-command-anywhere') });
        assert.deepEqual([errors, spans], [[['transport_error', 1]], []]);
      });

      it('a server that ends before it answers', async () => {
        const { errors, spans } = await fails({ transport: stdio('true') });
        const seen = spans.map((span) => [span.name, errorType(span)]);
        // 2.x goes on from its question for the protocol's era, on a connection that is gone.
        const isNewest = name === NEWEST;
        assert.deepEqual(errors, [[isNewest ? 'not_connected' : 'connection_closed', 1]]);
        const asked = ['server/discover', 'connection_closed'];
        const last = ['initialize', isNewest ? 'not_connected' : 'connection_closed'];
        assert.deepEqual(seen, isNewest ? [asked, last] : [last]);
      });

      it('nobody listens at the URL', async () => {
        const socket = createServer().listen(0, '127.0.0.1');
        await once(socket, 'listening');
        const { port } = socket.address() as AddressInfo;
        socket.close();
        await once(socket, 'close');
        const url = `http://127.0.0.1:${port}/mcp`;
        const types = name.startsWith('ai@') ? (['sse'] as const) : (['sse', 'http'] as const);
        for (const type of types) {
          const { errors } = await fails({ transport: { type, url } });
          assert.deepEqual(errors, [['transport_error', 1]], type);
        }
      });

      it('HTTP 401 at the handshake', async () => {
        const endpoint = await serve((_, response) => response.writeHead(401).end());
        const isEarly = name.startsWith('ai@');
        const { href: url } = endpoint.url;
        const { errors, spans } = await fails({ transport: { type: isEarly ? 'sse' : 'http', url } });
        await endpoint.close();
        // `ai` keeps no status of what its SSE transport was answered, other than in words.
        assert.deepEqual(errors, [[isEarly ? 'transport_error' : '401', 1]]);
        assert.deepEqual(
          spans.map(errorType),
          spans.map(() => '401'),
        );
      });

      it('initialize is answered with an error: its code', async () => {
        const transport = scriptedTransport({ error: { code: -32099, message: 'not you' } });
        const { errors, spans } = await fails({ transport });
        assert.deepEqual([errors, spans.map(errorType)], [[['-32099', 1]], ['-32099']]);
      });

      it('initialize is answered with nonsense', async () => {
        const transport = scriptedTransport({ result: { protocolVersion: 5 } });
        const { errors, spans } = await fails({ transport });
        assert.deepEqual([errors, spans.map(errorType)], [[['invalid_result', 1]], ['invalid_result']]);
      });

      it('the server speaks a version that the client does not: initialize went well, the connection did not', async () => {
        const result = {
          protocolVersion: '1999-01-01',
          capabilities: {},
          serverInfo: { name: 's', version: '1' },
        };
        const { errors, spans } = await fails({ transport: scriptedTransport({ result }) });
        assert.deepEqual([errors, spans.map(errorType)], [[['_OTHER', 1]], [undefined]]);
      });

      const hasOptions = name.startsWith('@ai-sdk/mcp');
      const skip = hasOptions ? false : '`ai` takes no options for the handshake';
      it('initialize is not answered in time', { skip }, async () => {
        const options = { initializationOptions: { timeout: 50 } };
        const { errors, spans } = await fails({ transport: scriptedTransport(), ...options });
        assert.deepEqual([errors, spans.map(errorType)], [[['timeout', 1]], ['timeout']]);
      });

      it('the caller gives up during the handshake', { skip }, async () => {
        const abort = new AbortController();
        setTimeout(() => abort.abort('enough'), 30);
        const options = { initializationOptions: { signal: abort.signal } };
        const { errors, spans } = await fails({ transport: scriptedTransport(), ...options });
        assert.deepEqual([errors, spans.map(errorType)], [[['cancelled', 1]], ['cancelled']]);
      });
    });
  }
});

/** Answers requests with `answer`, or never. */
function scriptedTransport(answer?: object): Extract<AiClientOptions['transport'], { start: unknown }> {
  return {
    start: async () => {},
    close: async () => {},
    async send(message) {
      const { id } = message as Message;
      if (id === undefined || answer === undefined) return;
      queueMicrotask(() => this.onmessage?.({ jsonrpc: '2.0', id, ...answer }));
    },
  };
}

describe('what a span says', () => {
  for (const era of ['legacy', 'modern'] as const) {
    it(`a transport that is not authorized, ${era}: 401, as with the SDK's own`, async () => {
      const sdk = await aiSdk(NEWEST);
      const refused = Object.assign(new Error('Unauthorized'), { name: 'UnauthorizedError' });
      const prepare = (transport: AiTransport): void => {
        const { send } = transport;
        transport.send = (message, ...rest) =>
          JSON.stringify(message).includes('"echo"')
            ? Promise.reject(refused)
            : send.call(transport, message, ...rest);
      };
      const { client, close } = await (era === 'modern'
        ? connectModern(sdk, undefined, { prepare })
        : connectPair(sdk, { prepare }));
      await assert.rejects(callTool(client, 'echo'));
      assert.equal(errorType(agent.span('tools/call echo', 'CLIENT')), '401');
      await close();
    });
  }

  for (const name of AI_SDKS) {
    it(`an aborted signal that the client was not given, ${name}: the error is the server's`, async () => {
      const { client, close } = await connectPair(await aiSdk(name));
      const aborted = AbortSignal.abort();
      // What the signal is called in the other versions: this one looks at the other.
      const options = name === NEWEST ? { abortSignal: aborted } : { signal: aborted };
      const args = { code: -32050, message: 'no' };
      await assert.rejects(client.callTool({ name: 'rpc', args, arguments: args, options }), /no/);
      assert.equal(errorType(agent.span('tools/call rpc', 'CLIENT')), '-32050');
      await close();
    });
  }

  for (const name of AI_SDKS) {
    it(`a server that answers with its ids as text, ${name}: the client takes it, and so do we`, async () => {
      const sdk = await aiSdk(name);
      const { client, transport, close } = await connectPair(sdk);
      const { onmessage } = transport;
      transport.onmessage = (message, extra) => {
        const { id } = message as { id?: number };
        onmessage?.({ ...(message as object), id: String(id) }, extra);
      };
      await agent.reset();
      await assert.rejects(callTool(client, 'rpc', { code: -32050, message: 'no' }), /no/);
      const span = agent.span('tools/call rpc', 'CLIENT');
      assert.deepEqual([errorType(span), span.message], ['-32050', 'no']);
      await close();
    });
  }

  for (const name of AI_SDKS) {
    it(`over stdio, ${name}`, async () => {
      const sdk = await aiSdk(name);
      const transport = new sdk.StdioMCPTransport({ command: process.execPath, args: [LEGACY_SERVER] });
      const client = await sdk.createMCPClient({ transport, name: 'shopper' });
      await callTool(client, 'echo', { text: 'hello' });
      const { attributes } = agent.span('tools/call echo', 'CLIENT');
      assert.deepEqual(
        {
          method: attributes['mcp.method.name'],
          tool: attributes['gen_ai.tool.name'],
          operation: attributes['gen_ai.operation.name'],
          transport: attributes['network.transport'],
        },
        { method: 'tools/call', tool: 'echo', operation: 'execute_tool', transport: 'pipe' },
      );
      const [calls] = await agent.collect('mcp.tool.calls');
      assert.deepEqual(calls?.attributes, {
        tool_name: 'echo',
        server_id: 'legacy-server.cjs',
        agent_name: 'shopper',
        user_id: 'unknown',
        status: 'success',
      });
      await client.close();
    });

    it(`the tools that the model is given, and their parent, ${name}`, async () => {
      const { client, close } = await connectPair(await aiSdk(name));
      const tools = await client.tools();
      await agent.reset();
      const outer = trace.getTracer('agent').startSpan('turn');
      const active = trace.setSpan(context.active(), outer);
      await context.with(active, () =>
        tools['echo']?.execute({ text: 'x' }, { toolCallId: '1', messages: [] }),
      );
      outer.end();
      const call = agent.span('tools/call echo', 'CLIENT');
      assert.equal(call.parentId, outer.spanContext().spanId);
      await close();
    });
  }

  it(`resources, prompts and lists, ${NEWEST}`, async () => {
    const { client, close } = await connectPair(await aiSdk(NEWEST));
    await agent.reset();
    await client.listResources();
    await client.readResource({ uri: 'test://greeting' });
    await client.listPrompts();
    await client.getPrompt({ name: 'greet' });
    await assert.rejects(client.readResource({ uri: 'test://missing' }));
    const seen = agent.spans().filter(({ kind }) => kind === 'CLIENT');
    assert.deepEqual(
      seen.map((span) => [span.name, errorType(span)]),
      [
        ['resources/list', undefined],
        ['resources/read', undefined],
        ['prompts/list', undefined],
        ['prompts/get greet', undefined],
        ['resources/read', '-32002'],
      ],
    );
    await close();
  });
});
