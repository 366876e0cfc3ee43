/**
 * An ordinary agent (SDK v2; CommonJS) that knows nothing of us. It starts the echo server over stdio.
 * MCP_ERA=legacy (default) or auto chooses how the protocol version is negotiated.
 * RECORD_FILE is handed to the server; SERVER_INHERITS_ENV=1 gives it the agent's whole environment.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/programs/agent-v2.cjs
 */
'use strict';
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');
const { say, serverCommand, useEveryCall } = require('./lib/agent-steps.cjs');

async function main() {
  const client = new Client(
    { name: 'agent', version: '1.0.0' },
    { versionNegotiation: { mode: process.env.MCP_ERA ?? 'legacy' } },
  );
  await client.connect(new StdioClientTransport(serverCommand(join(__dirname, 'echo-server-v2.cjs'))));
  say(`server: ${client.getServerVersion()?.name}`);
  await useEveryCall(client);
}

void main();
