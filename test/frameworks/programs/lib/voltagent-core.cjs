'use strict';
const { report } = require('./report.cjs');

/** The tools of a server as an agent has them. */
exports.run = async (MCPConfiguration) => {
  const [server, record] = process.argv.slice(2);
  const mcp = new MCPConfiguration({
    servers: { recorder: { type: 'stdio', command: process.execPath, args: [server, record] } },
  });
  const tools = await mcp.getTools();
  console.log(tools.map(({ name }) => name).join());
  const execute = (name, input) => tools.find((tool) => tool.name.endsWith(name)).execute(input);
  await report('echo', () => execute('echo', { text: 'hello' }));
  await report('fail', () => execute('fail', {}));
  await report('broken', () => execute('broken', {}));
  await mcp.disconnect();
};
