/** What the scripted servers answer: JSON-RPC by hand, decided by the name of the tool. */
'use strict';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const anything = { type: 'object' };
const oneNumber = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };

const INITIALIZED = {
  protocolVersion: '2024-11-05',
  serverInfo: { name: 'scripted', version: '1.0.0' },
};
const TOOLS = [
  { name: 'output_schema', inputSchema: anything, outputSchema: oneNumber },
  { name: 'success', inputSchema: anything },
];

/** Tools that have an answer of their own; every other name gets `success`. */
const SPECIAL = {
  tool_error: { result: { ...text('secret result of a failed tool'), isError: true } },
  'code_-32602': { error: { code: -32602, message: 'bad arguments' } },
  'code_-32603': { error: { code: -32603, message: 'it broke inside' } },
  'code_-32001': { error: { code: -32001, message: 'MCP error -32001: MCP error -32001: remote timeout' } },
  'code_-32000': { error: { code: -32000, message: 'remote says closed' } },
  code_1234: { error: { code: 1234, message: 'a code of its own' } },
  invalid_result: { result: { content: 'not a list' } },
  output_schema: { result: { ...text('{"n":"one"}'), structuredContent: { n: 'one' } } },
};
const UNANSWERED = new Set(['timeout', 'process_exit']);
/** Milliseconds until the answer: for clients that notice an abort only when there is one. */
const LATE = { cancelled: 200 };

const PROTOCOL = 'io.modelcontextprotocol/protocolVersion';
const DISCOVERED = { supportedVersions: ['2026-07-28'], ttlMs: 0, cacheScope: 'private' };

function answerCall(name) {
  if (UNANSWERED.has(name)) return undefined;
  return SPECIAL[name] ?? { result: text('fine') };
}

function answer(method, params, { tools, modern }) {
  const capabilities = tools ? { tools: {} } : {};
  if (method === 'initialize') return { result: { ...INITIALIZED, capabilities } };
  if (method === 'server/discover' && modern) return { result: { ...DISCOVERED, capabilities } };
  if (method === 'tools/list') return { result: { tools: TOOLS } };
  if (method === 'tools/call') return answerCall(params.name);
  return { error: { code: -32601, message: 'Method not found' } };
}

/**
 * The part of a JSON-RPC response after its id; undefined means that no answer is sent. `modern`: the server knows
 * protocol 2026-07-28, whose requests name it and whose results have a type.
 */
function respond(method, params, options) {
  const answered = answer(method, params, options);
  if (answered?.result === undefined || params?._meta?.[PROTOCOL] === undefined) return answered;
  return { result: { ...answered.result, resultType: 'complete' } };
}

module.exports = { respond, LATE };
