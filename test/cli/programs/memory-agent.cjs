/**
 * An agent with its server in the same process, that calls one tool and prints what came back. CALLS=0 makes it connect to
 * nobody; STAY=1 keeps it alive; SAY_ENV=1 prints what of the environment it may not notice a change of.
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/cli/programs/memory-agent.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const types = require('@modelcontextprotocol/sdk/types.js');

async function main() {
  if (process.env.STAY === '1') setInterval(() => undefined, 1000);
  if (process.env.CALLS === '0') return;
  const server = new Server({ name: 'adder', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(types.CallToolRequestSchema, async ({ params }) => ({
    content: [{ type: 'text', text: String(params.arguments.a + params.arguments.b) }],
  }));
  const client = new Client({ name: 'agent', version: '1.0.0' }, { capabilities: {} });
  const [one, other] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(one), client.connect(other)]);
  const { content } = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } });
  process.stdout.write(`${JSON.stringify([content[0].text, process.argv.slice(2)])}\n`);
  process.exitCode = Number(process.env.EXIT_CODE ?? 0);
  if (process.env.STAY !== '1') await client.close();
}

void main();
