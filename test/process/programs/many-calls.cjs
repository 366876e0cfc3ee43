/**
 * An ordinary agent with a server in its own process, which ends in the way its first argument names as soon as the calls that
 * its second one counts are over, without a turn of the event loop between.
 * By hand: node --require opentelemetry-instrumentation-mcp/register many-calls.cjs exit 2000
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { CallToolRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

const [how, calls] = process.argv.slice(2);

const ENDS = {
  natural: () => {},
  exit: () => process.exit(3),
  throw: () => {
    process.nextTick(() => {
      throw new Error('the agent failed');
    });
  },
  SIGTERM: () => {
    setTimeout(() => {}, 20_000);
    process.kill(process.pid, 'SIGTERM');
  },
};

async function main() {
  const server = new Server({ name: 'server', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, () => ({ content: [] }));
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);
  let done = 0;
  for (; done < Number(calls); done += 1) await client.callTool({ name: 'echo', arguments: { done } });
  process.stdout.write(`${done}\n`);
  ENDS[how]();
}

void main();
