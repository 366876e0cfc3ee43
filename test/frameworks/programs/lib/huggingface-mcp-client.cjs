'use strict';
const { createServer } = require('node:http');

const CALLS = [
  { name: 'echo', arguments: '{"text":"hello"}' },
  { name: 'fail', arguments: '{}' },
  { name: 'broken', arguments: '{}' },
];

/** A model that wants every tool called once: one turn of a chat completion, as a stream of events. */
function startModel() {
  const tool_calls = CALLS.map((call, index) => ({
    index,
    id: `call-${index}`,
    type: 'function',
    function: call,
  }));
  const chunk = { choices: [{ index: 0, delta: { role: 'assistant', tool_calls }, finish_reason: null }] };
  const model = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' });
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
  });
  return new Promise((resolve) => {
    model.listen(0, '127.0.0.1', () => resolve(model));
  });
}

/** The agent can call a turn off: its signal is handed to every call, among the parameters. */
exports.run = async (McpClient) => {
  const [server, record] = process.argv.slice(2);
  const model = await startModel();
  const endpointUrl = `http://127.0.0.1:${model.address().port}/v1`;
  const client = new McpClient({ endpointUrl, model: 'scripted', apiKey: 'none' });
  await client.addMcpServer({ type: 'stdio', config: { command: process.execPath, args: [server, record] } });
  const abortSignal = new AbortController().signal;
  const messages = [{ role: 'user', content: 'Call every tool.' }];
  for await (const message of client.processSingleTurnWithTools(messages, { abortSignal }))
    console.log(JSON.stringify(message));
  await client.cleanup();
  model.close();
};
