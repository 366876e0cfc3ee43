/**
 * A server for both protocol eras over stdio (SDK v2). Its tools: `echo`; `env`, which answers with its process id;
 * `exit`, which ends the process with code 3 in the middle of the call.
 * By hand: node test/sdk/programs/modern-server.cjs, then type JSON-RPC.
 */
'use strict';
const { Server } = require('@modelcontextprotocol/server');
const { serveStdio } = require('@modelcontextprotocol/server/stdio');

const inputSchema = { type: 'object', additionalProperties: true };

serveStdio(() => {
  const server = new Server({ name: 'modern', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', async () => ({
    tools: ['echo', 'env', 'exit'].map((name) => ({ name, inputSchema })),
  }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    if (params.name === 'exit') process.exit(3);
    const answer = params.name === 'env' ? { pid: process.pid } : (params._meta ?? mcpReq._meta ?? {});
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
  });
  return server;
});
