'use strict';
/** A stdio server with an echo tool; ends when its client closes the pipe. */
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const { z } = require('zod');

const server = new McpServer({ name: 'echo', version: '1.0.0' });
server.registerTool('echo', { inputSchema: z.object({ msg: z.string() }) }, ({ msg }) => ({
  content: [{ type: 'text', text: msg }],
}));
void server.connect(new StdioServerTransport());
process.stdin.on('end', () => process.exit(0));
