/**
 * The AI SDK's client with and without us: what it sends is the same but for trace context, what its caller gets is the
 * same, what its caller passes stays as it is, and it can be switched off.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { inputRequired } from '@modelcontextprotocol/server';
import type { Server } from '@modelcontextprotocol/server';

import { outcomeOf } from '../harm/support/outcomes';
import { PARAMS, deepFreeze, shapeOf } from '../harm/support/params';
import { startRecordingProxy } from '../harm/support/recording-proxy';
import type { RecordingProxy } from '../harm/support/recording-proxy';
import { assertSameWire, isTraced, sorted } from '../support/wire';
import { startAgent } from './support/agent';
import { AI_SDKS, CAPABILITIES, NEWEST, aiSdk, callTool } from './support/ai-sdk';
import { connectModern, connectPair, onElicitation } from './support/ai-sdk';
import type { AiClient, AiPair, AiSdk, AiSdkName, AiTransport } from './support/ai-sdk';
import { serveV1, serveV2 } from './support/http';
import type { Endpoint } from './support/http';
import * as v2 from './support/v2';

const agent = startAgent({ captureContent: true });
const { instrumentation } = agent;
beforeEach(() => agent.reset());

// A call of this client has no timer of its own, and the server's do not keep a process alive.
const alive = setInterval(() => {}, 1_000);
after(() => clearInterval(alive));

/** Runs `work` with us switched off, then with us. */
async function bareAndTraced<T>(work: () => Promise<T>): Promise<{ bare: T; traced: T }> {
  instrumentation.disable();
  const bare = await work();
  instrumentation.enable();
  await agent.reset();
  return { bare, traced: await work() };
}

/** A server that asks once before it confirms. */
function makeRoundsServer(): Server {
  const server = v2.makeServer();
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const requestedSchema = { type: 'object' as const, properties: {} };
    const sure = inputRequired.elicit({ message: 'sure?', requestedSchema });
    if (mcpReq.requestState() === undefined) {
      return inputRequired({ inputRequests: { sure }, requestState: '1' });
    }
    return { content: [{ type: 'text', text: `${params.name} confirmed` }] };
  });
  return server;
}

interface Column {
  readonly title: string;
  readonly name: AiSdkName;
  readonly connect: (sdk: AiSdk, prepare: (transport: AiTransport) => void) => Promise<AiPair>;
}

const COLUMNS: readonly Column[] = [
  ...AI_SDKS.map((name) => ({
    title: name,
    name,
    connect: (sdk: AiSdk, prepare: (transport: AiTransport) => void) => connectPair(sdk, { prepare }),
  })),
  {
    title: `${NEWEST}, protocol 2026-07-28`,
    name: NEWEST,
    connect: (sdk, prepare) => connectModern(sdk, undefined, { prepare }),
  },
];

/** Keeps what the client sends and gets, below whatever is on the transport. */
class Tap {
  readonly in: string[] = [];
  readonly out: string[] = [];
  /** Symbols on the messages that were sent, at any depth. */
  readonly symbols: symbol[] = [];

  readonly prepare = (transport: AiTransport): void => {
    const { send } = transport;
    transport.send = (message, ...rest) => {
      this.in.push(JSON.stringify(message));
      this.look(message);
      return send.call(transport, message, ...rest);
    };
    // The client sets its own handler when it is made, which is later.
    let handler: AiTransport['onmessage'];
    Object.defineProperty(transport, 'onmessage', {
      configurable: true,
      set(given: AiTransport['onmessage']) {
        handler = given;
      },
      get: () => (message: unknown, extra: unknown) => {
        this.out.push(JSON.stringify(message));
        handler?.(message, extra);
      },
    });
  };

  private look(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'symbol') this.symbols.push(key);
      else this.look((value as Record<string, unknown>)[key]);
    }
  }
}

/** Everything that a caller of every version can do and see, in order; then what newer ones can. */
async function everyOutcome(sdk: AiSdk, client: AiClient): Promise<string> {
  const isNewer = sdk.name.startsWith('@ai-sdk/mcp');
  if (isNewer) onElicitation(sdk, client, () => ({ action: 'accept', content: {} }));
  const tools = await client.tools();
  const outcomes = [
    Object.keys(tools),
    await outcomeOf(() => tools['echo']?.execute({ text: 'x' }, { toolCallId: '1', messages: [] })),
    await outcomeOf(() => client.listTools()),
    await outcomeOf(() => callTool(client, 'echo', { text: 'hello' })),
    await outcomeOf(() => callTool(client, 'fail')),
    await outcomeOf(() => callTool(client, 'throw')),
    await outcomeOf(() => callTool(client, 'rpc', { code: -32050 })),
    await outcomeOf(() => callTool(client, 'structured')),
    await outcomeOf(() => callTool(client, 'no such tool')),
    await outcomeOf(() => callTool(client, 'echo', {}, { signal: AbortSignal.abort('stop') })),
    await outcomeOf(() => (client as unknown as { callTool(): unknown }).callTool()),
  ];
  if (isNewer) {
    outcomes.push(
      await outcomeOf(() => callTool(client, 'elicit')),
      await outcomeOf(() => callTool(client, 'sample')),
      await outcomeOf(() => client.listResources()),
      await outcomeOf(() => client.readResource({ uri: 'test://greeting' })),
      await outcomeOf(() => client.readResource({ uri: 'test://missing' })),
      await outcomeOf(() => client.listPrompts()),
      await outcomeOf(() => client.getPrompt({ name: 'greet', arguments: { who: 'x' } })),
    );
  }
  await client.close();
  outcomes.push(await outcomeOf(() => callTool(client, 'echo')));
  return JSON.stringify(outcomes, undefined, 1);
}

for (const { title, name, connect } of COLUMNS) {
  describe(title, () => {
    let sdk: AiSdk;
    before(async () => {
      sdk = await aiSdk(name);
    });

    it('the same outcomes, and the same messages but for trace context', async () => {
      const { bare, traced } = await bareAndTraced(async () => {
        const tap = new Tap();
        const pair = await connect(sdk, tap.prepare);
        const outcomes = await everyOutcome(sdk, pair.client);
        await pair.close();
        return { tap, outcomes };
      });
      assert.equal(traced.outcomes, bare.outcomes);
      assert.ok(bare.tap.in.length >= 9, `${bare.tap.in.length} messages`);
      assertSameWire(bare.tap.in, traced.tap.in, 'to the server');
      assertSameWire(bare.tap.out, traced.tap.out, 'from the server');
      assert.ok(!bare.tap.in.some(isTraced));
      for (const line of traced.tap.in) {
        assert.equal(isTraced(line), line.includes('"method"') && !line.includes('no such method'), line);
      }
      assert.deepEqual(traced.tap.symbols, []);
      assert.ok(agent.spans().length > 15);
    });

    it('an error is the very object that it is without us', async () => {
      const broken = new Error('the pipe broke');
      const reason = { why: 'the user pressed stop' };
      const { bare, traced } = await bareAndTraced(async () => {
        const pair = await connect(sdk, (transport) => {
          const { send } = transport;
          transport.send = (message, ...rest) =>
            JSON.stringify(message).includes('"fail"')
              ? Promise.reject(broken)
              : send.call(transport, message, ...rest);
        });
        const thrown = await callTool(pair.client, 'fail').catch((error: unknown) => error);
        const signal = AbortSignal.abort(reason);
        const aborted = await callTool(pair.client, 'echo', {}, { signal }).catch((error: unknown) => error);
        await pair.close();
        return { thrown, aborted };
      });
      const isIt = (error: unknown) => [error === broken, (error as Error).cause === broken];
      assert.deepEqual(isIt(traced.thrown), isIt(bare.thrown));
      assert.ok(isIt(traced.thrown).includes(true));
      assert.equal(traced.aborted, reason);
      assert.equal(bare.aborted, reason);
    });

    it('an object of the caller is not changed, whatever it is', async () => {
      for (const [what, make] of Object.entries(PARAMS)) {
        const { bare, traced } = await bareAndTraced(async () => {
          const tap = new Tap();
          const pair = await connect(sdk, tap.prepare);
          const params = deepFreeze(make());
          const shape = shapeOf(params);
          const { arguments: args } = params as { arguments?: object };
          const input = deepFreeze({ name: 'echo', args, arguments: args, options: {} });
          const called = await outcomeOf(() => pair.client.callTool(input));
          const requested = await outcomeOf(() => request(pair.client, params));
          assert.deepEqual(shapeOf(params), shape, what);
          await pair.close();
          return { sent: tap.in, seen: JSON.stringify([called, requested]) };
        });
        assert.equal(traced.seen, bare.seen, what);
        assertSameWire(bare.sent, traced.sent, what);
      }
    });

    it('switched off it is as it was, and on again it is traced, on the same connection', async () => {
      const methods = () => Object.getOwnPropertyDescriptors(sdk.Client.prototype);
      const pair = await connect(sdk, () => {});
      const patched = methods();
      instrumentation.disable();
      await agent.reset();
      const original = methods();
      const changed = Object.keys(original).filter((key) => original[key]?.value !== patched[key]?.value);
      assert.ok(changed.includes('request') && changed.includes('callTool'), changed.join());
      assert.ok(!Object.hasOwn(pair.transport, 'send'), 'the transport is its own again');
      assert.equal((await callTool(pair.client, 'whoami')).content[0]?.text.includes('traceparent'), false);
      assert.deepEqual(agent.spans(), []);
      instrumentation.enable();
      await agent.reset();
      assert.match((await callTool(pair.client, 'whoami')).content[0]?.text ?? '', /traceparent/);
      assert.equal(agent.span('tools/call whoami', 'CLIENT').status, 'UNSET');
      assert.equal((await agent.collect('mcp.tool.calls')).length, 1);
      await pair.close();
    });

    it('a send that someone puts over ours: no message counts twice', async () => {
      const pair = await connect(sdk, () => {});
      await agent.reset();
      const { send } = pair.transport;
      let seen = 0;
      pair.transport.send = function (message, ...rest) {
        seen += 1;
        return send.call(this, { ...message }, ...rest);
      };
      for (let n = 0; n < 3; n += 1) await callTool(pair.client, 'echo', { text: 'x' });
      assert.equal(seen, 3);
      assert.equal(agent.spans().filter(({ kind }) => kind === 'CLIENT').length, 3);
      assert.deepEqual(
        (await agent.collect('mcp.tool.calls')).map(({ value }) => value),
        [3],
      );
      await pair.close();
    });
  });
}

/** The request below every call; `resultSchema` is a zod schema to the client. */
function request(client: AiClient, params: object): Promise<unknown> {
  const resultSchema = { parse: (result: unknown) => result };
  const lower = client as unknown as { request(input: object): Promise<unknown> };
  return lower.request(deepFreeze({ request: { method: 'tools/call', params }, resultSchema, options: {} }));
}

describe('rounds of input', () => {
  it('the same messages and outcomes, and no mark of ours on them', async () => {
    const sdk = await aiSdk(NEWEST);
    const { bare, traced } = await bareAndTraced(async () => {
      const tap = new Tap();
      const { prepare } = tap;
      const pair = await connectModern(sdk, () => makeRoundsServer(), { prepare });
      const asked: unknown[] = [];
      onElicitation(sdk, pair.client, (question) => {
        asked.push(question);
        return { action: 'accept', content: {} };
      });
      const outcomes = [await outcomeOf(() => callTool(pair.client, 'it')), asked];
      await pair.close();
      return { tap, outcomes };
    });
    assert.deepEqual(traced.outcomes, bare.outcomes);
    assertSameWire(bare.tap.in, traced.tap.in, 'to the server');
    assertSameWire(bare.tap.out, traced.tap.out, 'from the server');
    assert.deepEqual(traced.tap.symbols, []);
  });

  it('switched off in the middle of a call: it ends as it would, and nothing stays open', async () => {
    const sdk = await aiSdk(NEWEST);
    const tap = new Tap();
    const pair = await connectModern(sdk, () => makeRoundsServer(), { prepare: tap.prepare });
    await agent.reset();
    onElicitation(sdk, pair.client, () => {
      instrumentation.disable();
      return { action: 'accept', content: {} };
    });
    assert.equal((await callTool(pair.client, 'it')).content[0]?.text, 'it confirmed');
    assert.ok(!isTraced(tap.in.at(-1) ?? ''));
    instrumentation.enable();
    assert.equal(agent.span('tools/call it', 'CLIENT').status, 'UNSET');
    onElicitation(sdk, pair.client, () => ({ action: 'accept', content: {} }));
    await pair.close();
  });

  it('switched off and on again: the questions to the handler are traced as before', async () => {
    const sdk = await aiSdk(NEWEST);
    const pair = await connectModern(sdk, () => makeRoundsServer());
    onElicitation(sdk, pair.client, () => ({ action: 'accept', content: {} }));
    instrumentation.disable();
    instrumentation.enable();
    await agent.reset();
    await callTool(pair.client, 'it');
    const outer = agent.spans().find((span) => span.name === 'tools/call it' && span.parentId === undefined);
    assert.equal(agent.span('elicitation/create', 'SERVER').parentId, outer?.spanId);
    await pair.close();
  });
});

describe('over HTTP: the same requests, headers and bodies', () => {
  let legacy: Endpoint;
  let modern: Endpoint;
  before(async () => {
    [legacy, modern] = await Promise.all([serveV1(), serveV2(() => v2.makeServer())]);
  });
  after(() => Promise.all([legacy.close(), modern.close()]));

  /** A session's id is new in every run. */
  const head = (line: string): string => line.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'session');

  const converse = async (sdk: AiSdk, endpoint: Endpoint) => {
    const proxy: RecordingProxy = await startRecordingProxy(endpoint.url);
    const transport = { type: 'http', url: proxy.url.href } as const;
    const client = await sdk.createMCPClient({ transport, capabilities: CAPABILITIES });
    const outcomes = await everyOutcome(sdk, client);
    proxy.close();
    return { outcomes, in: sorted(proxy.in), heads: proxy.heads.map(head).toSorted() };
  };

  for (const [title, name, endpoint] of [
    ['@ai-sdk/mcp@1.0.101', '@ai-sdk/mcp@1.0.101', () => legacy],
    [NEWEST, NEWEST, () => legacy],
    [`${NEWEST}, protocol 2026-07-28`, NEWEST, () => modern],
  ] as const) {
    it(title, async () => {
      const sdk = await aiSdk(name);
      const { bare, traced } = await bareAndTraced(() => converse(sdk, endpoint()));
      assert.equal(traced.outcomes, bare.outcomes);
      assert.deepEqual(traced.heads, bare.heads);
      assertSameWire(bare.in, traced.in, 'to the server');
      assert.ok(traced.in.filter(isTraced).length > 10);
    });
  }
});
