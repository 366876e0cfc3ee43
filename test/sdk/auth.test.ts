/**
 * Authentications as the transports of every SDK see them, against an MCP server behind OAuth: each outcome is told once, with
 * who acted, and whatever is asked of a transport goes on as if nobody looked.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
} from '@modelcontextprotocol/client';

import { withMcpContext } from '../../src/index';
import { startAgent } from './support/agent';
import { Agents, Told, call, sdkOf, type Sdk } from './support/auth-agents';
import { MachineProvider, UserProvider } from './support/oauth-provider';
import { serveWithOAuth, type OAuthServer } from './support/oauth-server';
import * as v1 from './support/v1';
import * as v2 from './support/v2';

startAgent();

const auto = { versionNegotiation: { mode: 'auto' } } as const;
const SDKS: readonly Sdk[] = [
  sdkOf('1.x, streamable HTTP', v1.makeClient, HttpV1),
  sdkOf('1.x, SSE', v1.makeClient, SseV1, true),
  sdkOf('v2, streamable HTTP', v2.makeClient, HttpV2),
  sdkOf('v2, both eras', () => v2.makeClient('agent', auto), HttpV2),
  sdkOf('v2, SSE', v2.makeClient, SseV2, true),
];

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

for (const sdk of SDKS) {
  describe(`authentication, ${sdk.name}`, () => {
    it('a first connection whose user consents is one success', async () => {
      const client = await agents.consented(sdk, new UserProvider());
      await call(client);
      assert.deepEqual(told.outcomes, ['oauth_authorize success']);
    });

    it('a user who is asked and does not answer is no outcome', async () => {
      await assert.rejects(
        agents.client(sdk).connect(agents.transport(sdk, { authProvider: new UserProvider() })),
      );
      assert.deepEqual(told.outcomes, []);
    });

    it('a code that is refused is one failure', async () => {
      const provider = new UserProvider();
      const transport = agents.transport(sdk, { authProvider: provider });
      await assert.rejects(agents.client(sdk).connect(transport));
      await assert.rejects(transport.finishAuth('wrong'));
      assert.deepEqual(told.outcomes, ['oauth_authorize 400']);
    });

    it('the transport that finishes an authorization need not be connected', async () => {
      const provider = new UserProvider();
      await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, { authProvider: provider })));
      await agents.transport(sdk, { authProvider: provider }).finishAuth(provider.code ?? '');
      assert.deepEqual(told.outcomes, ['oauth_authorize success']);
    });

    it('an expired token is refreshed: one success more', async () => {
      const client = await agents.consented(sdk, new UserProvider());
      server.expire();
      await call(client);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
    });

    it('a refresh token that is refused is one failure, the question to the user none', async () => {
      const provider = new UserProvider();
      const client = await agents.consented(sdk, provider);
      server.expire();
      server.revoke();
      await assert.rejects(call(client));
      assert.equal(provider.redirects, 2);
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh 400']);
    });

    it('a token endpoint that is out of order is one failure', async () => {
      const client = await agents.consented(sdk, new UserProvider());
      server.expire();
      server.answer('/token', 503);
      await assert.rejects(call(client));
      assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh 503']);
    });

    it('a registration that is refused is one failure', async () => {
      server.answer('/register', 400);
      await assert.rejects(
        agents.client(sdk).connect(agents.transport(sdk, { authProvider: new UserProvider() })),
      );
      assert.deepEqual(told.outcomes, ['oauth_authorize 400']);
    });

    it('client credentials are an authorization', async () => {
      const client = agents.client(sdk);
      await client.connect(agents.transport(sdk, { authProvider: new MachineProvider() }));
      await call(client);
      assert.deepEqual(told.outcomes, ['oauth_authorize success']);
    });

    const endless = sdk.name === '1.x, SSE' && 'SSE of 1.x asks for ever for another token';
    it(
      'a server that takes no token it has granted: the grant, and a refusal',
      { skip: endless },
      async () => {
        const provider = new MachineProvider();
        provider.tokens = () => ({ access_token: 'wrong' });
        await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, { authProvider: provider })));
        assert.deepEqual(told.outcomes, ['oauth_authorize success', 'http_401 401']);
      },
    );

    it('a wrong token is a failure, once per attempt, of whoever tries', async () => {
      const wrong = { requestInit: { headers: { authorization: 'Bearer wrong' } } };
      for (let attempt = 0; attempt < 5; attempt += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
        await withMcpContext({ userId: 'u-17', tenantId: 'acme' }, () =>
          assert.rejects(agents.client(sdk).connect(agents.transport(sdk, wrong))),
        );
      }
      assert.deepEqual(
        told.outcomes,
        Array.from({ length: 5 }, () => 'http_401 401'),
      );
      const [record] = told.records;
      const { userId, tenantId, agentName } = record?.identity ?? {};
      assert.deepEqual([userId, tenantId, agentName], ['u-17', 'acme', 'agent']);
      assert.equal(record?.session.serverId, server.url.origin);
    });

    it('a token that has been taken away is a failure per request', async () => {
      const token = `Bearer ${server.token()}`;
      const client = await agents.connected(sdk, { requestInit: { headers: { authorization: token } } });
      assert.deepEqual(told.outcomes, []);
      server.expire();
      await assert.rejects(call(client));
      await assert.rejects(call(client));
      assert.deepEqual(told.outcomes, ['http_401 401', 'http_401 401']);
    });

    it('a token that is not good for what is asked is http_403', async () => {
      server.require('write');
      const options = { requestInit: { headers: { authorization: `Bearer ${server.token()}` } } };
      await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, options)));
      assert.deepEqual(told.outcomes, ['http_403 403']);
    });
  });
}
