/**
 * An ordinary agent (SDK 1.2 and later; 1.0 and 1.1 where require(esm) works; CommonJS) that knows nothing of us. It starts the echo server over stdio.
 * RECORD_FILE is handed to the server; SERVER_INHERITS_ENV=1 gives it the agent's whole environment.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/programs/agent-v1.cjs
 */
'use strict';
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { say, serverCommand, useEveryCall } = require('./lib/agent-steps.cjs');

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
  await client.connect(new StdioClientTransport(serverCommand(join(__dirname, 'echo-server-v1.cjs'))));
  say(`server: ${client.getServerVersion()?.name}`);
  await useEveryCall(client);
}

void main();
