'use strict';
const { report } = require('./report.cjs');

/**
 * The tools of a server as Mastra tools, executed as an agent does. With the argument `traced` the program brings a
 * trace context of its own, as the option `traceContext` of 2.x lets it.
 */
exports.run = async ({ MCPClient }) => {
  const [server, record, traced] = process.argv.slice(2);
  const traceparent = '00-5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e-5eed5eed5eed5eed-01';
  const traceContext = () => ({ traceparent, tracestate: 'theirs=1', baggage: 'team=blue' });
  const definition = { command: process.execPath, args: [server, record] };
  const recorder = traced === undefined ? definition : { ...definition, traceContext };
  const client = new MCPClient({ id: 'program', servers: { recorder } });
  // Up to 0.14 the method is `getTools`, and a tool takes its input as `context`.
  const isOld = client.listTools === undefined;
  const tools = isOld ? await client.getTools() : await client.listTools();
  const call = (name, input) => {
    const tool = tools[`recorder_${name}`];
    return isOld ? tool.execute({ context: input }) : tool.execute(input, {});
  };
  await report('echo', () => call('echo', { text: 'hello' }));
  await report('fail', () => call('fail', {}));
  await report('broken', () => call('broken', {}));
  await client.disconnect();
};
