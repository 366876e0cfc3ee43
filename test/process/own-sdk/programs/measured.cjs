/**
 * An agent that makes one call, works and rests for a while, and ends by itself. With a port as argument it prints the
 * metrics that it was measured by then, as its own page for Prometheus has them.
 */
'use strict';
const { get } = require('node:http');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');

const [port] = process.argv.slice(2);
const PACKAGE = /host-metrics|runtime-node|systeminformation/;

async function main() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = new McpServer({ name: 'server', version: '1.0.0' });
  server.tool('echo', () => ({ content: [{ type: 'text', text: 'hello' }] }));
  await server.connect(serverSide);
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(clientSide);
  await client.callTool({ name: 'echo', arguments: {} });
  const loaded = Object.keys(require.cache).filter((file) => PACKAGE.test(file));
  process.stderr.write(`loaded: ${loaded.length}\n`);
  for (let kept = [], i = 0; i < 300_000; i++) kept = [...kept.slice(-10), { i }];
  setTimeout(() => (port === undefined ? undefined : show()), 400);
}

function show() {
  get({ port: Number(port), host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
  });
}

void main();
