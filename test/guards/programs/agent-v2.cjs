/** Uses the tools of a server (SDK v2, which lists all pages by itself). By hand: node agent-v2.cjs node changing-server.cjs */
'use strict';
const { Client } = require('@modelcontextprotocol/client');
const { StdioClientTransport } = require('@modelcontextprotocol/client/stdio');
const { follow, server } = require('./lib/steps.cjs');

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' }, { versionNegotiation: { mode: 'legacy' } });
  await client.connect(new StdioClientTransport(server));
  const list = async () => (await client.listTools()).tools;
  await follow({ list, call: (params) => client.callTool(params), close: () => client.close() });
}

void main();
