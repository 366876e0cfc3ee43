'use strict';
const { report } = require('./report.cjs');

/** The tools of a server as AI SDK tools, executed as `generateText` does. */
exports.run = async (createMCPClient, StdioMCPTransport) => {
  const [server, record] = process.argv.slice(2);
  const transport = new StdioMCPTransport({ command: process.execPath, args: [server, record] });
  const client = await createMCPClient({ transport });
  const tools = await client.tools();
  const execute = (name, input) => tools[name].execute(input, { toolCallId: `call-${name}`, messages: [] });
  await report('echo', () => execute('echo', { text: 'hello' }));
  await report('fail', () => execute('fail', {}));
  await report('broken', () => execute('broken', {}));
  await client.close();
};
