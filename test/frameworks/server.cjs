/**
 * The MCP server that every client framework is tested with: JSON-RPC over stdio by hand, so that it answers all
 * clients alike. Appends every message that it receives to RECORD, and a line for its own start.
 * By hand: node test/frameworks/server.cjs /tmp/record.jsonl, then type JSON-RPC lines.
 */
'use strict';
const { appendFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const RECORD = process.argv[2];
const NEWEST_PROTOCOL = '2025-11-25';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const tool = (name, description, properties = {}) => ({
  name,
  description,
  inputSchema: { type: 'object', properties, required: Object.keys(properties) },
});

const TOOLS = [
  tool('echo', 'Answers its text.', { text: { type: 'string', description: 'What to answer.' } }),
  tool('fail', 'Answers that it failed.'),
  tool('broken', 'Answers with a JSON-RPC error.'),
];

const CALLS = {
  echo: ({ text: said }) => ({ result: text(`echo: ${said}`) }),
  fail: () => ({ result: { ...text('it failed'), isError: true } }),
  broken: () => ({ error: { code: -32603, message: 'it is broken' } }),
};

const METHODS = {
  initialize: ({ protocolVersion }) => ({
    result: {
      protocolVersion: protocolVersion > NEWEST_PROTOCOL ? NEWEST_PROTOCOL : protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'recorder', version: '1.0.0' },
    },
  }),
  ping: () => ({ result: {} }),
  'tools/list': () => ({ result: { tools: TOOLS } }),
  'tools/call': ({ name, arguments: given = {} }) =>
    CALLS[name]?.(given) ?? { error: { code: -32602, message: `no tool ${name}` } },
};

const record = (line) => appendFileSync(RECORD, `${line}\n`);

record('{"started":true}');
createInterface({ input: process.stdin }).on('line', (line) => {
  record(line);
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  const answer = METHODS[method]?.(params) ?? { error: { code: -32601, message: 'Method not found' } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
});
