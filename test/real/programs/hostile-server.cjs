/**
 * An MCP server (stdio) whose own name and tools are hostile. Every second tool fails.
 *
 * By hand: it is started by hostile-agent.cjs.
 */
'use strict';
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const { CallToolRequestSchema, ListToolsRequestSchema } = require('@modelcontextprotocol/sdk/types.js');
const names = require('./hostile-names.cjs');

const server = new Server({ name: names.join(' '), version: '1"\n2' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({
  tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })),
}));
server.setRequestHandler(CallToolRequestSchema, ({ params }) => ({
  content: [],
  isError: names.indexOf(params.name) % 2 === 1,
}));
void server.connect(new StdioServerTransport());
