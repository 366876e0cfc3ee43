/**
 * A client for the official conformance suite (SDK 1.x): started by it with the server's URL as last argument.
 * By hand: MCP_CONFORMANCE_SCENARIO=tools_call node test/conformance/programs/client-v1.cjs http://localhost:3000/mcp
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { UnauthorizedError } = require('@modelcontextprotocol/sdk/client/auth.js');
const {
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
} = require('@modelcontextprotocol/sdk/client/auth-extensions.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { ElicitRequestSchema } = require('@modelcontextprotocol/sdk/types.js');
const { main } = require('./lib/scenarios.cjs');

main({
  makeClient: () => {
    const client = new Client(
      { name: 'conformance-client', version: '1.0.0' },
      { capabilities: { elicitation: { form: { applyDefaults: true } } } },
    );
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: {} }));
    return client;
  },
  makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
  isUnauthorized: (error) => error instanceof UnauthorizedError,
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
});
