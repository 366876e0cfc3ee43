/** An agent that makes one call, has its own Prometheus page read over a kept-alive connection, and ends by itself. */
'use strict';
const { Agent, get } = require('node:http');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');

async function main() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = new McpServer({ name: 'server', version: '1.0.0' });
  server.tool('echo', () => ({ content: [{ type: 'text', text: 'hello' }] }));
  await server.connect(serverSide);
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(clientSide);
  await client.callTool({ name: 'echo', arguments: {} });
  const agent = new Agent({ keepAlive: true });
  get({ port: Number(process.argv[2]), host: '127.0.0.1', path: '/metrics', agent }, (response) => {
    response.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
  }).on('error', (error) => process.stdout.write(`${error.message}\n`));
}

void main();
