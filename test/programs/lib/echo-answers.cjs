/** What the echo servers answer, whatever SDK carries it. `fault(code, message)` makes that SDK's JSON-RPC error. */
'use strict';
const { appendFileSync } = require('node:fs');

const anything = { type: 'object', additionalProperties: true };
const oneNumber = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

const TOOLS = [
  { name: 'echo', description: 'Answers with its text', inputSchema: anything },
  { name: 'whoami', description: 'Answers with the _meta that it received', inputSchema: anything },
  { name: 'fail', description: 'Answers with isError', inputSchema: anything },
  { name: 'boom', description: 'Its handler throws', inputSchema: anything },
  { name: 'slow', description: 'Answers after ms milliseconds', inputSchema: anything },
  { name: 'coded', description: 'Answers with a JSON-RPC error of that code', inputSchema: anything },
  {
    name: 'structured',
    description: 'Answers with structured content, a wrong one when asked to',
    inputSchema: anything,
    outputSchema: oneNumber,
  },
];

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function answers(fault) {
  const tools = {
    echo: (args) => text(String(args.text)),
    whoami: (_args, meta) => text(JSON.stringify(meta ?? {})),
    fail: () => ({ ...text('this tool failed'), isError: true }),
    boom: () => {
      throw new Error('boom went the handler');
    },
    slow: async (args) => {
      await wait(args.ms ?? 1000);
      return text('slow but sure');
    },
    coded: (args) => {
      throw fault(args.code ?? -32001, args.message ?? 'remote says no');
    },
    structured: (args) => ({ ...text('{"n":1}'), structuredContent: { n: args.violate ? 'one' : 1 } }),
  };
  return {
    listTools: () => ({ tools: TOOLS }),
    callTool: async ({ name, arguments: args, _meta }) => {
      if (tools[name] === undefined) throw fault(-32602, `Unknown tool: ${name}`);
      return tools[name](args ?? {}, _meta);
    },
    readResource: ({ uri }) => ({ contents: [{ uri, mimeType: 'text/plain', text: 'a resource' }] }),
    getPrompt: ({ name }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `prompt ${name}` } }],
    }),
  };
}

const CAPABILITIES = { tools: {}, resources: {}, prompts: {} };

/** Appends every raw line that arrives on stdin to the file named in RECORD_FILE. Call it just before connecting. */
function recordStdin() {
  const file = process.env.RECORD_FILE;
  if (file) process.stdin.on('data', (chunk) => appendFileSync(file, chunk));
}

module.exports = { answers, recordStdin, CAPABILITIES };
