/**
 * Where watching how clients authenticate could do harm or count wrongly: fetches of the agent's own, requests that fail or are
 * called off, flows that are shared, scopes that are missing, redirects, streams that break.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { withOAuth } from '@modelcontextprotocol/sdk/client/middleware.js';
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client';

import { internalErrorCounts } from '../../src/core/diagnostics';
import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from './support/agent';
import { Agents, Told, call, sdkOf, type Sdk, type Transport } from './support/auth-agents';
import { MachineProvider, UserProvider } from './support/oauth-provider';
import { serveWithOAuth, type OAuthServer } from './support/oauth-server';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

startAgent();

const V1 = sdkOf('1.x, streamable HTTP', v1.makeClient, HttpV1);
const V2 = sdkOf('v2, streamable HTTP', v2.makeClient, HttpV2);
const SSE_V1 = sdkOf('1.x, SSE', v1.makeClient, SseV1, true);
const SSE_V2 = sdkOf('v2, SSE', v2.makeClient, SseV2, true);
const ALL: readonly Sdk[] = [V1, SSE_V1, V2, SSE_V2];

let agents: Agents;
let server: OAuthServer;
let told: Told;
beforeEach(async () => {
  server = await serveWithOAuth();
  agents = new Agents(server);
  told = new Told();
});
afterEach(async () => {
  await agents.close();
  told.stop();
});

const own = (target: object, name: string): unknown => Object.getOwnPropertyDescriptor(target, name)?.value;

/** How a fetch was called, but for what differs from run to run. */
function described(self: unknown, args: readonly unknown[]): unknown[] {
  const [url, init = {}] = args as [unknown, Record<string, unknown>?];
  const { pathname } = new URL(String(url));
  const { body, headers, signal, ...rest } = init;
  return [
    self === undefined,
    args.length,
    (url as object).constructor.name,
    pathname,
    body?.constructor.name,
    [...new Headers(headers as HeadersOf).keys()],
    signal?.constructor.name,
    rest,
  ];
}
type HeadersOf = ConstructorParameters<typeof Headers>[0];

/** A fetch of the agent's own, and how it was called: what is concurrent in any order. */
function recordingFetch(): { calls: () => string[]; fetch: (...args: unknown[]) => Promise<Response> } {
  const calls: unknown[] = [];
  return {
    calls: () => calls.map((one) => JSON.stringify(one)).toSorted(),
    fetch(this: unknown, ...args: unknown[]) {
      calls.push(described(this, args));
      return globalThis.fetch(...(args as Parameters<typeof fetch>));
    },
  };
}

for (const sdk of ALL) {
  describe(`watching authentications, ${sdk.name}`, () => {
    for (const redirectPolicy of ['same-origin', 'follow']) {
      it(`leaves a fetch of the agent’s own to be called as it would be, ${redirectPolicy}`, async () => {
        const converse = async () => {
          const recording = recordingFetch();
          const options = { fetch: recording.fetch, redirectPolicy };
          const client = await agents.consented(sdk, new UserProvider(), options);
          await call(client);
          server.expire();
          await call(client);
          await client.close();
          return recording.calls();
        };
        const watched = await converse();
        assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
        told.stop();
        assert.deepEqual(watched, await converse());
        assert.equal(told.records.length, 2);
      });
    }

    it('passes on what a fetch throws, and counts no server that cannot be reached', async () => {
      const failure = new TypeError('fetch failed');
      const fetch = async () => {
        throw failure;
      };
      const connecting = agents.client(sdk).connect(agents.transport(sdk, { fetch }));
      await assert.rejects(connecting, (error: Error) => sdk.isSse || error === failure);
      assert.deepEqual(told.outcomes, []);
    });

    it('a token endpoint that cannot be reached is one failure', async () => {
      const fetch = async (url: URL | string, init?: RequestInit) => {
        if (new URL(url).pathname === '/token' && told.outcomes.length > 0)
          throw new TypeError('fetch failed');
        return globalThis.fetch(url, init);
      };
      const client = await agents.consented(sdk, new UserProvider(), { fetch });
      server.expire();
      await assert.rejects(call(client));
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh transport_error']);
    });

    it('a call that is called off, and a transport that is closed, are no outcomes', async () => {
      const client = await agents.consented(sdk, new UserProvider());
      const options = { signal: AbortSignal.timeout(20) };
      const slow = { name: 'slow', arguments: { ms: 500 } };
      const args = sdk === V2 || sdk === SSE_V2 ? [options] : [undefined, options];
      await assert.rejects(client.callTool(slow, ...args));
      const unanswered = client.callTool(slow);
      const closed = assert.rejects(unanswered);
      await client.close();
      await closed;
      assert.deepEqual(told.outcomes, ['oauth_authorize success']);
    });

    it('two transports of one provider: each outcome once', async () => {
      const provider = new UserProvider();
      const first = await agents.consented(sdk, provider);
      const second = await agents.connected(sdk, { authProvider: provider });
      server.expire();
      await call(first);
      await call(second);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
    });

    it('calls at once that are refused: each refresh that the server grants, each once', async () => {
      const provider = new MachineProvider();
      const client = await agents.connected(sdk, { authProvider: provider });
      server.expire();
      await Promise.all([call(client), call(client), call(client)]);
      const granted = server.tokenRequests.length;
      assert.ok(granted >= 2);
      assert.deepEqual(
        told.outcomes,
        Array.from({ length: granted }, () => 'oauth_authorize success'),
      );
    });

    it('sees a transport behind one of the agent’s own', async () => {
      const wrong = { requestInit: { headers: { authorization: 'Bearer wrong' } } };
      const inner = agents.transport(sdk, wrong) as unknown as v1.Transport;
      const outer = wrapped(inner) as unknown as Transport;
      await assert.rejects(agents.client(sdk).connect(outer));
      assert.deepEqual(told.outcomes, ['http_401 401']);
    });

    it('works the same where redirects are followed', async () => {
      const client = await agents.consented(sdk, new UserProvider(), { redirectPolicy: 'follow' });
      server.expire();
      await call(client);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
    });

    it('touches nothing where nobody wants to know', async () => {
      told.stop();
      const before = ['send', '_fetch', '_fetchWithInit', 'finishAuth', '_startOrAuth', '_startOrAuthSse'];
      const transport = agents.transport(sdk, {});
      const fields = before.slice(1, 3).map((name) => own(transport, name));
      await assert.rejects(agents.client(sdk).connect(transport));
      assert.deepEqual(
        before.slice(1, 3).map((name) => own(transport, name)),
        fields,
      );
      assert.deepEqual(told.outcomes, []);
    });
  });
}

interface Callbacks {
  readonly onmessage: unknown;
  readonly onclose: unknown;
  readonly onerror: unknown;
}

/** As agents write it to record or count what passes. */
function wrapped(inner: v1.Transport): object {
  return {
    inner,
    async start(this: Callbacks) {
      Object.assign(inner, { onmessage: this.onmessage, onclose: this.onclose, onerror: this.onerror });
      await inner.start();
    },
    send: (message: never, options: never) => inner.send(message, options),
    close: () => inner.close(),
    onmessage: undefined as unknown,
    onclose: undefined as unknown,
    onerror: undefined as unknown,
  };
}

describe('a scope that is missing, for a user', () => {
  it('v2 asks the user again: the flow is the outcome', async () => {
    const provider = new UserProvider();
    const client = await agents.consented(V2, provider);
    server.require('admin', 'write');
    await assert.rejects(call(client), (error: Error) => error.constructor.name === 'UnauthorizedError');
    assert.match(provider.scope ?? '', /write/);
    await agents.transport(V2, { authProvider: provider }).finishAuth(provider.code ?? '');
    assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_authorize success']);
  });

  it('1.x refreshes the token, in vain: the refresh, and the refusal', async () => {
    const client = await agents.consented(V1, new UserProvider());
    server.require('admin', 'write');
    await assert.rejects(call(client));
    assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success', 'http_403 403']);
  });
});

for (const sdk of [V1, V2]) {
  describe(`a scope that is missing, ${sdk.name}`, () => {
    it('is asked for by a machine, and granted', async () => {
      const provider = new MachineProvider();
      const client = await agents.connected(sdk, { authProvider: provider });
      server.require('write');
      provider.wanted = 'read write';
      await call(client);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_authorize success']);
    });

    it('is not granted: the grant, and the refusal', async () => {
      const client = await agents.connected(sdk, { authProvider: new MachineProvider() });
      server.require('write');
      await assert.rejects(call(client));
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_authorize success', 'http_403 403']);
    });
  });
}

for (const sdk of [SSE_V1, SSE_V2]) {
  describe(`a stream that breaks, ${sdk.name}`, () => {
    it('comes again with a refreshed token: one success', async () => {
      const client = await agents.consented(sdk, new UserProvider());
      server.expire();
      const again = server.nextStream();
      server.breakStreams();
      await again;
      await wait(20);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
      await call(client);
    });

    it('is refused when it comes again: one failure', async () => {
      const token = `Bearer ${server.token()}`;
      await agents.connected(sdk, { requestInit: { headers: { authorization: token } } });
      server.expire();
      server.breakStreams();
      for (let waited = 0; told.outcomes.length === 0 && waited < 200; waited += 1) await wait(5);
      await wait(100);
      assert.deepEqual(told.outcomes, ['http_401 401']);
    });
  });
}

describe('providers of v2 that are not of OAuth', () => {
  for (const sdk of [V2, SSE_V2]) {
    it(`a token that is refused is a failure, ${sdk.name}`, async () => {
      const authProvider = { token: async () => 'wrong' };
      await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, { authProvider })));
      assert.deepEqual(told.outcomes, ['http_401 401']);
    });

    it(`a flow that several calls share is one outcome, ${sdk.name}`, async () => {
      const provider = sharing();
      const client = await agents.connected(sdk, { authProvider: provider });
      assert.deepEqual(told.outcomes, ['oauth_authorize success']);
      server.expire();
      await Promise.all([call(client), call(client), call(client)]);
      assert.equal(server.tokenRequests.length, 2);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_authorize success']);
    });

    it(`a provider that has no new token: a refusal, ${sdk.name}`, async () => {
      const onUnauthorized = async () => {
        throw new Error('ask somebody else');
      };
      const authProvider = { token: async () => 'wrong', onUnauthorized };
      await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, { authProvider })));
      assert.deepEqual(told.outcomes, ['http_401 401']);
    });
  }

  it('a scope that nobody may ask for is a refusal', async () => {
    const options = { authProvider: new MachineProvider(), onInsufficientScope: 'throw' };
    const client = await agents.connected(V2, options);
    server.require('write');
    await assert.rejects(call(client));
    assert.deepEqual(told.outcomes, ['oauth_authorize success', 'http_403 403']);
  });
});

interface Asked {
  readonly fetchFn: (url: URL, init: object) => Promise<Response>;
}

/** One token for all who ask, and one request for all who wait for it. */
function sharing(): object {
  let token: string | undefined;
  let asking: Promise<void> | undefined;
  const ask = async ({ fetchFn }: Asked) => {
    await wait(20);
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const answer = await fetchFn(new URL('/token', server.url), { method: 'POST', body });
    token = ((await answer.json()) as { access_token: string }).access_token;
    asking = undefined;
  };
  return { token: async () => token, onUnauthorized: (context: Asked) => (asking ??= ask(context)) };
}

describe('whoever wants to know', () => {
  it('may fail: the next one is told, and the agent has what it would have', async () => {
    const stop = runtime().subscribe({
      name: 'broken-watcher',
      record: () => {},
      authenticated: () => {
        throw new Error('watcher broke');
      },
    });
    const later = new Told();
    const client = await agents.consented(V1, new UserProvider());
    await call(client);
    stop();
    later.stop();
    assert.deepEqual(later.outcomes, ['oauth_authorize success']);
    assert.equal(internalErrorCounts().get('broken-watcher'), 1);
  });

  it('may come when a client is connected already', async () => {
    told.stop();
    const token = `Bearer ${server.token()}`;
    const client = await agents.connected(V2, { requestInit: { headers: { authorization: token } } });
    const late = new Told();
    server.expire();
    await assert.rejects(call(client));
    late.stop();
    await assert.rejects(call(client));
    assert.deepEqual(late.outcomes, ['http_401 401']);
  });
});

describe('flows that the transport does not see', () => {
  it('a fetch that authorizes by itself and fails is a refusal', async () => {
    const provider = new UserProvider();
    const fetch = withOAuth(provider as never, server.url)(globalThis.fetch);
    await assert.rejects(agents.client(V1).connect(agents.transport(V1, { fetch })));
    assert.deepEqual(told.outcomes, ['http_401 401']);
  });
});
