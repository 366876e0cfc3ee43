/** Sessions of the MCP SDK's clients, for scripted-steps.cjs. */
'use strict';

const sessionOf = (client, call) => ({
  call,
  read: (params) => client.readResource(params),
  prompt: (params) => client.getPrompt(params),
  list: () => client.listTools(),
  close: () => client.close(),
});

const CAPABILITIES = { sampling: {}, elicitation: {}, roots: {} };
const capabilitiesFor = (handlers) => (handlers.length > 0 ? CAPABILITIES : {});

/** `sdk`: `Client`, `StdioClientTransport`, `types`, and `http()`, which gives the class of the HTTP transport. */
function v1({ Client, StdioClientTransport, types, http }) {
  const schemas = {
    'sampling/createMessage': types.CreateMessageRequestSchema,
    'elicitation/create': types.ElicitRequestSchema,
    'roots/list': types.ListRootsRequestSchema,
  };
  return {
    connect: async (server, handlers) => {
      const client = new Client(
        { name: 'agent', version: '1.0.0' },
        { capabilities: capabilitiesFor(handlers) },
      );
      for (const [method, handle] of handlers) {
        if (schemas[method] !== undefined) client.setRequestHandler(schemas[method], handle);
      }
      const transport = server.url
        ? new (await http())(new URL(server.url))
        : new StdioClientTransport(server);
      await client.connect(transport);
      return sessionOf(client, (params, options) => client.callTool(params, undefined, options));
    },
  };
}

/** `sdk`: `Client`, `StdioClientTransport`, `StreamableHTTPClientTransport`. MCP_ERA: `legacy` (default) or `auto`. */
function v2({ Client, StdioClientTransport, StreamableHTTPClientTransport }) {
  return {
    connect: async (server, handlers) => {
      const client = new Client(
        { name: 'agent', version: '1.0.0' },
        {
          capabilities: capabilitiesFor(handlers),
          versionNegotiation: { mode: process.env.MCP_ERA ?? 'legacy' },
        },
      );
      for (const [method, handle] of handlers) client.setRequestHandler(method, handle);
      const transport = server.url
        ? new StreamableHTTPClientTransport(new URL(server.url))
        : new StdioClientTransport(server);
      await client.connect(transport);
      return sessionOf(client, (params, options) => client.callTool(params, options));
    },
  };
}

module.exports = { v1, v2 };
