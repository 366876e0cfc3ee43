/**
 * A server for the official conformance suite (SDK v2, streamable HTTP). Prints its URL and ends when stdin ends.
 * By hand: node test/conformance/programs/server-v2.cjs
 */
'use strict';
const { randomUUID } = require('node:crypto');
const { Readable } = require('node:stream');
const { Server, WebStandardStreamableHTTPServerTransport } = require('@modelcontextprotocol/server');
const { ANSWERS, CAPABILITIES, INFO } = require('./lib/everything.cjs');
const { serveSessions } = require('./lib/sessions.cjs');

function peerOf({ mcpReq, http }) {
  return {
    progressToken: mcpReq._meta?.progressToken,
    notify: (method, params) => mcpReq.notify({ method, params }),
    sample: (params) => mcpReq.send({ method: 'sampling/createMessage', params }),
    elicit: (params) => mcpReq.send({ method: 'elicitation/create', params }),
    closeStream: () => http?.closeSSE?.(),
  };
}

function makeServer() {
  const server = new Server(INFO, { capabilities: CAPABILITIES });
  for (const [method, answer] of Object.entries(ANSWERS)) {
    server.setRequestHandler(method, async ({ params }, context) => answer(params ?? {}, peerOf(context)));
  }
  return server;
}

async function handle(transport, request, response, body) {
  const { method, headers, url } = request;
  const asked = new Request(`http://${headers.host}${url}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await transport.handleRequest(asked);
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) return response.end();
  const stream = Readable.fromWeb(answer.body).on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  return stream.pipe(response);
}

serveSessions({
  open: async (options, keep) => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      ...options,
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => keep(id, transport),
    });
    await makeServer().connect(transport);
    return transport;
  },
  handle,
});
