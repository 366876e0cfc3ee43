/**
 * An MCP server over HTTP that wants a token, and grants one to whoever has the refresh token `good`. Ends when stdin does.
 * By hand: node tools/preview/programs/guarded-server.mjs 3001
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const port = Number(process.argv[2]);
const origin = `http://127.0.0.1:${port}`;
const granted = new Set();

const METADATA = {
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  response_types_supported: ['code'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
};

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function token(request, response) {
  const form = new URLSearchParams(await text(request));
  if (form.get('refresh_token') !== 'good') return answer(response, 400, { error: 'invalid_grant' });
  const accessToken = randomUUID();
  granted.add(accessToken);
  return answer(response, 200, {
    access_token: accessToken,
    refresh_token: 'good',
    token_type: 'bearer',
    expires_in: 60,
  });
}

async function mcp(request, response) {
  const [, given] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (!granted.has(given)) {
    return answer(response, 401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer' });
  }
  if (request.method !== 'POST') return answer(response, 405, { error: 'no stream' });
  const server = new McpServer({ name: 'customers', version: '1.0.0' });
  server.tool('customer', () => ({ content: [{ type: 'text', text: 'Ada Lovelace, London' }] }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => void server.close());
  await server.connect(transport);
  return transport.handleRequest(request, response);
}

const ROUTES = {
  '/.well-known/oauth-authorization-server': (_request, response) => answer(response, 200, METADATA),
  '/token': token,
  '/mcp': mcp,
};

createServer((request, response) => {
  const route = ROUTES[request.url.split('?')[0]];
  if (route === undefined) answer(response, 404, { error: 'not_found' });
  else Promise.resolve(route(request, response)).catch(() => response.destroy());
}).listen(port, '127.0.0.1', () => console.log('listening'));

process.stdin.on('end', () => process.exit(0)).resume();
