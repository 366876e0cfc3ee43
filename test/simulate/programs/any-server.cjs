/**
 * An MCP server over stdio, without any SDK, that has every tool, resource and prompt. A tool answers with its arguments,
 * or with what `answer` among them says; one whose name begins with `fail` fails, one with `slow` takes its time.
 * By hand: node test/simulate/programs/any-server.cjs, then type JSON-RPC lines.
 */
'use strict';
const { createInterface } = require('node:readline');

const NAMES = ['read_file', 'write_file', 'search', 'export_all', 'fetch', 'slow_search', 'fail_now'];
const tools = NAMES.map((name) => ({ name, description: name, inputSchema: { type: 'object' } }));

const text = (value) => [{ type: 'text', text: value }];

function resultOf(method, params) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {}, resources: {}, prompts: {} },
        serverInfo: { name: 'any', version: '1' },
      };
    case 'tools/list':
      return { tools };
    case 'tools/call': {
      const { name, arguments: given = {} } = params;
      return { content: text(given.answer ?? JSON.stringify(given)), isError: name.startsWith('fail') };
    }
    case 'resources/read':
      return { contents: [{ uri: params.uri, text: 'a resource' }] };
    case 'prompts/get':
      return { messages: [{ role: 'user', content: text('a prompt')[0] }] };
    default:
      return {};
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  const answer = () => {
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method, params) })}\n`);
  };
  if (params?.name?.startsWith('slow')) setTimeout(answer, 15);
  else answer();
});
