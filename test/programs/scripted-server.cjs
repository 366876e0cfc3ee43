/**
 * An MCP server over stdio without any SDK, so that its answers are the same for every client version: what it does
 * with a tool call is the tool's name. `--no-tools` makes it announce no capability.
 * By hand: node test/programs/scripted-server.cjs, then type JSON-RPC lines.
 */
'use strict';
const { createInterface } = require('node:readline');
const { respond } = require('./lib/scripted-answers.cjs');

const write = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  if (params?.name === 'connection_closed') process.exit(0);
  const answer = respond(method, params, { tools: !process.argv.includes('--no-tools') });
  if (answer !== undefined) write({ id, ...answer });
});
