/** Uses the tools of a server (SDK v1). By hand: node agent-v1.cjs node changing-server.cjs */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { follow, server } = require('./lib/steps.cjs');

async function main() {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(new StdioClientTransport(server));
  const list = async () => {
    const tools = [];
    let cursor;
    do {
      const page = await client.listTools({ cursor });
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    return tools;
  };
  await follow({ list, call: (params) => client.callTool(params), close: () => client.close() });
}

void main();
