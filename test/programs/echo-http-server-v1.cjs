/**
 * An ordinary MCP server over HTTP (SDK 1.2 and later, CommonJS): SSE on /sse, streamable HTTP on /mcp from 1.10 on.
 * Prints its URL; ends when stdin ends. By hand: node test/programs/echo-http-server-v1.cjs
 */
'use strict';
const { randomUUID } = require('node:crypto');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { SSEServerTransport } = require('@modelcontextprotocol/sdk/server/sse.js');
const types = require('@modelcontextprotocol/sdk/types.js');
const { host, readJson } = require('./lib/http-host.cjs');
const { makeServer } = require('./lib/serve-v1.cjs');

const sessions = new Map();

async function openEvents(response) {
  const transport = new SSEServerTransport('/messages', response);
  sessions.set(transport.sessionId, transport);
  await makeServer({ Server, types }).connect(transport);
}

async function openStreamable() {
  const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
  });
  await makeServer({ Server, types }).connect(transport);
  return transport;
}

host(
  async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    if (pathname === '/sse') return openEvents(response);
    if (pathname === '/messages')
      return sessions.get(searchParams.get('sessionId')).handlePostMessage(request, response);
    const known = sessions.get(request.headers['mcp-session-id']);
    const body = request.method === 'POST' ? await readJson(request) : undefined;
    return (known ?? (await openStreamable())).handleRequest(request, response, body);
  },
  () => Promise.all([...sessions.values()].map((transport) => transport.close())),
);
