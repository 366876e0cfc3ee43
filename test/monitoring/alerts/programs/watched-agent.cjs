/**
 * An agent that does on its own behalf and on others' what lines on stdin say, and ends when stdin does: `login NAME TIMES`
 * authenticates with a token that is none, `call NAME TOOL TIMES` calls a tool. By hand, with a streamable HTTP server that wants a
 * bearer token:
 *
 *   printf 'login ada 5\n' | SERVER=http://127.0.0.1:3000/mcp TOKEN=... MCP_GUARD_POLICY=policy.json \
 *     node --require ./build/src/register.js test/monitoring/alerts/programs/watched-agent.cjs
 */
const { createInterface } = require('node:readline');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { withMcpContext } = require('opentelemetry-instrumentation-mcp');

async function connect(token) {
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: 'watched-agent', version: '1.0.0' });
  await client.connect(
    new StreamableHTTPClientTransport(new URL(process.env.SERVER), { requestInit: { headers } }),
  );
  return client;
}

async function main() {
  const client = await connect(process.env.TOKEN);
  const actions = {
    login: () => connect('no such token'),
    call: (tool) => client.callTool({ name: tool, arguments: {} }),
  };
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [action, userId, ...words] = line.split(' ');
    const times = Number(words.pop());
    for (let time = 0; time < times; time += 1) {
      await withMcpContext({ userId }, () => actions[action](...words).catch(() => undefined));
    }
    console.log(`done: ${line}`);
  }
  await client.close();
}

main();
