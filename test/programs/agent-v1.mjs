/**
 * An ordinary agent (SDK 1.x; ESM) that knows nothing of us. It starts the echo server over stdio.
 * RECORD_FILE is handed to the server; SERVER_INHERITS_ENV=1 gives it the agent's whole environment.
 * By hand: node --import opentelemetry-instrumentation-mcp/register test/programs/agent-v1.mjs
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import steps from './lib/agent-steps.cjs';

const server = fileURLToPath(new URL('echo-server-v1.mjs', import.meta.url));
const client = new Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
await client.connect(new StdioClientTransport(steps.serverCommand(server)));
steps.say(`server: ${client.getServerVersion()?.name}`);
await steps.useEveryCall(client);
