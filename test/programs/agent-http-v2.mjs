/**
 * An ordinary agent (SDK v2, ESM) of a server at MCP_URL. MCP_ERA=legacy (default) or auto.
 * By hand: MCP_URL=http://127.0.0.1:1234/mcp node --import opentelemetry-instrumentation-mcp/register agent-http-v2.mjs
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import steps from './lib/agent-steps.cjs';

const client = new Client(
  { name: 'agent', version: '1.0.0' },
  { versionNegotiation: { mode: process.env.MCP_ERA ?? 'legacy' } },
);
await client.connect(new StreamableHTTPClientTransport(new URL(process.env.MCP_URL)));
steps.say(`server: ${client.getServerVersion()?.name}`);
await steps.useEveryCall(client);
