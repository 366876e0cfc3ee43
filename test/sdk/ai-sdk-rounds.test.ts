/** The AI SDK's client in protocol 2026-07-28: a call that the server answers with questions, until it has the result. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { ProtocolError, inputRequired } from '@modelcontextprotocol/server';
import type { Server } from '@modelcontextprotocol/server';

import { startAgent } from './support/agent';
import type { Point, Span } from './support/agent';
import { CAPABILITIES, NEWEST, aiSdk, callTool, connectModern, onElicitation } from './support/ai-sdk';
import type { AiClient, AiResult, AiSdk } from './support/ai-sdk';
import { serveV2 } from './support/http';
import type { Endpoint } from './support/http';
import * as v2 from './support/v2';

const agent = startAgent();

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });
const samples = (points: readonly Point[], name: string) =>
  points
    .filter((point) => point.name === name)
    .reduce((sum, { value, histogram }) => sum + (histogram?.count ?? value), 0);
const said = (result: AiResult) => result.content[0]?.text;

/** Emits `reached` when the tool `slow` has been given its input. */
const secondRound = new EventEmitter();

/** What kept the server from the final result, by tool. */
function makeServer(): Server {
  const server = v2.makeServer({ name: 'rounds' });
  const question = inputRequired.elicit({
    message: 'sure?',
    requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } } },
  });
  const sampling = { method: 'sampling/createMessage', params: { maxTokens: 5, messages: [] } } as const;
  const ask = (requestState: string, sure: unknown = question) =>
    inputRequired({ inputRequests: { sure: sure as typeof question }, requestState });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const state = mcpReq.requestState();
    if (state === undefined || params.name === 'never') {
      return ask('1', params.name === 'unsupported' ? sampling : undefined);
    }
    switch (params.name) {
      case 'twice':
        return state === '2' ? text('confirmed twice') : ask('2');
      case 'broken':
        throw new ProtocolError(-32050, 'broke in round two');
      case 'tool_error':
        return { ...text('no'), isError: true };
      case 'slow':
        secondRound.emit('reached');
        await wait(2_000);
        return text('late');
      default:
        return text('confirmed');
    }
  });
  return server;
}

describe('rounds of input', () => {
  let sdk: AiSdk;
  let endpoint: Endpoint;
  before(async () => {
    sdk = await aiSdk(NEWEST);
    endpoint = await serveV2(makeServer);
  });
  after(() => endpoint.close());

  interface Open {
    readonly client: AiClient;
    readonly close: () => Promise<void>;
  }
  const WAYS: Readonly<Record<string, () => Promise<Open>>> = {
    'in memory': () => connectModern(sdk, () => makeServer()),
    'over HTTP': async () => {
      const transport = { type: 'http', url: endpoint.url.href } as const;
      const client = await sdk.createMCPClient({ transport, capabilities: CAPABILITIES });
      return { client, close: () => client.close() };
    },
  };

  for (const [way, connect] of Object.entries(WAYS)) {
    describe(way, () => {
      let pair: Open;
      let asked: unknown[];
      beforeEach(async () => {
        pair = await connect();
        asked = [];
        onElicitation(sdk, pair.client, (request) => {
          asked.push(request);
          return { action: 'accept', content: {} };
        });
        await agent.reset();
      });
      afterEach(() => pair.close());

      const tool = (name: string) => ({
        all: agent.spans().filter((span) => span.name === `tools/call ${name}`),
        clients: agent.spans().filter((span) => span.name === `tools/call ${name}` && span.kind === 'CLIENT'),
        elicitations: agent.spans().filter((span) => span.name === 'elicitation/create'),
      });
      const outerOf = (spans: readonly Span[]) => spans.find(({ parentId }) => parentId === undefined);

      it('one outer CLIENT span until the final result, each further round its child, the handler a SERVER span', async () => {
        assert.equal(said(await callTool(pair.client, 'confirm')), 'confirmed');
        const { all, clients, elicitations } = tool('confirm');
        const [leg, outer] = clients;
        const [elicitation] = elicitations;
        assert.deepEqual([clients.length, elicitations.length, all.length, asked.length], [2, 1, 4, 1]);
        assert.ok(leg !== undefined && outer !== undefined && elicitation !== undefined);
        assert.equal(outer.parentId, undefined);
        assert.equal(leg.parentId, outer.spanId);
        assert.deepEqual(
          [elicitation.kind, elicitation.parentId, elicitation.traceId],
          ['SERVER', outer.spanId, outer.traceId],
        );
        assert.equal(elicitation.attributes['jsonrpc.request.id'], undefined, 'it has no id of its own');
        assert.ok(outer.duration >= leg.duration);
        assert.notEqual(leg.attributes['jsonrpc.request.id'], outer.attributes['jsonrpc.request.id']);
        for (const span of [leg, outer, elicitation]) {
          assert.deepEqual([span.status, span.attributes['error.type']], ['UNSET', undefined]);
          assert.equal(span.attributes['mcp.protocol.version'], '2026-07-28');
        }
        const served = all.filter(({ kind }) => kind === 'SERVER').map(({ parentId }) => parentId);
        assert.deepEqual(new Set(served), new Set([leg.spanId, outer.spanId]));
      });

      it('the guide counts the outer call once, the convention every span once', async () => {
        assert.equal(said(await callTool(pair.client, 'twice')), 'confirmed twice');
        const { clients, elicitations } = tool('twice');
        const outer = outerOf(clients);
        assert.deepEqual([clients.length, elicitations.length], [3, 2]);
        for (const leg of clients.filter((span) => span !== outer)) {
          assert.deepEqual([leg.parentId, leg.traceId], [outer?.spanId, outer?.traceId]);
        }
        for (const { parentId } of elicitations) assert.equal(parentId, outer?.spanId);
        const points = await agent.collect();
        assert.equal(samples(points, 'mcp.tool.calls'), 1);
        assert.equal(samples(points, 'mcp.tool.call.duration.seconds'), 1);
        assert.equal(samples(points, 'mcp.tool.call.errors'), 0);
        assert.equal(samples(points, 'mcp.client.operation.duration'), 3);
        assert.equal(samples(points, 'mcp.server.operation.duration'), 5);
      });

      it('an error in a leg is the error of the leg and of the outer call', async () => {
        await assert.rejects(callTool(pair.client, 'broken'), /broke in round two/);
        const { clients } = tool('broken');
        assert.equal(clients.length, 2);
        for (const span of clients) {
          assert.deepEqual(
            [span.attributes['error.type'], span.attributes['rpc.response.status_code'], span.message],
            ['-32050', '-32050', 'broke in round two'],
          );
        }
        assert.equal(samples(await agent.collect(), 'mcp.tool.call.errors'), 1);
      });

      it('isError in a leg is tool_error of both, counted once', async () => {
        assert.equal((await callTool(pair.client, 'tool_error')).isError, true);
        const { clients } = tool('tool_error');
        assert.deepEqual(
          clients.map((span) => span.attributes['error.type']),
          ['tool_error', 'tool_error'],
        );
        assert.equal(samples(await agent.collect(), 'mcp.tool.call.errors'), 1);
      });

      it('concurrent calls keep their rounds apart', async () => {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, n) => callTool(pair.client, n % 2 === 0 ? 'confirm' : 'twice')),
        );
        results.forEach((result, n) =>
          assert.equal(said(result), n % 2 === 0 ? 'confirmed' : 'confirmed twice'),
        );
        const { elicitations } = tool('confirm');
        for (const [name, rounds] of [
          ['confirm', 1],
          ['twice', 2],
        ] as const) {
          const { clients } = tool(name);
          const outers = clients.filter(({ parentId }) => parentId === undefined);
          assert.deepEqual([outers.length, clients.length], [10, 10 * (1 + rounds)]);
          for (const { traceId, spanId } of outers) {
            const of = (spans: readonly Span[]) =>
              spans.filter((span) => span.traceId === traceId && span.parentId === spanId).length;
            assert.deepEqual([of(clients), of(elicitations)], [rounds, rounds]);
          }
        }
        assert.equal(samples(await agent.collect(), 'mcp.tool.calls'), 20);
      });

      it('a resource and a prompt that need no input are one span each', async () => {
        await pair.client.readResource({ uri: 'test://greeting' });
        await pair.client.getPrompt({ name: 'greet', arguments: {} });
        const names = agent.spans().filter(({ kind }) => kind === 'CLIENT');
        assert.deepEqual(
          names.map(({ name }) => name),
          ['resources/read', 'prompts/get greet'],
        );
      });

      /** How the client gives up by itself: no fault of the transport, and no JSON-RPC error. */
      const givesUp = async (name: string, message: RegExp, type = '_OTHER') => {
        await assert.rejects(callTool(pair.client, name), message);
        const outer = outerOf(tool(name).clients);
        assert.deepEqual(
          [outer?.status, outer?.attributes['error.type'], outer?.attributes['rpc.response.status_code']],
          ['ERROR', type, undefined],
        );
        const points = await agent.collect('mcp.tool.call.errors');
        assert.deepEqual(
          points.map(({ attributes, value }) => [attributes['error_type'], value]),
          [[type, 1]],
        );
        return tool(name);
      };

      it('without a handler', async () => {
        await pair.close();
        pair = await connect();
        await agent.reset();
        const { clients, elicitations } = await givesUp('confirm', /no handler is registered/);
        assert.deepEqual([clients.length, elicitations.length], [1, 0]);
      });

      it('rounds without end', async () => {
        const { clients, elicitations } = await givesUp('never', /still requires input after 10 rounds/);
        assert.deepEqual([clients.length, elicitations.length], [11, 10]);
        const legs = clients.filter(({ parentId }) => parentId !== undefined);
        assert.deepEqual(new Set(legs.map(({ status }) => status)), new Set(['UNSET']));
      });

      it('a request for input that the client does not support', async () => {
        const { clients, elicitations } = await givesUp('unsupported', /Unsupported input request/);
        assert.deepEqual([clients.length, elicitations.length], [1, 0]);
      });

      for (const [name, round] of [
        ['confirm', 1],
        ['twice', 2],
      ] as const) {
        it(`a handler that throws in round ${round}`, async () => {
          let left = round;
          onElicitation(sdk, pair.client, () => {
            left -= 1;
            if (left === 0) throw new Error('nobody is at the keyboard');
            return { action: 'accept', content: {} };
          });
          const { elicitations } = await givesUp(name, /Failed to process server response/);
          const thrown = elicitations.at(-1);
          assert.deepEqual([thrown?.status, thrown?.attributes['error.type']], ['ERROR', '_OTHER']);
        });
      }

      it('a time-out in the second round: timeout of the call and of its leg', async () => {
        const options = { timeout: 500 };
        await assert.rejects(callTool(pair.client, 'slow', {}, options), /timed out after 500ms/);
        const { clients } = tool('slow');
        assert.deepEqual(
          clients.map((span) => span.attributes['error.type']),
          ['timeout', 'timeout'],
        );
      });

      it('an abort while the handler works: cancelled', async () => {
        const abort = new AbortController();
        onElicitation(sdk, pair.client, async () => {
          abort.abort();
          await wait(20);
          return { action: 'accept', content: {} };
        });
        const call = callTool(pair.client, 'confirm', {}, { signal: abort.signal });
        await assert.rejects(call, /Request was aborted/);
        const { clients } = tool('confirm');
        assert.deepEqual(
          clients.map((span) => span.attributes['error.type']),
          ['cancelled'],
        );
      });

      it('an abort in the second round: cancelled, the call and its leg', async () => {
        const abort = new AbortController();
        const call = callTool(pair.client, 'slow', {}, { signal: abort.signal });
        void once(secondRound, 'reached').then(() => abort.abort('enough'));
        await assert.rejects(call, /Request was aborted/);
        const { clients } = tool('slow');
        assert.deepEqual(
          clients.map((span) => span.attributes['error.type']),
          ['cancelled', 'cancelled'],
        );
      });

      it('close() in the second round: connection_closed, the call and its leg', async () => {
        const call = callTool(pair.client, 'slow');
        void once(secondRound, 'reached').then(() => pair.client.close());
        await assert.rejects(call, /Connection closed/);
        const { clients } = tool('slow');
        assert.deepEqual(
          clients.map((span) => span.attributes['error.type']),
          ['connection_closed', 'connection_closed'],
        );
      });
    });
  }
});
