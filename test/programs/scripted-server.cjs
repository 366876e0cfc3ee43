/**
 * An MCP server over stdio without any SDK, so that its answers are the same for every client version: what it does
 * with a tool call is the tool's name. `--no-tools` makes it announce no capability, `--modern` know protocol 2026-07-28.
 * By hand: node test/programs/scripted-server.cjs, then type JSON-RPC lines.
 */
'use strict';
const { createInterface } = require('node:readline');
const { LATE, respond } = require('./lib/scripted-answers.cjs');

const options = { tools: !process.argv.includes('--no-tools'), modern: process.argv.includes('--modern') };
const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  if (params?.name === 'connection_closed') process.exit(0);
  const answer = respond(method, params, options);
  const late = LATE[params?.name];
  if (late !== undefined) setTimeout(() => write({ id, ...answer }), late);
  else if (answer !== undefined) write({ id, ...answer });
});
