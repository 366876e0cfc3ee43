/**
 * An agent that makes the calls of a script, one after the other or some together, and does not care what becomes of them.
 * It prints one line of JSON, `{denied, begun}`: for each call who denied it, `{guard, rule}`, or `null`; and its time.
 *
 * SCRIPT names a file with `{"servers": {"files": {"command", "args"}}, "calls": [...]}`. A call has `server`, `as` (of
 * `withMcpContext`), `tool` with `arguments`, or `resource`, or `prompt`, and further
 * - `after`: milliseconds of idle time before it, which nobody waits for: the clock of the process is put forward;
 * - `at`: what the clock says when it is made, in milliseconds since 1970, in place of the system's clock;
 * - `together`: it is made without waiting for the one before.
 *
 * By hand: SCRIPT=script.json node --require ./test/simulate/programs/clock.cjs --require opentelemetry-instrumentation-mcp/register \
 *   test/simulate/programs/arrivals.cjs
 */
'use strict';
const { readFileSync } = require('node:fs');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { withMcpContext } = require('opentelemetry-instrumentation-mcp');
const clock = require('./clock.cjs');

const denialOf = (error) =>
  String(error?.code).startsWith('MCP_GUARD') ? { guard: error.guard, rule: error.rule } : null;

/** A client, or why there is none: a denied server is never started. */
async function connect(entry) {
  const client = new Client({ name: 'arrivals', version: '1' });
  try {
    await client.connect(new StdioClientTransport(entry));
    return { client };
  } catch (error) {
    return { denial: denialOf(error) };
  }
}

function make(client, { tool, resource, prompt, arguments: given }) {
  if (resource !== undefined) return client.readResource({ uri: resource });
  if (prompt !== undefined) return client.getPrompt({ name: prompt, arguments: given });
  return client.callTool({ name: tool, arguments: given ?? {} });
}

async function outcomeOf({ client, denial }, call) {
  if (client === undefined) return denial;
  try {
    await withMcpContext(call.as ?? {}, () => make(client, call));
    return null;
  } catch (error) {
    return denialOf(error);
  }
}

async function main() {
  const { servers, calls } = JSON.parse(readFileSync(process.env.SCRIPT, 'utf8'));
  clock.fixed = calls[0]?.at;
  const clients = {};
  for (const [name, entry] of Object.entries(servers)) clients[name] = await connect(entry);
  for (const { client } of Object.values(clients)) await client?.listTools().catch(() => {});
  const outcomes = [];
  const begun = [];
  for (const call of calls) {
    if (!call.together) await Promise.all(outcomes);
    clock.skipped += call.after ?? 0;
    clock.fixed = call.at;
    begun.push(Date.now());
    outcomes.push(outcomeOf(clients[call.server], call));
  }
  process.stdout.write(`${JSON.stringify({ denied: await Promise.all(outcomes), begun })}\n`);
  for (const { client } of Object.values(clients)) await client?.close();
}

void main();
