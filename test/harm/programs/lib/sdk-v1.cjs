/** Clients, servers and transports of SDK 1.x, 1.4 to the newest. */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const types = require('@modelcontextprotocol/sdk/types.js');
const { ANSWERS, CAPABILITIES, SAMPLING } = require('./answers.cjs');

const SCHEMAS = {
  'tools/list': types.ListToolsRequestSchema,
  'tools/call': types.CallToolRequestSchema,
  'resources/list': types.ListResourcesRequestSchema,
  'resources/read': types.ReadResourceRequestSchema,
  'prompts/list': types.ListPromptsRequestSchema,
  'prompts/get': types.GetPromptRequestSchema,
  'completion/complete': types.CompleteRequestSchema,
};

function makeServer() {
  const server = new Server({ name: 'harm', version: '1.0.0' }, { capabilities: CAPABILITIES });
  /** Old versions have no way to send on the stream of the request that is being answered. */
  const peerOf = (params, extra) => {
    const notify = extra.sendNotification ?? ((notification) => server.notification(notification));
    const ask = extra.sendRequest ?? ((request, schema) => server.request(request, schema));
    return {
      progressToken: params?._meta?.progressToken,
      fault: (code, message, data) => new types.McpError(code, message, data),
      notify: (method, notified) => notify({ method, params: notified }),
      roots: () => ask({ method: 'roots/list' }, types.ListRootsResultSchema),
      sample: () =>
        ask({ method: 'sampling/createMessage', params: SAMPLING }, types.CreateMessageResultSchema),
    };
  };
  for (const [method, answer] of Object.entries(ANSWERS)) {
    server.setRequestHandler(SCHEMAS[method], async ({ params }, extra) =>
      answer(params ?? {}, peerOf(params, extra)),
    );
  }
  return server;
}

function makeClient() {
  const client = new Client(
    { name: 'agent', version: '1.0.0' },
    { capabilities: { sampling: {}, roots: { listChanged: true } } },
  );
  client.setRequestHandler(types.CreateMessageRequestSchema, async () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: [{ uri: 'file:///x' }] }));
  return client;
}

module.exports = {
  makeClient,
  makeServer,
  InMemoryTransport,
  callTool: (client, params, options) => client.callTool(params, undefined, options),
  request: (client, request) => client.request(request, types.EmptyResultSchema),
  stdio: (command) => {
    const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
    return new StdioClientTransport(command);
  },
  http: (url) => {
    const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
    return new StreamableHTTPClientTransport(url);
  },
  sse: (url) => {
    const { SSEClientTransport } = require('@modelcontextprotocol/sdk/client/sse.js');
    return new SSEClientTransport(url);
  },
  serveStdio: () => {
    const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
    return makeServer().connect(new StdioServerTransport());
  },
  /** Answers HTTP requests: streamable HTTP with sessions. */
  serveHttp: () => {
    const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
    const sessions = new Map();
    return async (request, response, body) => {
      let transport = sessions.get(request.headers['mcp-session-id']);
      if (transport === undefined) {
        const id = `session-${sessions.size + 1}`;
        transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => id });
        sessions.set(id, transport);
        await makeServer().connect(transport);
      }
      await transport.handleRequest(request, response, body);
    };
  },
  /** Answers HTTP requests: the old HTTP+SSE transport. */
  serveSse: () => {
    const { SSEServerTransport } = require('@modelcontextprotocol/sdk/server/sse.js');
    const sessions = new Map();
    return async (request, response, body) => {
      if (request.method === 'GET') {
        const transport = new SSEServerTransport('/messages', response);
        sessions.set(transport.sessionId, transport);
        await makeServer().connect(transport);
        return;
      }
      const id = new URL(request.url, 'http://localhost').searchParams.get('sessionId');
      await sessions.get(id).handlePostMessage(request, response, body);
    };
  },
};
