'use strict';
const { report } = require('./report.cjs');

/** The tools of a server as LangChain tools, invoked as an agent's tool node does. */
exports.run = async (MultiServerMCPClient) => {
  const [server, record] = process.argv.slice(2);
  const client = new MultiServerMCPClient({
    mcpServers: { recorder: { transport: 'stdio', command: process.execPath, args: [server, record] } },
  });
  const tools = await client.getTools();
  const invoke = (name, input) => tools.find((tool) => tool.name === name).invoke(input);
  await report('echo', () => invoke('echo', { text: 'hello' }));
  await report('fail', () => invoke('fail', {}));
  await report('broken', () => invoke('broken', {}));
  await client.close();
};
