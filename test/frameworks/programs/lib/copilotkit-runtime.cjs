'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createServer } = require('node:http');
const { createInterface } = require('node:readline');

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };

/** What the model streams in one turn: a tool call, or its last words. */
function turn(name, id) {
  if (name !== undefined) {
    const input = JSON.stringify(name === 'echo' ? { text: 'hello' } : {});
    const call = { type: 'tool-call', toolCallId: `call-${id}`, toolName: name, input };
    return [call, { type: 'finish', finishReason: { unified: 'tool-calls' }, usage }];
  }
  const text = ['text-start', 'text-delta', 'text-end'].map((type) => ({ type, id: '0', delta: 'done' }));
  return [...text, { type: 'finish', finishReason: { unified: 'stop' }, usage }];
}

/** The stdio server behind streamable HTTP, which is what CopilotKit's own configuration knows. */
async function overHttp([server, record]) {
  const child = spawn(process.execPath, [server, record], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const http = createServer(async (request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    let body = '';
    for await (const chunk of request) body += chunk;
    child.stdin.write(`${body}\n`);
    if (JSON.parse(body).id === undefined) return response.writeHead(202).end();
    const [answer] = await once(lines, 'line');
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const close = () => {
    http.closeAllConnections();
    http.close();
    child.stdin.end();
  };
  return { url: `http://127.0.0.1:${http.address().port}/mcp`, close };
}

/** A built-in agent whose scripted model asks for one tool after the other, as the user told it. */
async function runAgent({ BuiltInAgent }, { MockLanguageModelV3, simulateReadableStream }, servers) {
  const doStream = async ({ prompt }) => {
    const plan = prompt.find(({ role }) => role === 'user').content[0].text.split(' ');
    const done = prompt.filter(({ role }) => role === 'tool').length;
    return { stream: simulateReadableStream({ chunks: turn(plan[done], done) }) };
  };
  const model = new MockLanguageModelV3({ doStream });
  const agent = new BuiltInAgent({ model, maxSteps: 5, ...servers });
  const messages = [{ id: 'message', role: 'user', content: 'echo fail broken' }];
  const input = { threadId: 'thread', runId: 'run', state: {}, messages, tools: [], context: [] };
  await new Promise((complete, error) => {
    const next = ({ type, toolCallId, content, delta, message }) => {
      if (type === 'TOOL_CALL_RESULT') console.log(toolCallId, 'gave', content);
      if (type === 'TEXT_MESSAGE_CHUNK' || type === 'RUN_ERROR') console.log(type, delta ?? message);
    };
    agent.run({ ...input, forwardedProps: {} }).subscribe({ next, complete, error });
  });
}

/**
 * With the argument `own-client` the program brings the AI SDK's client on a transport of the MCP SDK, else CopilotKit
 * makes one for the server's URL.
 */
exports.run = async (copilotkit, ai, { createMCPClient }, { StdioClientTransport }) => {
  const [server, record, how] = process.argv.slice(2);
  if (how === 'own-client') {
    const transport = new StdioClientTransport({ command: process.execPath, args: [server, record] });
    const client = await createMCPClient({ transport });
    await runAgent(copilotkit, ai, { mcpClients: [client] });
    await client.close();
  } else {
    const { url, close } = await overHttp([server, record]);
    await runAgent(copilotkit, ai, { mcpServers: [{ type: 'http', url }] });
    close();
  }
};
