/**
 * An ordinary agent (SDK v2; ESM) that knows nothing of us. It starts the echo server over stdio.
 * MCP_ERA=legacy (default) or auto chooses how the protocol version is negotiated.
 * RECORD_FILE is handed to the server; SERVER_INHERITS_ENV=1 gives it the agent's whole environment.
 * By hand: node --import opentelemetry-instrumentation-mcp/register test/programs/agent-v2.mjs
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import steps from './lib/agent-steps.cjs';

const server = fileURLToPath(new URL('echo-server-v2.mjs', import.meta.url));
const client = new Client(
  { name: 'agent', version: '1.0.0' },
  { versionNegotiation: { mode: process.env.MCP_ERA ?? 'legacy' } },
);
await client.connect(new StdioClientTransport(steps.serverCommand(server)));
steps.say(`server: ${client.getServerVersion()?.name}`);
await steps.useEveryCall(client);
