/**
 * A client for the official conformance suite (SDK v2): started by it with the server's URL as last argument.
 * By hand: MCP_CONFORMANCE_SCENARIO=tools_call node test/conformance/programs/client-v2.cjs http://localhost:3000/mcp
 */
'use strict';
const {
  Client,
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} = require('@modelcontextprotocol/client');
const { main } = require('./lib/scenarios.cjs');

main({
  makeClient: () => {
    const client = new Client(
      { name: 'conformance-client', version: '1.0.0' },
      { capabilities: { elicitation: { form: { applyDefaults: true } } } },
    );
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
    return client;
  },
  makeTransport: (url, authProvider) => new StreamableHTTPClientTransport(url, { authProvider }),
  isUnauthorized: (error) => error instanceof UnauthorizedError,
  ClientCredentialsProvider,
  PrivateKeyJwtProvider,
});
