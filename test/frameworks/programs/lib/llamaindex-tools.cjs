'use strict';
const { report } = require('./report.cjs');

exports.run = async (mcp) => {
  const [server, record] = process.argv.slice(2);
  const client = mcp({ command: process.execPath, args: [server, record] });
  const tools = await client.tools();
  const call = (name, input) => tools.find((tool) => tool.metadata.name === name).call(input);
  await report('echo', () => call('echo', { text: 'hello' }));
  await report('fail', () => call('fail', {}));
  await report('broken', () => call('broken', {}));
  await client.cleanup();
};
