/**
 * What a server asks of the AI SDK's client.
 *
 * `ai` 4 and 5.0.0 take no request: to them every message with a method is an error that they hand to
 * `onUncaughtError`, and the server never hears of it. There is nothing that could be traced on their side.
 */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { trace } from '@opentelemetry/api';

import { startAgent } from './support/agent';
import { AI_SDKS, aiSdk, callTool, connectPair, onElicitation } from './support/ai-sdk';
import type { AiClient, AiSdk, AiSdkName } from './support/ai-sdk';
import * as v1 from './support/v1';

const agent = startAgent();
beforeEach(() => agent.reset());

const takesRequests = (name: AiSdkName) => name.startsWith('@ai-sdk/mcp');

interface Asked {
  readonly sdk: AiSdk;
  readonly client: AiClient;
  readonly server: ReturnType<typeof v1.makeServer>;
  readonly uncaught: unknown[];
  readonly close: () => Promise<void>;
}

async function connect(name: AiSdkName): Promise<Asked> {
  const sdk = await aiSdk(name);
  const server = v1.makeServer();
  const uncaught: unknown[] = [];
  const onUncaughtError = (error: unknown): void => void uncaught.push(error);
  const { client, close } = await connectPair(sdk, { onUncaughtError }, server);
  await agent.reset();
  return { sdk, client, server, uncaught, close };
}

/** What the client told of the request on its SERVER span. */
function told(method: string): unknown[] {
  const { status, message, attributes } = agent.span(method, 'SERVER');
  return [status, attributes['error.type'], attributes['rpc.response.status_code'], message];
}

for (const name of AI_SDKS.filter(takesRequests)) {
  describe(name, () => {
    let asked: Asked;
    before(async () => {
      asked = await connect(name);
    });

    it('ping: a SERVER span below the server’s own CLIENT span', async () => {
      await asked.server.ping();
      const [sent, received] = [agent.span('ping', 'CLIENT'), agent.span('ping', 'SERVER')];
      assert.deepEqual([received.parentId, received.traceId], [sent.spanId, sent.traceId]);
      assert.deepEqual(told('ping'), ['UNSET', undefined, undefined, undefined]);
      assert.equal(received.attributes['jsonrpc.request.id'], sent.attributes['jsonrpc.request.id']);
    });

    it('elicitation/create within a tool call: one trace, and the handler’s own calls below it', async () => {
      onElicitation(asked.sdk, asked.client, async () => {
        await wait(5);
        await callTool(asked.client, 'echo', { text: 'from the handler' });
        return { action: 'accept', content: {} };
      });
      const result = await callTool(asked.client, 'elicit');
      assert.match(result.content[0]?.text ?? '', /accept/);
      const call = agent.span('tools/call elicit', 'CLIENT');
      const served = agent.span('tools/call elicit', 'SERVER');
      const question = agent.span('elicitation/create', 'CLIENT');
      const answer = agent.span('elicitation/create', 'SERVER');
      const nested = agent.span('tools/call echo', 'CLIENT');
      assert.deepEqual(
        [served.parentId, question.parentId, answer.parentId, nested.parentId],
        [call.spanId, served.spanId, question.spanId, answer.spanId],
      );
      assert.deepEqual(told('elicitation/create'), ['UNSET', undefined, undefined, undefined]);
      assert.ok(answer.duration >= nested.duration, 'it ends with its answer');
    });

    it('the handler runs once per request', async () => {
      let runs = 0;
      onElicitation(asked.sdk, asked.client, () => {
        runs += 1;
        return { action: 'decline' };
      });
      await callTool(asked.client, 'elicit');
      assert.equal(runs, 1);
      agent.span('elicitation/create', 'SERVER');
    });

    it('a handler that throws: the JSON-RPC error that the client answers', async () => {
      onElicitation(asked.sdk, asked.client, () => {
        throw new Error('nobody is there');
      });
      await callTool(asked.client, 'elicit').catch(() => {});
      assert.deepEqual(told('elicitation/create'), ['ERROR', '-32603', '-32603', 'nobody is there']);
      assert.equal(asked.uncaught.length, 1, 'the client hears of it as without us');
    });

    it('an answer that is none: likewise', async () => {
      onElicitation(asked.sdk, asked.client, () => ({ action: 'shrug' }));
      await callTool(asked.client, 'elicit').catch(() => {});
      assert.deepEqual(told('elicitation/create').slice(0, 3), ['ERROR', '-32603', '-32603']);
    });

    it('methods that the client does not know, and a handler that is not there', async () => {
      const other = await connect(name);
      await callTool(other.client, 'sample').catch(() => {});
      await callTool(other.client, 'roots').catch(() => {});
      await callTool(other.client, 'elicit').catch(() => {});
      for (const method of ['sampling/createMessage', 'roots/list', 'elicitation/create']) {
        // The convention does not count it as an error of the side that answers it.
        assert.deepEqual(told(method).slice(0, 3), ['UNSET', undefined, '-32601'], method);
      }
      await other.close();
    });

    it('a request without a trace of its own is the root of one, whatever was active when the client was made', async () => {
      const sdk = await aiSdk(name);
      const { transport, close } = await trace
        .getTracer('agent')
        .startActiveSpan('start of the agent', (span) => connectPair(sdk).finally(() => span.end()));
      await agent.reset();
      transport.onmessage?.({ jsonrpc: '2.0', id: 'a', method: 'ping' });
      await wait(5);
      const ping = agent.span('ping', 'SERVER');
      assert.deepEqual([ping.parentId, ping.attributes['jsonrpc.request.id']], [undefined, 'a']);
      await close();
    });

    it('the connection is closed while the handler works: the span ends with it', async () => {
      const one = await connect(name);
      onElicitation(one.sdk, one.client, () => wait(10_000, { action: 'accept' }, { ref: false }));
      const call = callTool(one.client, 'elicit').catch(() => {});
      await wait(10);
      await one.close();
      await call;
      assert.deepEqual(told('elicitation/create').slice(0, 2), ['ERROR', 'connection_closed']);
    });

    it('notifications of the server are no spans of the client: it takes none', async () => {
      const heard = asked.uncaught.length;
      await asked.server.sendLoggingMessage({ level: 'info', data: 'x' });
      assert.deepEqual(
        agent.spans().map(({ kind, name: span }) => `${kind} ${span}`),
        ['CLIENT notifications/message'],
      );
      assert.equal(asked.uncaught.length, heard + 1);
    });
  });
}

for (const name of AI_SDKS.filter((one) => !takesRequests(one))) {
  it(`${name} takes no request, and we make no span of one`, async () => {
    const { client, server, uncaught, close } = await connect(name);
    await assert.rejects(
      server.request({ method: 'ping' }, v1.types.EmptyResultSchema, { timeout: 50 }),
      /timed out/,
    );
    assert.equal(uncaught.length, 2, 'the request, and the notification that it is given up');
    assert.deepEqual(
      agent.spans().filter(({ kind }) => kind === 'SERVER'),
      [],
    );
    await callTool(client, 'echo', { text: 'still there' });
    await close();
  });
}
