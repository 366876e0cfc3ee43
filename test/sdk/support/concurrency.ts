/** 1,000 interleaved calls of 50 users through one client: every span has the right parent, user and result. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { trace } from '@opentelemetry/api';

import { withMcpContext } from '../../../src/index';
import type { Agent, Span } from './agent';

export const CALLS = 1_000;
const USERS = 50;

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface AnyPair {
  readonly callTool: (
    params: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> },
    options?: CallOptions,
  ) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** What one user asked for, as the agent's own span saw it. */
export interface Asked {
  readonly outer: string;
  readonly traceId: string;
  readonly user: string;
  readonly answer: string;
}

type ParamsOf = (n: number) => { text: string };

/** Every call in an outer span and for a user of its own; the server takes up to 30 ms, at random. */
export async function askAll(callTool: AnyPair['callTool'], paramsOf: ParamsOf): Promise<Asked[]> {
  const tracer = trace.getTracer('agent');
  const ask = (n: number) =>
    withMcpContext({ userId: `user-${n % USERS}` }, () =>
      tracer.startActiveSpan(`turn ${n}`, async (outer): Promise<Asked> => {
        const { spanId, traceId } = outer.spanContext();
        await new Promise((resolve) => {
          setTimeout(resolve, Math.random() * 20);
        });
        const result = await callTool({
          name: 'slow',
          arguments: { ...paramsOf(n), ms: Math.random() * 30 },
        });
        outer.end();
        const [first] = (result as { content: { text: string }[] }).content;
        return { outer: spanId, traceId, user: `user-${n % USERS}`, answer: first?.text ?? '' };
      }),
    );
  return Promise.all(Array.from({ length: CALLS }, (_, n) => ask(n)));
}

function clientSpans(agent: Agent): Span[] {
  return agent.spans().filter(({ name, kind }) => name === 'tools/call slow' && kind === 'CLIENT');
}

/** One CLIENT span per turn, below it, in its trace and for its user; one SERVER span below that. */
function assertEverySpanIsRight(agent: Agent, asked: readonly Asked[]): void {
  const spans = clientSpans(agent);
  const servers = agent.spans().filter(({ kind }) => kind === 'SERVER');
  assert.equal(spans.length, CALLS, 'none lost, none doubled');
  assert.equal(servers.length, CALLS);
  const byParent = new Map(spans.map((span) => [span.parentId, span]));
  const served = new Map(servers.map((span) => [span.parentId, span]));
  assert.equal(byParent.size, CALLS);
  for (const { outer, traceId, user } of asked) {
    const span = byParent.get(outer);
    assert.ok(span !== undefined, 'a turn has its call');
    assert.deepEqual([span.traceId, span.attributes['user.id'], span.status], [traceId, user, 'UNSET']);
    const server = served.get(span.spanId);
    assert.deepEqual(
      [server?.traceId, server?.attributes['jsonrpc.request.id']],
      [traceId, span.attributes['jsonrpc.request.id']],
    );
  }
  assert.equal(new Set(spans.map(({ attributes }) => attributes['jsonrpc.request.id'])).size, CALLS);
}

export function describeConcurrency(agent: Agent, name: string, connect: () => Promise<AnyPair>): void {
  describe(name, () => {
    it('interleaved calls keep parent, user and result', async () => {
      const pair = await connect();
      await agent.reset();
      const asked = await askAll(pair.callTool, (n) => ({ text: `answer ${n}` }));
      asked.forEach(({ answer }, n) => assert.equal(answer, `answer ${n}`));
      assertEverySpanIsRight(agent, asked);
      const calls = await agent.collect('mcp.tool.calls');
      assert.equal(calls.length, USERS);
      for (const { attributes, value } of calls) {
        assert.equal(value, CALLS / USERS, `calls of ${String(attributes['user_id'])}`);
      }
      await pair.close();
    });

    it('one params object shared by all calls: no span lost, doubled or mixed up', async () => {
      const pair = await connect();
      await agent.reset();
      const params = Object.freeze({ name: 'slow', arguments: Object.freeze({ text: 'same', ms: 5 }) });
      const asked = await askAll(
        () => pair.callTool(params),
        () => ({ text: 'same' }),
      );
      assertEverySpanIsRight(agent, asked);
      await pair.close();
    });

    it('one params object, some aborted, some failing: every outcome stays with its own call', async () => {
      const pair = await connect();
      await agent.reset();
      const tracer = trace.getTracer('agent');
      const params = { name: 'slow', arguments: { text: 'x', ms: 15 } };
      const turns = Array.from({ length: 100 }, (_, n) =>
        tracer.startActiveSpan(`turn ${n}`, async (outer) => {
          const abort = new AbortController();
          if (n % 3 === 0) setTimeout(() => abort.abort(), 5);
          await pair.callTool(params, { signal: abort.signal }).catch(() => {});
          outer.end();
          return { parent: outer.spanContext().spanId, type: n % 3 === 0 ? 'cancelled' : undefined };
        }),
      );
      const expected = await Promise.all(turns);
      const byParent = new Map(clientSpans(agent).map((span) => [span.parentId, span]));
      for (const { parent, type } of expected) {
        assert.equal(byParent.get(parent)?.attributes['error.type'], type);
      }
      assert.equal(byParent.size, 100);
      await pair.close();
    });
  });
}
