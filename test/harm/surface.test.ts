/** What an agent could notice of us by looking: methods, prototypes, transports, subclasses, timing. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { startAgent } from '../sdk/support/agent';
import * as v1 from '../sdk/support/v1';
import * as v2 from '../sdk/support/v2';
import { MAJORS, clientClass, connect, outcomeOf, transportClass } from './support/outcomes';
import type { AnyClient, AnyTransport } from './support/outcomes';

type Send = (message: unknown) => Promise<void>;

/** A request is known by its id however it is passed on, a notification only as itself, at once. */
const PASSING_ON: Readonly<Record<string, (message: unknown, send: Send) => Promise<void>>> = {
  'the message': (message, send) => send(message),
  'a copy, later': async (message, send) => {
    await Promise.resolve();
    return send({ ...(message as object) });
  },
};

type Descriptors = Map<string, Map<PropertyKey, PropertyDescriptor>>;

/** Every class of the SDKs that we touch, and those above and below it. */
const CLASSES: readonly (new (...args: never[]) => object)[] = [
  v1.Client,
  v1.Server,
  v1.InMemoryTransport,
  v2.Client,
  v2.Server,
  v2.InMemoryTransport,
];

/** Own properties of these classes and of all their prototypes, up to `Object.prototype`. */
function descriptors(): Descriptors {
  const found: Descriptors = new Map();
  for (const [at, each] of CLASSES.entries()) {
    const chain: object[] = [each];
    for (
      let link = each.prototype as object | null;
      link !== null;
      link = Object.getPrototypeOf(link) as object | null
    )
      chain.push(link);
    for (const [depth, link] of chain.entries()) {
      const own = Reflect.ownKeys(link).map(
        (key) => [key, Object.getOwnPropertyDescriptor(link, key) as PropertyDescriptor] as const,
      );
      found.set(`${each.name} ${at}/${depth}`, new Map(own));
    }
  }
  return found;
}

/** Without the identity of what is wrapped: keys in order, flags, and a method's name and length. */
function withoutIdentity(all: Descriptors): unknown {
  return [...all].map(([name, own]) => [
    name,
    [...own].map(([key, { value, ...flags }]) => [
      String(key),
      Object.keys(flags),
      [flags.writable, flags.enumerable, flags.configurable],
      typeof value === 'function' ? [value.name, value.length] : typeof value,
    ]),
  ]);
}

const callToolOf = (all: Descriptors): unknown => all.get('Client 0/1')?.get('callTool')?.value;

const untouched = descriptors();
const agent = startAgent();
const patched = descriptors();

describe('the classes', () => {
  it('are patched', () => {
    assert.notEqual(callToolOf(patched), callToolOf(untouched));
  });

  it('have the same keys, flags, names and lengths', () => {
    assert.deepEqual(withoutIdentity(patched), withoutIdentity(untouched));
  });

  it('are the same functions again after disable(), and patched again after enable()', () => {
    agent.instrumentation.disable();
    assert.deepEqual(descriptors(), untouched);
    agent.instrumentation.enable();
    assert.deepEqual(withoutIdentity(descriptors()), withoutIdentity(untouched));
    assert.notEqual(callToolOf(descriptors()), callToolOf(untouched));
    agent.instrumentation.disable();
    assert.deepEqual(descriptors(), untouched);
    agent.instrumentation.enable();
  });
});

/** Everything that can be asked of a transport, but for the one property that we define. */
function surface(transport: AnyTransport): unknown {
  return {
    keys: Object.keys(transport),
    inherited: ((): string[] => {
      const names: string[] = [];
      for (const name in transport) names.push(name);
      return names;
    })(),
    spread: Object.keys({ ...transport }),
    assigned: Object.keys(Object.assign({}, transport)),
    shown: inspect(transport, { depth: 0 }),
    text: Object.prototype.toString.call(transport),
    send: [transport.send.name, transport.send.length],
  };
}

for (const major of MAJORS) {
  describe(`a connection, SDK ${major}`, () => {
    const bareAnd = async <T>(look: () => Promise<T>): Promise<{ bare: T; ours: T }> => {
      agent.instrumentation.disable();
      const bare = await look();
      agent.instrumentation.enable();
      return { bare, ours: await look() };
    };

    it('shows the same transport and the same client', async () => {
      const { bare, ours } = await bareAnd(async () => {
        const session = await connect(major);
        const { transport, client } = session;
        assert(client instanceof clientClass(major));
        assert(transport instanceof transportClass(major));
        const prototype = Object.getPrototypeOf(Object.getPrototypeOf(transport)) as unknown;
        assert.equal(prototype, transportClass(major).prototype);
        const shown = inspect(client, { depth: 2 });
        const keys = [Object.keys(client), Reflect.ownKeys(client).map(String)];
        const seen = { ...(surface(transport) as object), shown, keys };
        await session.close();
        return seen;
      });
      assert.deepEqual(ours, bare);
    });

    it('leaves a transport as it was after disable(), in the middle of a conversation', async () => {
      await agent.reset();
      const session = await connect(major);
      await session.callTool({ name: 'echo', arguments: {} });
      const traced = agent.spans().length;
      assert(traced > 2);
      assert(Object.hasOwn(session.transport, 'send'));
      agent.instrumentation.disable();
      assert(!Object.hasOwn(session.transport, 'send'));
      const from = session.sent.length;
      await session.callTool({ name: 'echo', arguments: {} });
      assert.equal(agent.spans().length, traced, 'no span while off');
      assert.doesNotMatch(session.sent.slice(from).join(), /traceparent/);
      agent.instrumentation.enable();
      await session.callTool({ name: 'echo', arguments: {} });
      await session.callTool({ name: 'echo', arguments: {} });
      assert(agent.spans().filter(({ kind }) => kind === 'CLIENT').length > 3, 'traced again');
      assert.match(session.sent.at(-1) ?? '', /traceparent/);
      await session.close();
    });

    it('lives with transports that cannot be changed', async () => {
      const shapes: Record<string, (transport: AnyTransport) => AnyTransport> = {
        sealed: (transport) => Object.seal(Object.assign(transport, PLACES)),
        'frozen send': (transport) =>
          Object.defineProperty(transport, 'send', { value: transport.send.bind(transport) }),
        'own send': (transport) => Object.assign(transport, { send: transport.send.bind(transport) }),
        'send behind a getter': (transport) => {
          const send = transport.send.bind(transport);
          return Object.defineProperty(transport, 'send', { get: () => send });
        },
        proxy: (transport) => new Proxy(transport, {}),
        'a proxy that refuses': (transport) =>
          new Proxy(transport, {
            defineProperty: (target, key, descriptor) =>
              key !== 'send' && Reflect.defineProperty(target, key, descriptor),
          }),
      };
      for (const [name, wrap] of Object.entries(shapes)) {
        // oxlint-disable-next-line no-await-in-loop -- one instrumentation, switched on and off
        const { bare, ours } = await bareAnd(async () => {
          const session = await connect(major, { wrap });
          const keys = Object.keys(session.transport);
          const outcome = await outcomeOf(() =>
            session.callTool({ name: 'echo', arguments: { text: name } }),
          );
          await session.close();
          return { keys, outcome };
        });
        assert.deepEqual(ours, bare, name);
        assert.match(JSON.stringify(ours.outcome), new RegExp(name), name);
      }
    });

    it('lives with a transport whose properties throw', async () => {
      const hostile = (transport: AnyTransport): AnyTransport => {
        const get = (): never => {
          throw new Error('not for you');
        };
        for (const name of ['_url', '_serverParams', 'pid', '_endpoint', '_streamMapping', '_socket'])
          Object.defineProperty(transport, name, { get, configurable: true });
        return transport;
      };
      const session = await connect(major, { wrap: hostile });
      const result = await session.callTool({ name: 'echo', arguments: { text: 'alive' } });
      assert.match(JSON.stringify(result), /alive/);
      await session.close();
    });

    it('lets subclasses override what we wrap', async () => {
      await agent.reset();
      const log: string[] = [];
      const Base = clientClass(major) as unknown as new (info: object, options: object) => AnyClient;
      class Wary extends Base {
        override callTool(params: object, ...rest: unknown[]): Promise<unknown> {
          log.push('callTool');
          return super.callTool({ ...params, arguments: { text: 'changed by a subclass' } }, ...rest);
        }
        override async connect(transport: unknown): Promise<void> {
          log.push('connect');
          await super.connect(transport);
        }
      }
      const client = new Wary({ name: 'wary', version: '1' }, {});
      const session = await connect(major, { client });
      const result = await session.callTool({ name: 'echo', arguments: { text: 'first' } });
      assert.match(JSON.stringify(result), /changed by a subclass/);
      assert.deepEqual(log, ['connect', 'callTool']);
      const calls = agent.spans().filter(({ name, kind }) => name === 'tools/call echo' && kind === 'CLIENT');
      assert.equal(calls.length, 1);
      await session.close();
    });

    it('sends in the same tick', async () => {
      const { bare, ours } = await bareAnd(async () => {
        const session = await connect(major);
        const { client, callTool, sent } = session;
        const actions: Record<string, () => Promise<unknown>> = {
          callTool: () => callTool({ name: 'echo', arguments: {} }),
          listTools: () => client.listTools(),
          readResource: () => client.readResource({ uri: 'test://x' }),
          ping: () => client.ping(),
          notification: () => client.sendRootsListChanged(),
        };
        const ticks: Record<string, number> = {};
        for (const [name, action] of Object.entries(actions)) {
          const from = sent.length;
          const pending = action();
          let tick = 0;
          // oxlint-disable-next-line no-await-in-loop -- counts microtasks
          for (; sent.length === from && tick < 20; tick += 1) await Promise.resolve();
          ticks[name] = tick;
          // oxlint-disable-next-line no-await-in-loop -- one after another
          await pending;
        }
        await session.close();
        return ticks;
      });
      assert.deepEqual(ours, bare);
      if (major === 'v1') assert.equal(ours['callTool'], 0);
    });

    it('keeps the agent’s own asynchronous context everywhere', async () => {
      const storage = new AsyncLocalStorage<string>();
      const { bare, ours } = await bareAnd(async () => {
        const seen: Record<string, unknown> = {};
        const session = await connect(major);
        const { client, transport } = session;
        const ask = client as unknown as { _requestHandlers: Map<string, (...args: unknown[]) => unknown> };
        const sample = ask._requestHandlers.get('sampling/createMessage');
        ask._requestHandlers.set('sampling/createMessage', (...args) => {
          seen['handler'] = storage.getStore();
          return sample?.(...args);
        });
        const prototype = Object.getPrototypeOf(transport) as AnyTransport;
        const { send } = prototype;
        prototype.send = function seeingSend(this: AnyTransport, ...args) {
          seen['send'] ??= storage.getStore();
          return send.apply(this, args);
        };
        await storage.run('of the agent', async () => {
          const onprogress = (): void => void (seen['progress'] = storage.getStore());
          await session.callTool({ name: 'progress', arguments: {} }, { onprogress });
          seen['after'] = storage.getStore();
          await session.callTool({ name: 'sample', arguments: {} });
        });
        seen['outside'] = storage.getStore();
        await session.close();
        return seen;
      });
      assert.deepEqual(ours, bare);
      assert.equal(ours['send'], 'of the agent');
    });

    it('delivers the very error that was thrown, and throws at once what was thrown at once', async () => {
      const thrown = { not: 'even an Error' };
      for (const isLater of [true, false]) {
        let isBroken = false;
        const breaking = (transport: AnyTransport): AnyTransport => {
          const { send } = transport;
          Object.getPrototypeOf(transport).send = function brokenSend(
            this: AnyTransport,
            ...args: [unknown]
          ) {
            if (!isBroken) return send.apply(this, args);
            if (isLater) return Promise.reject(thrown);
            // oxlint-disable-next-line no-throw-literal -- a transport may throw anything
            throw thrown;
          };
          return transport;
        };
        // oxlint-disable-next-line no-await-in-loop -- one after another
        const session = await connect(major, { wrap: breaking });
        isBroken = true;
        // oxlint-disable-next-line no-await-in-loop -- as above
        const caught = await session
          .callTool({ name: 'echo', arguments: {} })
          .catch((error: unknown) => error);
        assert.equal(caught, thrown);
        isBroken = false;
        // oxlint-disable-next-line no-await-in-loop -- as above
        await session.close();
      }
    });

    it('uses a send that the prototype got later', async () => {
      const session = await connect(major);
      const prototype = Object.getPrototypeOf(session.transport) as AnyTransport;
      const { send } = prototype;
      let seen = 0;
      prototype.send = function laterSend(this: AnyTransport, ...args) {
        seen += 1;
        return send.apply(this, args);
      };
      await session.callTool({ name: 'echo', arguments: {} });
      assert.equal(seen, 1);
      await session.close();
    });

    for (const [how, pass] of Object.entries(PASSING_ON)) {
      it(`counts a message once under a send that someone puts over ours and that passes on ${how}`, async () => {
        const session = await connect(major);
        const { transport } = session;
        const { send } = transport;
        transport.send = function otherSend(this: AnyTransport, message, ...rest) {
          return pass(message, (passed) => send.call(this, passed, ...rest));
        };
        await agent.reset();
        for (let n = 0; n < 3; n += 1) await session.callTool({ name: 'echo', arguments: { text: 'x' } });
        if (how !== 'a copy, later') await session.client.sendRootsListChanged();
        const spans = agent.spans().filter(({ kind }) => kind === 'CLIENT');
        assert.equal(spans.filter(({ name }) => name === 'tools/call echo').length, 3);
        const notifications = spans.filter(({ name }) => name.startsWith('notifications/'));
        assert.equal(notifications.length, how === 'a copy, later' ? 0 : 1);
        const counted = await agent.collect('mcp.tool.calls');
        assert.deepEqual(
          counted.map(({ value }) => value),
          [3],
        );
        await session.close();
      });
    }
  });
}

/** What `SDKs` assign on a transport: places for it, so that a sealed transport can be used at all. */
const PLACES = {
  onclose: undefined,
  onerror: undefined,
  onmessage: undefined,
  sessionId: undefined,
  setProtocolVersion: undefined,
};

it('v1: delivers the very result that the request gave', async () => {
  const results: unknown[] = [];
  class Keeping extends v1.Client {
    override async request(...args: unknown[]): Promise<never> {
      const result: unknown = await super.request(...(args as Parameters<v1.Client['request']>));
      results.push(result);
      return result as never;
    }
  }
  const session = await connect('v1', { client: new Keeping({ name: 'keeping', version: '1' }) });
  assert.equal(await session.callTool({ name: 'echo', arguments: {} }), results.at(-1));
  await session.close();
});

it('v2: what the era gate throws at once is still thrown at once', async () => {
  const attempt = async (): Promise<unknown> => {
    const { client, close } = await v2.connectModern(v2.makeServer);
    const gated = await outcomeOf(() => client.setLoggingLevel('info'));
    const raw = await outcomeOf(() => (client as unknown as AnyRequester).request({ method: 'ping' }));
    await close();
    return { gated, raw };
  };
  agent.instrumentation.disable();
  const bare = await attempt();
  agent.instrumentation.enable();
  assert.deepEqual(await attempt(), bare);
  assert.match(JSON.stringify(bare), /thrownAtOnce/);
});

interface AnyRequester {
  request(request: object): Promise<unknown>;
}
