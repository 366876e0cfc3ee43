/**
 * An agent and its server in one process: many calls of one client, sent at once or one after the other. Prints one line of
 * JSON: how many calls were admitted and denied, and whether what arrived arrived in the order in which it was called.
 *
 * `node limited-agent.cjs CALLS [at-once | in-turn] [keep]`: `keep` goes on until stdin ends.
 */
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { CallToolRequestSchema, ListToolsRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const [calls = '10', how = 'in-turn', then = ''] = process.argv.slice(2);

async function main() {
  const arrived = [];
  const server = new Server({ name: 'server', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    arrived.push(params.arguments.index);
    return { content: [] };
  });
  server.setRequestHandler(ListToolsRequestSchema, () => {
    arrived.push('list');
    return { tools: [] };
  });
  const client = new Client({ name: 'agent', version: '1' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);

  const expected = [];
  const counts = { admitted: 0, denied: 0, failed: 0 };
  let longest = 0;
  const call = async (index) => {
    const startedAt = performance.now();
    try {
      await client.callTool({ name: 'count', arguments: { index } });
      counts.admitted += 1;
    } catch (error) {
      if (error.code === 'MCP_GUARD_DENIED' || error.code === 'MCP_GUARD_UNAVAILABLE') counts.denied += 1;
      else counts.failed += 1;
    }
    longest = Math.max(longest, performance.now() - startedAt);
  };
  const started = performance.now();
  const pending = [];
  for (let index = 0; index < Number(calls); index += 1) {
    const one = call(index);
    expected.push(index);
    if (how === 'in-turn') await one;
    else pending.push(one);
    // What no guard decides about keeps its place among the calls.
    if (how === 'at-once' && index % 100 === 50) {
      pending.push(client.listTools());
      expected.push('list');
    }
  }
  await Promise.all(pending);
  const sent = new Set(arrived);
  const inOrder = JSON.stringify(arrived) === JSON.stringify(expected.filter((one) => sent.has(one)));
  const ms = Math.round(performance.now() - started);
  console.log(
    JSON.stringify({ ...counts, arrived: arrived.length, inOrder, ms, longest: Math.round(longest) }),
  );
  if (then === 'keep') await new Promise((resolve) => process.stdin.resume().once('end', resolve));
  await client.close();
}

main();
