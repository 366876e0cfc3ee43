/** Calls that failed in transport and are repeated: one call, and a leg for each attempt after the first. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from './support/agent';
import { aiSdk, callTool, connectPair as connectAiSdk } from './support/ai-sdk';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

const agent = startAgent();
beforeEach(() => agent.reset());
afterEach(() => runtime().setGuards(undefined));

interface Sending {
  send: (message: unknown, ...rest: unknown[]) => Promise<void>;
}

interface Connected {
  readonly call: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Lets the next sends of tool calls fail, each as the transport's own failure. */
function failing(transport: Sending, times: () => number): void {
  const { send } = transport;
  transport.send = (message, ...rest) => {
    const isCall = (message as { method?: string }).method === 'tools/call';
    if (isCall && times() > 0) return Promise.reject(new Error('the wire broke'));
    return send.call(transport, message, ...rest);
  };
}

const CLIENTS: Readonly<Record<string, (failures: () => number) => Promise<Connected>>> = {
  'SDK 1.x': async (failures) => {
    const { client, close } = await v1.connectPair();
    failing(client.transport as unknown as Sending, failures);
    return { call: () => client.callTool({ name: 'echo', arguments: { text: 'x' } }), close };
  },
  'SDK 2.x': async (failures) => {
    const { client, close } = await v2.connectPair();
    failing(client.transport as unknown as Sending, failures);
    return { call: () => client.callTool({ name: 'echo', arguments: { text: 'x' } }), close };
  },
  '@ai-sdk/mcp 1.x': async (failures) => {
    const { client, close } = await connectAiSdk(await aiSdk('@ai-sdk/mcp@1.0.101'), {
      prepare: (transport) => failing(transport as unknown as Sending, failures),
    });
    return { call: () => callTool(client, 'echo', { text: 'x' }), close };
  },
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  describe(name, () => {
    const attempt = async (failures: number, retries: number) => {
      let left = failures;
      const { call, close } = await connect(() => left--);
      await agent.reset();
      runtime().setGuards({ decide: () => ({ decisions: [], retries }) });
      const ended = await call().then(
        () => 'fine',
        (error: Error) => error.message,
      );
      runtime().setGuards(undefined);
      const spans = agent.spans().filter((span) => span.kind === 'CLIENT' && span.name === 'tools/call echo');
      const outer = spans.find(({ parentId }) => spans.every(({ spanId }) => spanId !== parentId));
      const calls = (await agent.collect('mcp.tool.calls')).map(({ attributes, value }) => [
        attributes['status'],
        value,
      ]);
      await close();
      return { ended, spans, outer, calls };
    };

    it('repeats until it succeeds: one call, one leg per repetition', async () => {
      const { ended, spans, outer, calls } = await attempt(2, 2);
      assert.equal(ended, 'fine');
      assert.equal(spans.length, 3);
      assert.equal(outer?.attributes['error.type'], undefined);
      const legs = spans.filter((span) => span !== outer);
      assert.deepEqual(new Set(legs.map(({ parentId }) => parentId)), new Set([outer?.spanId]));
      assert.deepEqual(
        new Set(legs.map(({ attributes }) => attributes['error.type'])),
        new Set(['transport_error', undefined]),
      );
      assert.deepEqual(calls, [['success', 1]]);
    });

    it('gives up after the last attempt, with the error of the client', async () => {
      const { ended, spans, outer, calls } = await attempt(3, 1);
      assert.match(ended, /the wire broke/);
      assert.equal(spans.length, 2);
      assert.equal(outer?.attributes['error.type'], 'transport_error');
      assert.deepEqual(calls, [['error', 1]]);
    });

    it('is asked once where no repetition is allowed', async () => {
      const { spans, outer } = await attempt(1, 0);
      assert.equal(spans.length, 1);
      assert.equal(outer?.attributes['error.type'], 'transport_error');
    });
  });
}
