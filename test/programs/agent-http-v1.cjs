/**
 * An ordinary agent (SDK 1.2 and later, CommonJS) of a server at MCP_URL; a path of /sse chooses the SSE transport.
 * By hand: MCP_URL=http://127.0.0.1:1234/mcp node --require opentelemetry-instrumentation-mcp/register agent-http-v1.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { SSEClientTransport } = require('@modelcontextprotocol/sdk/client/sse.js');
const { say, useEveryCall } = require('./lib/agent-steps.cjs');

function transport(url) {
  if (url.pathname === '/sse') return new SSEClientTransport(url);
  const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
  return new StreamableHTTPClientTransport(url);
}

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
  await client.connect(transport(new URL(process.env.MCP_URL)));
  say(`server: ${client.getServerVersion()?.name}`);
  await useEveryCall(client);
}

void main();
