/**
 * A server over stdio (SDK 1.x). Its tools: `echo`; `exit`, which ends the process with code 3 in the middle of the
 * call; `crash`, which throws past every handler.
 * By hand: node test/sdk/programs/legacy-server.cjs, then type JSON-RPC.
 */
'use strict';
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { StdioServerTransport } = require('@modelcontextprotocol/sdk/server/stdio.js');
const { CallToolRequestSchema, ListToolsRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const inputSchema = { type: 'object', additionalProperties: true };

const server = new Server({ name: 'legacy', version: '1.0.0' }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, async () => ({
  tools: ['echo', 'exit', 'crash'].map((name) => ({ name, inputSchema })),
}));
server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
  if (params.name === 'exit') process.exit(3);
  if (params.name === 'crash') process.abort();
  return { content: [{ type: 'text', text: JSON.stringify(params._meta ?? {}) }] };
});
void server.connect(new StdioServerTransport());
