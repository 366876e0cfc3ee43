/**
 * An MCP server behind OAuth, made of what SDK 1.x offers for it: its authorization server, its check of bearer tokens, its
 * streamable HTTP and SSE transports. Users consent at once. What it grants and refuses can be changed while it runs.
 */
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

import { serve, type Endpoint } from './http';
import * as v1 from './v1';

/** What the tests use of Express: its types are not installed. */
interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly body: Record<string, string> | undefined;
  readonly headers: Record<string, string | undefined>;
  redirect(url: string): void;
  status(code: number): { json(body: object): void };
}

interface Grant {
  readonly clientId: string;
  readonly scopes: string[];
  readonly challenge?: string;
}

export interface OAuthServer extends Endpoint {
  readonly sse: URL;
  /** Waits until a client opens a stream, a second at most. */
  nextStream(): Promise<unknown>;
  /** Breaks the streams that are open; the clients of SSE come again at once. */
  breakStreams(): void;
  /** Requests to the token endpoint, by the grant that they asked for. */
  readonly tokenRequests: string[];
  /** Every access token so far is refused from now on. */
  expire(): void;
  /** Every refresh token so far is refused from now on. */
  revoke(): void;
  /** What a token has to be good for. */
  require(...scopes: string[]): void;
  /** Status with which an endpoint answers from now on; `undefined`: as it should. */
  answer(path: '/token' | '/register' | '/mcp', status: number | undefined): void;
  /** A token that the server takes. */
  token(): string;
}

/** As OAuth names them. */
const ERRORS: Readonly<Record<number, string>> = { 401: 'invalid_client', 503: 'server_error' };

export async function serveWithOAuth(): Promise<OAuthServer> {
  const codes = new Map<string, Grant>();
  const access = new Map<string, Grant>();
  const refresh = new Map<string, Grant>();
  const clients = new Map<string, { client_id: string }>();
  const failing = new Map<string, number>();
  const tokenRequests: string[] = [];
  let scopes: string[] = [];

  const issue = (grant: Grant) => {
    const tokens = { access_token: `a-${randomUUID()}`, refresh_token: `r-${randomUUID()}` };
    access.set(tokens.access_token, grant);
    refresh.set(tokens.refresh_token, grant);
    return { ...tokens, token_type: 'bearer', expires_in: 3600 };
  };
  const taken = (grants: Map<string, Grant>, key: string): Grant => {
    const grant = grants.get(key);
    if (grant === undefined) throw new InvalidGrantError('unknown');
    grants.delete(key);
    return grant;
  };

  const provider = {
    clientsStore: {
      getClient: (id: string) => clients.get(id),
      registerClient: (client: object) => {
        const registered = { ...client, client_id: randomUUID(), client_id_issued_at: 0 };
        clients.set(registered.client_id, registered);
        return registered;
      },
    },
    async authorize(
      client: { client_id: string },
      params: { scopes?: string[]; codeChallenge: string; redirectUri: string; state?: string },
      response: Exchange,
    ) {
      const code = randomUUID();
      const { codeChallenge: challenge, redirectUri, state } = params;
      codes.set(code, { clientId: client.client_id, scopes: params.scopes ?? [], challenge });
      const target = new URL(redirectUri);
      target.searchParams.set('code', code);
      if (state !== undefined) target.searchParams.set('state', state);
      response.redirect(target.href);
    },
    async challengeForAuthorizationCode(_client: unknown, code: string) {
      const challenge = codes.get(code)?.challenge;
      if (challenge === undefined) throw new InvalidGrantError('unknown code');
      return challenge;
    },
    exchangeAuthorizationCode: async (_client: unknown, code: string) => issue(taken(codes, code)),
    exchangeRefreshToken: async (_client: unknown, token: string) => issue(taken(refresh, token)),
    async verifyAccessToken(token: string) {
      const grant = access.get(token);
      if (grant === undefined) throw new InvalidTokenError('unknown token');
      return { token, ...grant, expiresAt: Date.now() / 1000 + 3600 };
    },
  };

  const app = createMcpExpressApp();
  const endpoint = await serve((request, response) => app(request, response));
  const { origin } = endpoint.url;
  app.use((request: Exchange, response: Exchange, next: () => void) => {
    const status = failing.get(request.path);
    if (status === undefined) return next();
    if (request.path === '/token') tokenRequests.push(`answered ${status}`);
    const error = ERRORS[status] ?? 'invalid_request';
    return response.status(status).json({ error, error_description: 'as told' });
  });
  app.post(
    '/token',
    async (request: AsyncIterable<Buffer> & { body?: unknown }, response: Exchange, next: () => void) => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const form = Object.fromEntries(new URLSearchParams(text));
      tokenRequests.push(form['grant_type'] ?? '');
      // What the SDK's own token endpoint does not know.
      if (form['grant_type'] === 'client_credentials') {
        return response
          .status(200)
          .json(issue({ clientId: 'machine', scopes: (form['scope'] ?? '').split(' ') }));
      }
      Object.assign(request, { body: form, _body: true });
      return next();
    },
  );
  app.use(
    mcpAuthRouter({
      provider: provider as never,
      issuerUrl: new URL(origin),
      resourceServerUrl: new URL(origin),
      scopesSupported: ['read', 'admin'],
      authorizationOptions: { rateLimit: false },
      clientRegistrationOptions: { rateLimit: false },
      tokenOptions: { rateLimit: false },
    }),
  );
  const resourceMetadataUrl = `${origin}/.well-known/oauth-protected-resource`;
  app.use(['/mcp', '/sse', '/messages'], (request: never, response: never, next: never) =>
    requireBearerAuth({ verifier: provider, requiredScopes: scopes, resourceMetadataUrl })(
      request,
      response,
      next,
    ),
  );
  const events = new EventEmitter();
  const streams = new Set<ServerResponse>();
  app.get(['/mcp', '/sse'], (_request: never, response: ServerResponse, next: () => void) => {
    streams.add(response);
    next();
    events.emit('stream');
  });
  serveMcp(app as never);

  return {
    ...endpoint,
    sse: new URL('/sse', origin),
    nextStream: () => Promise.race([once(events, 'stream'), wait(1000, undefined, { ref: false })]),
    breakStreams: () => {
      for (const response of streams) {
        if (response.writable) response.write('retry: 20\n\n');
        response.end();
      }
      streams.clear();
    },
    tokenRequests,
    expire: () => access.clear(),
    revoke: () => refresh.clear(),
    require: (...wanted) => void (scopes = wanted),
    answer: (path, status) => {
      if (status === undefined) failing.delete(path);
      else failing.set(path, status);
    },
    token: () => issue({ clientId: 'machine', scopes: ['read', 'admin'] }).access_token,
  };
}

type Handler = (request: never, response: never) => Promise<void>;

/** Sessions of both transports of SDK 1.x. */
function serveMcp(app: Record<'all' | 'get' | 'post', (path: string, handler: Handler) => void>): void {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  app.all('/mcp', async (request, response) => {
    const exchange = request as Exchange;
    let transport = sessions.get(exchange.headers['mcp-session-id'] ?? '');
    if (transport === undefined) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => void sessions.set(id, made),
      });
      transport = made;
      await v1.makeServer().connect(made);
    }
    await transport.handleRequest(request, response, exchange.body);
  });
  const streams = new Map<string, SSEServerTransport>();
  app.get('/sse', async (_request, response) => {
    const transport = new SSEServerTransport('/messages', response);
    streams.set(transport.sessionId, transport);
    await v1.makeServer().connect(transport);
  });
  app.post('/messages', async (request, response) => {
    const exchange = request as Exchange;
    await streams.get(exchange.query['sessionId'] ?? '')?.handlePostMessage(request, response, exchange.body);
  });
}
