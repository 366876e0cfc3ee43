/** What is seen of authentications with other versions of SDK 1.x and v2, from the oldest on, and with the AI SDK's own client. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { instrument } from '../../src/index';
import { packages, sdk as sdkFolder } from '../support/installs';
import { startAgent } from './support/agent';
import { aiSdk, type AiClient, type AiSdkName } from './support/ai-sdk';
import { Agents, Told, call, sdkOf, type Client, type Sdk, type TransportClass } from './support/auth-agents';
import { UserProvider } from './support/oauth-provider';
import { serveWithOAuth, type OAuthServer } from './support/oauth-server';

startAgent();

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

/** `sse` alone, or both transports; 1.0 to 1.5 know no OAuth. */
const VERSIONS: readonly (readonly [version: string, ...transports: ('sse' | 'http')[]])[] = [
  ['1.6.1', 'sse'],
  ['1.9.0', 'sse'],
  ['1.10.2', 'sse', 'http'],
  ['1.14.0', 'sse', 'http'],
  ['1.15.1', 'sse', 'http'],
  ['1.16.0', 'sse', 'http'],
  ['1.22.0', 'sse', 'http'],
  ['1.23.1', 'sse', 'http'],
  ['1.27.1', 'sse', 'http'],
  ['2.0.0', 'sse', 'http'],
];

type ClientClass = new (info: object, options: object) => Client;
type Exports = Record<string, unknown>;

async function load(version: string, transport: 'sse' | 'http'): Promise<Sdk> {
  const folder = await sdkFolder(version);
  const modules = join(folder, 'node_modules/@modelcontextprotocol');
  const isV2 = version.startsWith('2.');
  // 1.0 and 1.1 are ECMAScript modules only.
  const root = ['sdk/dist/esm/client', 'sdk/dist/client'].find((path) => existsSync(join(modules, path)));
  const exportsOf = async (name: string): Promise<Exports> => {
    const file = isV2 ? 'client/dist/index.mjs' : `${root}/${name}.js`;
    return (await import(pathToFileURL(join(modules, file)).href)) as Exports;
  };
  const { Client: Class } = (await exportsOf('index')) as { Client: ClientClass };
  const exports = await exportsOf(transport === 'sse' ? 'sse' : 'streamableHttp');
  const name = transport === 'sse' ? 'SSEClientTransport' : 'StreamableHTTPClientTransport';
  instrument({ Client: Class });
  const make = () => new Class({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
  return sdkOf(`${version} ${transport}`, make, exports[name] as TransportClass, transport === 'sse');
}

const wrong = { requestInit: { headers: { authorization: 'Bearer wrong' } } };

for (const [version, ...transports] of VERSIONS) {
  for (const transport of transports) {
    describe(`authentication, SDK ${version}, ${transport}`, () => {
      it('consent, refresh, and a refresh that is refused', async () => {
        const sdk = await load(version, transport);
        const client = await agents.consented(sdk, new UserProvider());
        await call(client);
        assert.deepEqual(told.outcomes, ['oauth_authorize success']);
        server.expire();
        await call(client);
        assert.deepEqual(told.outcomes, ['oauth_authorize success', 'oauth_refresh success']);
        server.expire();
        server.revoke();
        await assert.rejects(call(client));
        assert.deepEqual(told.outcomes, [
          'oauth_authorize success',
          'oauth_refresh success',
          'oauth_refresh 400',
        ]);
      });

      it('a code that is refused', async () => {
        const sdk = await load(version, transport);
        const refused = agents.transport(sdk, { authProvider: new UserProvider() });
        await assert.rejects(agents.client(sdk).connect(refused));
        await assert.rejects(refused.finishAuth('wrong'));
        assert.deepEqual(told.outcomes, ['oauth_authorize 400']);
      });

      it('a wrong token, and one that is not good enough', async () => {
        const sdk = await load(version, transport);
        const options = { requestInit: { headers: { authorization: `Bearer ${server.token()}` } } };
        if (takesHeaders(sdk)) {
          await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, wrong)));
          server.require('write');
          await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, options)));
          assert.deepEqual(told.outcomes, ['http_401 401', 'http_403 403']);
        } else {
          await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, {})));
          assert.deepEqual(told.outcomes, ['http_401 401']);
        }
      });
    });
  }
}

/** Older streams of SSE come without the headers that the agent gives. */
function takesHeaders({ isSse, name }: Sdk): boolean {
  return !isSse || name.startsWith('2.') || Number(name.split('.')[1]) >= 12;
}

describe('authentication, SDK 1.x without OAuth', () => {
  for (const version of ['1.0.4', '1.3.2', '1.5.0']) {
    it(`a request that is refused, ${version}`, async () => {
      const from = createRequire(join(await sdkFolder('1.4.1'), 'none.js'));
      (globalThis as Exports)['EventSource'] = (from('eventsource') as Exports)['EventSource'];
      const sdk = await load(version, 'sse');
      await assert.rejects(agents.client(sdk).connect(agents.transport(sdk, {})));
      assert.deepEqual(told.outcomes, ['http_401 401']);
    });
  }
});

type Auth = (provider: unknown, options: object) => Promise<string>;

async function authOf(name: AiSdkName): Promise<Auth> {
  const dist = join(await packages([name]), 'node_modules/@ai-sdk/mcp/dist');
  const file = [join(dist, 'index.mjs'), join(dist, 'index.js')].find((path) => existsSync(path));
  return ((await import(pathToFileURL(file ?? dist).href)) as { auth: Auth }).auth;
}

for (const name of ['@ai-sdk/mcp@1.0.101', '@ai-sdk/mcp@2.0.99'] as const) {
  for (const type of ['http', 'sse'] as const) {
    describe(`authentication, ${name}, ${type}`, () => {
      const connect = async (options: object): Promise<AiClient> => {
        const { createMCPClient } = await aiSdk(name);
        const url = (type === 'sse' ? server.sse : server.url).href;
        const transport = { type, url, ...options } as const;
        return createMCPClient({ transport, onUncaughtError: () => {} });
      };

      it('a user who is asked, refreshes that calls share, a refresh that is refused', async () => {
        const provider = new UserProvider();
        const serverUrl = type === 'sse' ? server.sse : server.url;
        await assert.rejects(connect({ authProvider: provider }));
        assert.deepEqual(told.outcomes, []);
        // The agent's own: no transport has a part in it.
        const auth = await authOf(name);
        const issuer = `${server.url.origin}/`;
        await auth(provider, { serverUrl, authorizationCode: provider.code, callbackIssuer: issuer });
        const client = await connect({ authProvider: provider });
        const use = () => client.callTool({ name: 'echo', args: {}, arguments: {} });
        await use();
        server.expire();
        await Promise.all([use(), use(), use()]);
        assert.deepEqual(told.outcomes, ['oauth_refresh success']);
        server.expire();
        server.answer('/token', 401);
        const failed = await Promise.allSettled([use(), use(), use()]);
        assert.deepEqual(new Set(failed.map(({ status }) => status)), new Set(['rejected']));
        assert.deepEqual(told.outcomes.slice(1), ['oauth_refresh 401']);
        server.answer('/token', undefined);
        server.revoke();
        await assert.rejects(use());
        assert.deepEqual(told.outcomes.slice(2), ['oauth_refresh 400']);
        await client.close();
      });

      it('a wrong token, and one that is not good enough', async () => {
        await assert.rejects(connect({ headers: { authorization: 'Bearer wrong' } }));
        server.require('write');
        await assert.rejects(connect({ headers: { authorization: `Bearer ${server.token()}` } }));
        assert.deepEqual(told.outcomes, ['http_401 401', 'http_403 403']);
      });

      it('a fetch of the agent’s own', async () => {
        const fetch = (...args: Parameters<typeof globalThis.fetch>) => globalThis.fetch(...args);
        await assert.rejects(connect({ headers: { authorization: 'Bearer wrong' }, fetch }));
        assert.deepEqual(told.outcomes, ['http_401 401']);
      });
    });
  }
}
