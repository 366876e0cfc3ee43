'use strict';
const { report } = require('./report.cjs');

/** What `generateContent` does with a callable tool: it asks for the declarations, then calls what the model wants. */
exports.run = async (mcpToTool, Client, StdioClientTransport) => {
  const [server, record] = process.argv.slice(2);
  const client = new Client({ name: 'genai-agent', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [server, record] }));
  const callable = mcpToTool(client, {});
  await report('tools', () => callable.tool());
  await report('echo', () => callable.callTool([{ name: 'echo', args: { text: 'hello' } }]));
  await report('fail', () => callable.callTool([{ name: 'fail', args: {} }]));
  await report('broken', () => callable.callTool([{ name: 'broken', args: {} }]));
  await client.close();
};
