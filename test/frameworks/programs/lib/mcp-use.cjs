'use strict';
const { join } = require('node:path');
const { report } = require('./report.cjs');

/** A session of mcp-use's client, without its agent, which needs a model. */
exports.run = async (MCPClient) => {
  const [plain, record, own] = process.argv.slice(2);
  // A server that is given a variable gets the whole environment beside it; others get the SDK's few.
  const entry =
    own === undefined
      ? { command: process.execPath, args: [plain, record] }
      : { command: process.execPath, args: [join(__dirname, own), record], env: { NOTES: 'few' } };
  const client = MCPClient.fromDict({
    mcpServers: { recorder: entry },
  });
  const session = await client.createSession('recorder');
  await report('tools', async () => (await session.listTools()).map(({ name }) => name));
  await report('echo', () => session.callTool('echo', { text: 'hello' }));
  await report('fail', () => session.callTool('fail', {}));
  await report('broken', () => session.callTool('broken', {}));
  await client.closeAllSessions();
};
