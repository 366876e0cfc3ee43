/**
 * An ordinary MCP server over streamable HTTP (SDK v2, both eras, CommonJS) on /mcp.
 * Prints its URL; ends when stdin ends. By hand: node test/programs/echo-http-server-v2.cjs
 */
'use strict';
const { Readable } = require('node:stream');
const { Server, ProtocolError, createMcpHandler } = require('@modelcontextprotocol/server');
const { host } = require('./lib/http-host.cjs');
const { makeServer } = require('./lib/serve-v2.cjs');

const handler = createMcpHandler(() => makeServer({ Server, ProtocolError }));

host(async (request, response) => {
  const body = request.method === 'POST' ? Readable.toWeb(request) : undefined;
  const url = new URL(request.url, `http://${request.headers.host}`);
  const answer = await handler.fetch(
    new Request(url, { method: request.method, headers: request.headers, body, duplex: 'half' }),
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) response.end();
  else Readable.fromWeb(answer.body).pipe(response);
});
