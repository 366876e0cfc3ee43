/** Guards and the AI SDK's client: asked once about a call, at once or later, and before anything is sent. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { inputRequired } from '@modelcontextprotocol/server';
import type { Server } from '@modelcontextprotocol/server';
import { trace } from '@opentelemetry/api';

import type { McpCall } from '../../src/core/call';
import type { Admission } from '../../src/pipeline/guards';
import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from './support/agent';
import {
  AI_SDKS,
  NEWEST,
  aiSdk,
  callTool,
  connectModern,
  connectPair,
  onElicitation,
} from './support/ai-sdk';
import * as v2 from './support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());
afterEach(() => runtime().setGuards(undefined));

const ALLOWED: Admission = { decisions: [] };
const denial = { errorType: 'budget_exceeded', error: new Error('no budget') } as const;
const DENIED: Admission = { decisions: [], denial };

const outgoing = () => agent.spans().filter(({ kind }) => kind === 'CLIENT');

for (const name of AI_SDKS) {
  describe(name, () => {
    it('a denial, at once or later, is the error that the caller gets, and nothing is sent', async () => {
      const sent: string[] = [];
      const { client, close } = await connectPair(await aiSdk(name), {
        prepare: (transport) => {
          const { send } = transport;
          transport.send = (message, ...rest) => {
            sent.push((message as { method: string }).method);
            return send.call(transport, message, ...rest);
          };
        },
      });
      sent.length = 0;
      for (const decide of [() => DENIED, async () => DENIED]) {
        await agent.reset();
        runtime().setGuards({ decide });
        await assert.rejects(callTool(client, 'echo'), (error) => error === denial.error);
        await assert.rejects(client.listTools(), (error) => error === denial.error);
        assert.deepEqual(sent, []);
        assert.deepEqual(
          agent.spans().map((span) => [span.kind, span.name, span.attributes['error.type']]),
          [
            ['CLIENT', 'tools/call echo', 'budget_exceeded'],
            ['CLIENT', 'tools/list', 'budget_exceeded'],
          ],
        );
        const [calls] = await agent.collect('mcp.tool.calls');
        assert.deepEqual([calls?.attributes['status'], calls?.value], ['denied', 1]);
      }
      runtime().setGuards(undefined);
      assert.equal((await callTool(client, 'echo', { text: 'x' })).content[0]?.text, 'x');
      await close();
    });

    it('allowances that come late, in any order: every call goes on as itself', async () => {
      const { client, close } = await connectPair(await aiSdk(name));
      await agent.reset();
      runtime().setGuards({ decide: async () => wait(Math.random() * 20, ALLOWED) });
      const tracer = trace.getTracer('agent');
      const turns = Array.from({ length: 50 }, (_, n) =>
        tracer.startActiveSpan('turn', async (outer) => {
          const result = await callTool(client, 'echo', { text: `answer ${n}` });
          outer.end();
          assert.equal(result.content[0]?.text, `answer ${n}`);
          return outer.spanContext().spanId;
        }),
      );
      const parents = await Promise.all(turns);
      const spans = outgoing();
      assert.equal(spans.length, 50);
      assert.deepEqual(new Set(spans.map(({ parentId }) => parentId)), new Set(parents));
      const served = new Map(
        agent.spans().flatMap((span) => (span.kind === 'SERVER' ? [[span.parentId, span]] : [])),
      );
      for (const { spanId, attributes } of spans) {
        const id = 'jsonrpc.request.id';
        assert.equal(served.get(spanId)?.attributes[id], attributes[id]);
      }
      await close();
    });
  });
}

/** Confirms when it was given input. */
function makeServer(): Server {
  const server = v2.makeServer();
  const requestedSchema = { type: 'object' as const, properties: {} };
  server.setRequestHandler('tools/call', async (_, { mcpReq }) =>
    mcpReq.requestState() === undefined
      ? inputRequired({
          inputRequests: { sure: inputRequired.elicit({ message: 'sure?', requestedSchema }) },
          requestState: '1',
        })
      : { content: [{ type: 'text', text: 'confirmed' }] },
  );
  return server;
}

it('the guards are told which requests are legs of a call that they know', async () => {
  const sdk = await aiSdk(NEWEST);
  const { client, close } = await connectModern(sdk, () => makeServer());
  onElicitation(sdk, client, () => ({ action: 'accept', content: {} }));
  const asked: McpCall[] = [];
  runtime().setGuards({
    decide(call) {
      asked.push(call);
      return ALLOWED;
    },
  });
  assert.equal((await callTool(client, 'it', { a: 1 })).content[0]?.text, 'confirmed');
  const calls = asked.filter(({ method, direction }) => method === 'tools/call' && direction === 'outgoing');
  const outer = calls.filter(({ parent }) => parent === undefined);
  assert.equal(outer.length, 1, 'one call');
  for (const leg of calls.slice(1)) assert.equal(leg.parent, outer[0]);
  assert.deepEqual(outer[0]?.params, { name: 'it', arguments: { a: 1 } });
  await close();
});
