/** Clients, servers and transports of SDK v2. MCP_ERA: `legacy` (default), `auto`. */
'use strict';
const { Readable } = require('node:stream');
const client = require('@modelcontextprotocol/client');
const server = require('@modelcontextprotocol/server');
const { ANSWERS, CAPABILITIES, SAMPLING } = require('./answers.cjs');

function makeServer() {
  const made = new server.Server({ name: 'harm', version: '1.0.0' }, { capabilities: CAPABILITIES });
  const peerOf = ({ mcpReq }) => ({
    progressToken: mcpReq._meta?.progressToken,
    fault: (code, message, data) => new server.ProtocolError(code, message, data),
    notify: (method, params) => mcpReq.notify({ method, params }),
    roots: () => mcpReq.send({ method: 'roots/list' }),
    sample: () => mcpReq.send({ method: 'sampling/createMessage', params: SAMPLING }),
  });
  for (const [method, answer] of Object.entries(ANSWERS)) {
    made.setRequestHandler(method, async ({ params }, context) => answer(params ?? {}, peerOf(context)));
  }
  return made;
}

function makeClient() {
  const made = new client.Client(
    { name: 'agent', version: '1.0.0' },
    {
      capabilities: { sampling: {}, roots: { listChanged: true } },
      versionNegotiation: { mode: process.env.MCP_ERA ?? 'legacy' },
    },
  );
  made.setRequestHandler('sampling/createMessage', async () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  made.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///x' }] }));
  return made;
}

function withoutSessions() {
  const handler = server.createMcpHandler(() => makeServer());
  return (request) => handler.fetch(request);
}

function withSessions() {
  const sessions = new Map();
  return async (request) => {
    let transport = sessions.get(request.headers.get('mcp-session-id'));
    if (transport === undefined) {
      const id = `session-${sessions.size + 1}`;
      transport = new server.WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: () => id });
      sessions.set(id, transport);
      await makeServer().connect(transport);
    }
    return transport.handleRequest(request);
  };
}

module.exports = {
  makeClient,
  makeServer,
  InMemoryTransport: client.InMemoryTransport,
  callTool: (made, params, options) => made.callTool(params, options),
  request: (made, request) => made.request(request),
  stdio: (command) => {
    const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');
    return new StdioClientTransport(command);
  },
  http: (url) => new client.StreamableHTTPClientTransport(url),
  sse: (url) => new client.SSEClientTransport(url),
  /** Both eras, on stdio or on a transport given. */
  serveStdio: (options) =>
    require('@modelcontextprotocol/server/stdio').serveStdio(() => makeServer(), options),
  /** Answers HTTP requests: streamable HTTP, with sessions in the old era and without in the new one. */
  serveHttp: () => {
    const handle = process.env.MCP_ERA === 'auto' ? withoutSessions() : withSessions();
    return async (request, response, body) => {
      const { method, headers, url } = request;
      const asked = new Request(`http://${headers.host}${url}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await handle(asked);
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (answer.body === null) return response.end();
      return Readable.fromWeb(answer.body)
        .on('error', () => response.destroy())
        .pipe(response);
    };
  },
};
