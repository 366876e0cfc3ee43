/**
 * An agent that ends with a connection open and a call under way: by process.exit(5), by an exception, or at its
 * natural end (argument `exit`, `throw` or `end`).
 * By hand: node --require opentelemetry-instrumentation-mcp/register test/sdk/programs/exit-while-connected.cjs exit
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { CallToolRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

async function main(how) {
  const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    params.name === 'forever' ? new Promise(() => {}) : { content: [] },
  );
  const client = new Client({ name: 'agent', version: '1' });
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  await client.connect(mine);
  // A client that nobody holds any more may be collected before the end.
  globalThis.client = client;
  await client.callTool({ name: 'done' });
  if (how === 'end') return;
  client.callTool({ name: 'forever' }).catch(() => {});
  if (how === 'exit') process.exit(5);
  setImmediate(() => {
    throw new Error('the agent broke');
  });
}

void main(process.argv[2]);
