'use strict';
/**
 * An agent up to the answer to its first call, over `memory` or `stdio` (first argument); it prints when the answer
 * came, in milliseconds since the process began, and how long connecting and calling took. With `by-hand` as second
 * argument it starts the OpenTelemetry SDK at its top, as its owner would write it.
 */
const { join } = require('node:path');
const { writeSync } = require('node:fs');

if (process.argv[3] === 'by-hand') {
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  new NodeSDK().start();
}
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');

async function memoryTransport() {
  const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
  const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
  const { z } = require('zod');
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool('echo', { inputSchema: z.object({ msg: z.string() }) }, ({ msg }) => ({
    content: [{ type: 'text', text: msg }],
  }));
  const [clientEnd, serverEnd] = InMemoryTransport.createLinkedPair();
  await server.connect(serverEnd);
  return clientEnd;
}

async function stdioTransport() {
  const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
  return new StdioClientTransport({ command: process.execPath, args: [join(__dirname, 'echo-server.cjs')] });
}

async function main() {
  const transport = process.argv[2] === 'stdio' ? await stdioTransport() : await memoryTransport();
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const started = performance.now();
  await client.connect(transport);
  await client.callTool({ name: 'echo', arguments: { msg: 'hello' } });
  const answered = performance.now();
  const { user, system } = process.cpuUsage();
  writeSync(1, `${JSON.stringify({ answered, using: answered - started, cpu: (user + system) / 1000 })}\n`);
  process.exit(0);
}

void main();
