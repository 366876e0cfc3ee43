/**
 * An agent that asks for one thing its policy denies, twelve times at once, when it is told to on stdin, after a call that
 * succeeds and one that fails; it ends when stdin does. By hand, under a policy that denies the tool get-env:
 *
 *   echo go | MCP_GUARD_POLICY=policy.json node --require ./build/src/register.js \
 *     test/monitoring/alerts/programs/denied-agent.cjs
 */
const { once } = require('node:events');
const { createInterface } = require('node:readline');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const SERVER = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const BURST = 12;

async function main() {
  const client = new Client({ name: 'denied-agent', version: '1.0.0' });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [SERVER, 'stdio'], stderr: 'ignore' }),
  );
  await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  console.log('ready');
  const lines = createInterface({ input: process.stdin });
  await once(lines, 'line');
  await client.callTool({ name: 'echo', arguments: { message: 'hello' } });
  await client.callTool({ name: 'echo', arguments: {} }).catch(() => undefined);
  const calls = Array.from({ length: BURST }, () => client.callTool({ name: 'get-env', arguments: {} }));
  const denied = (await Promise.allSettled(calls)).filter(
    ({ reason }) => reason?.code === 'MCP_GUARD_DENIED',
  );
  console.log(`denied ${denied.length}`);
  await once(lines, 'close');
  await client.close();
}

main();
