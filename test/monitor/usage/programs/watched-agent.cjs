/**
 * An agent and its server in one process. Each argument is a piece of work: `ada:search:3` calls the tool three times for the
 * user, `ada:search:3:x` with an argument that is the same each time; `wait` goes on when stdin has ended. At the end it prints
 * what `monitorSnapshot()` knows.
 *
 * By hand: MCP_GUARD_POLICY=policy.yaml node --require ./build/src/register.js test/monitor/usage/programs/watched-agent.cjs ada:search:3
 */
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { Server } = require('@modelcontextprotocol/sdk/server/index.js');
const { CallToolRequestSchema } = require('@modelcontextprotocol/sdk/types.js');
const { monitorSnapshot, withMcpContext } = require('opentelemetry-instrumentation-mcp');
const { setTimeout: pause } = require('node:timers/promises');

let made = 0;

async function work(client, piece) {
  if (piece === 'wait') {
    console.log('waiting');
    await new Promise((resolve) => process.stdin.resume().once('end', resolve));
    return;
  }
  const [userId, name, times, value] = piece.split(':');
  for (let call = 0; call < Number(times); call += 1) {
    const params = { name, arguments: { secret: value ?? `secret-${call}` } };
    await withMcpContext({ userId }, () => client.callTool(params)).catch(() => undefined);
    made += 1;
  }
}

const known = () => (monitorSnapshot()?.usage.tools.rows ?? []).reduce((sum, { calls }) => sum + calls, 0);

/** The monitor looks at calls when nothing else is to be done, a few milliseconds at a time. */
async function settled(calls) {
  for (const until = Date.now() + 10_000; known() < calls && Date.now() < until;) await pause(10);
  return JSON.stringify(monitorSnapshot());
}

async function main() {
  const server = new Server({ name: 'server', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    params.name === 'fail'
      ? { isError: true, content: [] }
      : { content: [{ type: 'text', text: 'secret-result' }] },
  );
  const client = new Client({ name: 'agent', version: '1' });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);
  const before = known();
  for (const piece of process.argv.slice(2)) await work(client, piece);
  console.log(monitorSnapshot() === undefined ? 'null' : await settled(before + made));
  await client.close();
}

main();
