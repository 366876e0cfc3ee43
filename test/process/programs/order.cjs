/**
 * An ordinary agent that makes calls side by side and says, as JSON, in which order it had their results and in which order the
 * monitor looked at them. MONITOR names the module of the monitor.
 * By hand: MONITOR=$PWD/build/src/monitor/monitor.js MCP_GUARD_POLICY=policy.yaml node --require ./build/src/register.js order.cjs
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { CallToolRequestSchema } = require('@modelcontextprotocol/sdk/types.js');
const { Monitor } = require(process.env.MONITOR);

const CALLS = 200;
const order = [];
const { observe } = Monitor.prototype;
Monitor.prototype.observe = function (line, raise) {
  order.push(['observed', line.tool_name]);
  return observe.call(this, line, raise);
};

const turns = async (count) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

async function main() {
  const server = new Server({ name: 'server', version: '1.0.0' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    await turns(params.arguments.turns);
    return { content: [] };
  });
  const client = new Client({ name: 'agent', version: '1.0.0' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);
  const call = async (index) => {
    const name = `tool-${index}`;
    await client.callTool({ name, arguments: { turns: index % 4 } });
    order.push(['result', name]);
  };
  await Promise.all(Array.from({ length: CALLS }, (_, index) => call(index)));
  // The monitor may take its time.
  while (order.length < 2 * CALLS) await new Promise((resolve) => setTimeout(resolve, 10));
  process.stdout.write(JSON.stringify(order));
}

void main();
