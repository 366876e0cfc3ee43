/**
 * Authentications as the transports of every SDK see them, against an MCP server behind OAuth: each outcome is told once, with
 * who acted, and whatever is asked of a transport goes on as if nobody looked.
 */
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';

import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client';

import type { AuthRecord } from '../../src/core/call';
import { withMcpContext } from '../../src/index';
import { runtime } from '../../src/pipeline/runtime';
import { startAgent } from './support/agent';
import { MachineProvider, UserProvider } from './support/oauth-provider';
import { serveWithOAuth, type OAuthServer } from './support/oauth-server';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

startAgent();

const records: AuthRecord[] = [];
/** `method outcome`, in order. */
const outcomes = () =>
  records.map(({ method, success, errorType }) => `${method} ${success ? 'success' : errorType}`);

let unsubscribe = () => {};
before(() => {
  unsubscribe = runtime().subscribe({
    name: 'test',
    record: () => {},
    authenticated: (record) => void records.push(record),
  });
});
after(() => unsubscribe());

let server: OAuthServer;
beforeEach(async () => {
  records.length = 0;
  server = await serveWithOAuth();
});
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.allSettled(closing.splice(0).map((close) => close()));
  await server.close();
});

interface Transport {
  finishAuth(code: string): Promise<void>;
  close(): Promise<void>;
}

interface Client {
  connect(transport: Transport): Promise<void>;
  callTool(call: { name: string }): Promise<unknown>;
  close(): Promise<void>;
}

interface Sdk {
  readonly name: string;
  client(): Client;
  transport(options?: object): Transport;
}

type TransportClass = new (url: URL, options?: object) => unknown;

const sdkOf = (name: string, make: () => unknown, transport: TransportClass, isSse = false): Sdk => ({
  name,
  client: () => {
    const client = make() as Client;
    closing.push(() => client.close());
    return client;
  },
  transport: (options) => new transport(isSse ? server.sse : server.url, options) as Transport,
});

const auto = { versionNegotiation: { mode: 'auto' } } as const;
const SDKS: readonly Sdk[] = [
  sdkOf('1.x, streamable HTTP', v1.makeClient, HttpV1),
  sdkOf('1.x, SSE', v1.makeClient, SseV1, true),
  sdkOf('v2, streamable HTTP', v2.makeClient, HttpV2),
  sdkOf('v2, both eras', () => v2.makeClient('agent', auto), HttpV2),
  sdkOf('v2, SSE', v2.makeClient, SseV2, true),
];

/** Connects as an agent does whose user has to consent. */
async function consented(sdk: Sdk, authProvider: UserProvider): Promise<Client> {
  const refused = sdk.transport({ authProvider });
  await assert.rejects(
    sdk.client().connect(refused),
    (error: Error) => error.constructor.name === 'UnauthorizedError',
  );
  assert.equal(typeof authProvider.code, 'string');
  await refused.finishAuth(authProvider.code ?? '');
  return connected(sdk.client(), sdk.transport({ authProvider }));
}

/** The stream that a client opens for itself once it is connected is open, too. */
async function connected(client: Client, transport: Transport): Promise<Client> {
  const streams = server.streams();
  await client.connect(transport);
  for (let waited = 0; server.streams() === streams && waited < 200; waited += 1) await wait(5);
  return client;
}

const call = (client: Client) => client.callTool({ name: 'echo' });

for (const sdk of SDKS) {
  describe(`authentication, ${sdk.name}`, () => {
    it('a first connection whose user consents is one success', async () => {
      const client = await consented(sdk, new UserProvider());
      await call(client);
      assert.deepEqual(outcomes(), ['oauth_authorize success']);
    });

    it('a user who is asked and does not answer is no outcome', async () => {
      await assert.rejects(sdk.client().connect(sdk.transport({ authProvider: new UserProvider() })));
      assert.deepEqual(outcomes(), []);
    });

    it('a code that is refused is one failure', async () => {
      const provider = new UserProvider();
      const transport = sdk.transport({ authProvider: provider });
      await assert.rejects(sdk.client().connect(transport));
      await assert.rejects(transport.finishAuth('wrong'));
      assert.deepEqual(outcomes(), ['oauth_authorize 400']);
    });

    it('the transport that finishes an authorization need not be connected', async () => {
      const provider = new UserProvider();
      await assert.rejects(sdk.client().connect(sdk.transport({ authProvider: provider })));
      await sdk.transport({ authProvider: provider }).finishAuth(provider.code ?? '');
      assert.deepEqual(outcomes(), ['oauth_authorize success']);
    });

    it('an expired token is refreshed: one success more', async () => {
      const client = await consented(sdk, new UserProvider());
      server.expire();
      await call(client);
      assert.deepEqual(outcomes(), ['oauth_authorize success', 'oauth_refresh success']);
    });

    it('a refresh token that is refused is one failure, the question to the user none', async () => {
      const provider = new UserProvider();
      const client = await consented(sdk, provider);
      server.expire();
      server.revoke();
      await assert.rejects(call(client));
      assert.equal(provider.redirects, 2);
      assert.deepEqual(outcomes(), ['oauth_authorize success', 'oauth_refresh 400']);
    });

    it('a token endpoint that is out of order is one failure', async () => {
      const client = await consented(sdk, new UserProvider());
      server.expire();
      server.answer('/token', 503);
      await assert.rejects(call(client));
      assert.deepEqual(outcomes(), ['oauth_authorize success', 'oauth_refresh 503']);
    });

    it('a registration that is refused is one failure', async () => {
      server.answer('/register', 400);
      await assert.rejects(sdk.client().connect(sdk.transport({ authProvider: new UserProvider() })));
      assert.deepEqual(outcomes(), ['oauth_authorize 400']);
    });

    it('client credentials are an authorization', async () => {
      const client = sdk.client();
      await client.connect(sdk.transport({ authProvider: new MachineProvider() }));
      await call(client);
      assert.deepEqual(outcomes(), ['oauth_authorize success']);
    });

    // SSE of 1.x asks for ever for another token.
    const endless = sdk.name === '1.x, SSE';
    it(
      'a server that takes no token it has granted: the grant, and a refusal',
      { skip: endless },
      async () => {
        const provider = new MachineProvider();
        const wrong = () => ({ access_token: 'wrong' });
        provider.tokens = wrong;
        await assert.rejects(sdk.client().connect(sdk.transport({ authProvider: provider })));
        const [first, ...rest] = outcomes();
        assert.equal(first, 'oauth_authorize success');
        assert.equal(rest.at(-1), 'http_401 401');
      },
    );

    it('a wrong token is a failure, once per attempt, of whoever tries', async () => {
      const wrong = { requestInit: { headers: { authorization: 'Bearer wrong' } } };
      for (let attempt = 0; attempt < 5; attempt += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        await withMcpContext({ userId: 'u-17', tenantId: 'acme' }, () =>
          assert.rejects(sdk.client().connect(sdk.transport(wrong))),
        );
      }
      assert.deepEqual(
        outcomes(),
        Array.from({ length: 5 }, () => 'http_401 401'),
      );
      const [record] = records;
      const { userId, tenantId, agentName } = record?.identity ?? {};
      assert.deepEqual([userId, tenantId, agentName], ['u-17', 'acme', 'agent']);
      assert.equal(record?.session.serverId, server.url.origin);
    });

    it('a token that has been taken away is a failure per request', async () => {
      const token = `Bearer ${server.token()}`;
      const transport = sdk.transport({ requestInit: { headers: { authorization: token } } });
      const client = await connected(sdk.client(), transport);
      assert.deepEqual(outcomes(), []);
      server.expire();
      await assert.rejects(call(client));
      await assert.rejects(call(client));
      assert.deepEqual(outcomes(), ['http_401 401', 'http_401 401']);
    });

    it('a token that is not good for what is asked is http_403', async () => {
      server.require('write');
      const options = { requestInit: { headers: { authorization: `Bearer ${server.token()}` } } };
      await assert.rejects(sdk.client().connect(sdk.transport(options)));
      assert.deepEqual(outcomes(), ['http_403 403']);
    });
  });
}
