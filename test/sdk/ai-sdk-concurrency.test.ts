/** 1,000 interleaved calls of 50 users through one client of the AI SDK, with and without attempts that fail. */
import assert from 'node:assert/strict';
import { after, beforeEach, it } from 'node:test';

import { startAgent } from './support/agent';
import { AI_SDKS, NEWEST, aiSdk, connectModern, connectPair } from './support/ai-sdk';
import type { AiPair, AiSdk, AiSdkName, AiTransport } from './support/ai-sdk';
import { CALLS, askAll, describeConcurrency } from './support/concurrency';
import type { AnyPair } from './support/concurrency';

const agent = startAgent();
beforeEach(() => agent.reset());

// A call of this client has no timer of its own, and the server's do not keep a process alive.
const alive = setInterval(() => {}, 1_000);
after(() => clearInterval(alive));

const retries = (name: AiSdkName) => (name.startsWith('@ai-sdk/mcp') ? { maxRetries: 2 } : {});

/** One input object for one object of parameters, so that shared ones stay shared. */
function ofAiSdk({ client, close }: AiPair): AnyPair {
  const inputs = new WeakMap<object, object>();
  return {
    callTool: (params, options) => {
      const { name, arguments: args } = params;
      let input = inputs.get(params);
      if (input === undefined) inputs.set(params, (input = Object.freeze({ name, args, arguments: args })));
      const signal = options?.signal;
      return client.callTool(
        signal === undefined ? input : { ...input, options: { signal, abortSignal: signal } },
      );
    },
    close,
  };
}

// The client of `ai` 5.0 is that of 4.3.
for (const name of AI_SDKS.filter((one) => one !== 'ai@5.0.0')) {
  describeConcurrency(agent, name, async () => ofAiSdk(await connectPair(await aiSdk(name), retries(name))));
}
describeConcurrency(agent, `${NEWEST}, protocol 2026-07-28`, async () =>
  ofAiSdk(await connectModern(await aiSdk(NEWEST), undefined, retries(NEWEST))),
);

/** Every third call is refused once with 503; the client tries again two seconds later. */
class Unreliable {
  readonly maxRetries = 2;
  private readonly refused = new Set<string>();

  constructor(private readonly sdk: AiSdk) {}

  get refusals(): number {
    return this.refused.size;
  }

  readonly prepare = (transport: AiTransport): void => {
    const { send } = transport;
    transport.send = async (message, ...rest) => {
      const { params } = message as { params?: { arguments?: { text?: string } } };
      this.refuse(params?.arguments?.text ?? '');
      return send.call(transport, message, ...rest);
    };
  };

  private refuse(text: string): void {
    if (Number(/\d+$/.exec(text)?.[0] ?? 1) % 3 !== 0 || this.refused.has(text)) return;
    this.refused.add(text);
    const { MCPClientError } = this.sdk;
    const busy = { message: 'busy', statusCode: 503 };
    throw MCPClientError === undefined ? Object.assign(new Error(), busy) : new MCPClientError(busy);
  }
}

type Connect = (sdk: AiSdk, options: Unreliable) => Promise<AiPair>;
const legacy: Connect = (sdk, options) => connectPair(sdk, options);
const modern: Connect = (sdk, options) => connectModern(sdk, undefined, options);

const RETRYING: readonly (readonly [string, AiSdkName, Connect])[] = [
  ['@ai-sdk/mcp@1.0.101', '@ai-sdk/mcp@1.0.101', legacy],
  [NEWEST, NEWEST, legacy],
  [`${NEWEST}, protocol 2026-07-28`, NEWEST, modern],
];

for (const [title, name, connect] of RETRYING) {
  it(`every third call needs a second attempt, ${title}: every attempt below its own call`, async () => {
    const sdk = await aiSdk(name);
    const unreliable = new Unreliable(sdk);
    const pair = await connect(sdk, unreliable);
    await agent.reset();
    const asked = await askAll(ofAiSdk(pair).callTool, (n) => ({ text: `answer ${n}` }));
    asked.forEach(({ answer }, n) => assert.equal(answer, `answer ${n}`));
    const requests = CALLS + unreliable.refusals;
    assert.equal(unreliable.refusals, Math.ceil(CALLS / 3));
    const spans = agent.spans().filter(({ kind }) => kind === 'CLIENT');
    const served = new Map(
      agent
        .spans()
        .filter(({ kind }) => kind === 'SERVER')
        .map((span) => [span.parentId, span]),
    );
    const below = new Map(spans.map((span) => [span.parentId, span]));
    assert.deepEqual([spans.length, below.size, served.size], [requests, requests, CALLS]);
    asked.forEach(({ outer, traceId, user }, n) => {
      const call = below.get(outer);
      assert.ok(call !== undefined, 'a turn has its call');
      const leg = below.get(call.spanId);
      assert.equal(leg !== undefined, n % 3 === 0);
      for (const span of leg === undefined ? [call] : [call, leg]) {
        assert.deepEqual([span.traceId, span.attributes['user.id'], span.status], [traceId, user, 'UNSET']);
      }
      const last = leg ?? call;
      const id = 'jsonrpc.request.id';
      assert.equal(served.get(last.spanId)?.attributes[id], last.attributes[id]);
    });
    const calls = await agent.collect('mcp.tool.calls');
    assert.equal(
      calls.reduce((sum, { value }) => sum + value, 0),
      CALLS,
    );
    await pair.close();
  });
}
