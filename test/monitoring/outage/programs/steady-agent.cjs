/**
 * An agent that calls a tool of a server over stdio CALLS_PER_SECOND times a second, whatever becomes of the calls before, until
 * a line comes on stdin. Then it prints every call as one line of JSON: `[[startedAt, ms, isRight], …]`, Unix time and
 * milliseconds, and ends by itself. Says `ready` on stderr after the first call.
 * By hand: CALLS_PER_SECOND=50 node --require opentelemetry-instrumentation-mcp/register steady-agent.cjs
 */
'use strict';
const { once } = require('node:events');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const SERVER = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const calls = [];

async function call(client, number) {
  const startedAt = Date.now();
  const started = performance.now();
  let isRight = false;
  try {
    const { content } = await client.callTool({ name: 'echo', arguments: { message: `call ${number}` } });
    isRight = content[0].text === `Echo: call ${number}`;
  } catch {
    // Said by what is printed.
  }
  calls.push([startedAt, performance.now() - started, isRight]);
}

async function main() {
  const client = new Client({ name: 'steady-agent', version: '1.0.0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [SERVER, 'stdio'],
    stderr: 'ignore',
  });
  await client.connect(transport);
  await call(client, 0);
  process.stderr.write('ready\n');
  const open = new Set();
  let number = 0;
  const timer = setInterval(
    () => {
      const one = call(client, ++number).then(() => open.delete(one));
      open.add(one);
    },
    1000 / Number(process.env.CALLS_PER_SECOND),
  );
  await once(process.stdin, 'data');
  process.stdin.destroy();
  clearInterval(timer);
  await Promise.all(open);
  await client.close();
  process.stdout.write(`${JSON.stringify(calls)}\n`);
}

void main();
