/**
 * A server for the official conformance suite (SDK 1.x, streamable HTTP). Prints its URL and ends when stdin ends.
 * By hand: node test/conformance/programs/server-v1.cjs
 */
'use strict';
const { randomUUID } = require('node:crypto');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { StreamableHTTPServerTransport } = require('@modelcontextprotocol/sdk/server/streamableHttp.js');
const types = require('@modelcontextprotocol/sdk/types.js');
const { ANSWERS, CAPABILITIES, INFO } = require('./lib/everything.cjs');
const { serveSessions } = require('./lib/sessions.cjs');

const SCHEMAS = {
  'tools/list': types.ListToolsRequestSchema,
  'tools/call': types.CallToolRequestSchema,
  'resources/list': types.ListResourcesRequestSchema,
  'resources/templates/list': types.ListResourceTemplatesRequestSchema,
  'resources/read': types.ReadResourceRequestSchema,
  'resources/subscribe': types.SubscribeRequestSchema,
  'resources/unsubscribe': types.UnsubscribeRequestSchema,
  'prompts/list': types.ListPromptsRequestSchema,
  'prompts/get': types.GetPromptRequestSchema,
  'completion/complete': types.CompleteRequestSchema,
  'logging/setLevel': types.SetLevelRequestSchema,
};

function peerOf(extra) {
  return {
    progressToken: extra._meta?.progressToken,
    notify: (method, params) => extra.sendNotification({ method, params }),
    sample: (params) =>
      extra.sendRequest({ method: 'sampling/createMessage', params }, types.CreateMessageResultSchema),
    elicit: (params) => extra.sendRequest({ method: 'elicitation/create', params }, types.ElicitResultSchema),
    closeStream: () => extra.closeSSEStream?.(),
  };
}

function makeServer() {
  const server = new Server(INFO, { capabilities: CAPABILITIES });
  for (const [method, answer] of Object.entries(ANSWERS)) {
    server.setRequestHandler(SCHEMAS[method], async ({ params }, extra) =>
      answer(params ?? {}, peerOf(extra)),
    );
  }
  return server;
}

serveSessions({
  open: async (options, keep) => {
    const transport = new StreamableHTTPServerTransport({
      ...options,
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => keep(id, transport),
    });
    await makeServer().connect(transport);
    return transport;
  },
  handle: (transport, request, response, body) => transport.handleRequest(request, response, body),
});
