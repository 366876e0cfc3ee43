'use strict';
const { report } = require('./report.cjs');

/** One call has metadata of the caller's own, which must reach the server beside ours. */
exports.run = async (MCPServerStdio) => {
  const [server, record] = process.argv.slice(2);
  const mcp = new MCPServerStdio({ name: 'recorder', command: process.execPath, args: [server, record] });
  await mcp.connect();
  await report('tools', async () => (await mcp.listTools()).map(({ name }) => name));
  await report('echo', () => mcp.callTool('echo', { text: 'hello' }, { 'example.com/request': 'r-1' }));
  await report('fail', () => mcp.callTool('fail', {}));
  await report('broken', () => mcp.callTool('broken', {}));
  await mcp.close();
};
