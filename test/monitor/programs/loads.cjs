/**
 * One call of an agent that this package instruments, in memory; prints which files of the monitor were loaded.
 *
 *   MCP_GUARD_POLICY=policy.yaml node test/monitor/programs/loads.cjs
 */
'use strict';
const { join } = require('node:path');

const { instrument } = require('../../../build/src/index.js');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');

async function main() {
  instrument({ Client });
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool('echo', {}, async () => ({ content: [{ type: 'text', text: 'done' }] }));
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const [one, other] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(one), client.connect(other)]);
  await client.callTool({ name: 'echo', arguments: {} });
  await client.close();
  const folder = join(__dirname, '../../../build/src/monitor/');
  const loaded = Object.keys(require.cache).filter((file) => file.startsWith(folder));
  console.log(JSON.stringify(loaded.map((file) => file.slice(folder.length)).toSorted()));
}

void main();
