/**
 * An agent that uses servers in every way that our instruments tell apart: two reference servers over stdio, and one of its own
 * in memory. FOLDER is where the file system server works; the policy beside the test decides what is denied.
 *
 * Prints one line of JSON with how its calls ended, and `more`, the same for what a line on stdin asks for; stays until stdin
 * ends.
 */
'use strict';
const { once } = require('node:events');
const { createServer } = require('node:http');
const { createInterface } = require('node:readline');
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { McpInstrumentation, withMcpContext } = require('opentelemetry-instrumentation-mcp');

const folder = process.env.FOLDER;
const EVERYTHING = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
const FILES = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
/** More than there are label values for. */
const AGENTS = 60;

/** A hook of the agent's own that fails is counted as an internal error. */
new McpInstrumentation({
  requestHook: (_span, { target }) => {
    if (target?.name === 'get-tiny-image') throw new Error('the hook failed');
  },
}).enable();

const counts = { success: 0, error: 0, denied: 0 };

async function call(client, name, args = {}, who = { userId: 'alice' }) {
  const status = await withMcpContext(who, async () => {
    try {
      const { isError } = await client.callTool({ name, arguments: args });
      return isError === true ? 'error' : 'success';
    } catch (error) {
      return error.code === 'MCP_GUARD_DENIED' ? 'denied' : 'error';
    }
  });
  counts[status] += 1;
}

async function stdio(...args) {
  const client = new Client({ name: 'every-metric', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  return client;
}

async function ownServer() {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const server = new McpServer({ name: 'own', version: '1.0.0' });
  server.tool('note', () => ({ content: [{ type: 'text', text: 'noted' }] }));
  server.tool('fail', () => ({ isError: true, content: [{ type: 'text', text: 'failed' }] }));
  await server.connect(serverSide);
  const client = new Client({ name: 'every-metric', version: '1.0.0' });
  await client.connect(clientSide);
  return client;
}

async function useEverything(client) {
  await client.listTools();
  for (const message of ['one', 'two', 'three', 'four']) await call(client, 'echo', { message }); // The fourth is over budget.
  for (const number of [1, 2, 3]) await call(client, 'get-sum', { a: number, b: 1 }); // The third is over the rate limit.
  // More users than limits have room for.
  for (const userId of ['bob', 'carol', 'dave']) await call(client, 'echo', { message: 'hello' }, { userId });
  await call(client, 'echo', { message: 'hello\u{e0049}\u{e0067}\u{e006e}' }, { userId: 'eve' });
  await call(client, 'echo', { message: 'x'.repeat(5000) }, { userId: 'eve' });
  await call(client, 'get-env');
  await call(client, 'get-tiny-image');
  await call(client, 'echo', { message: 'for nobody' }, {});
  await call(client, 'get-sum', { a: 'no number', b: 1 }, { userId: 'erin' });
}

async function useFiles(client) {
  await call(client, 'read_text_file', { path: join(folder, 'note.txt') });
  await call(client, 'read_text_file', { path: join(folder, 'missing.txt') });
  await call(client, 'read_text_file', { path: '/etc/passwd' });
}

async function useOwn(client) {
  for (let number = 0; number < AGENTS; number++) {
    await call(client, 'note', {}, { userId: 'alice', agentName: `agent-${number}` });
  }
  for (let number = 0; number < 4; number++) await call(client, 'fail'); // Three open the breaker.
  await client.close();
}

/** A server over HTTP that lets nobody in. */
async function refusedServer() {
  const server = createServer((_request, response) => response.writeHead(401).end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(`http://127.0.0.1:${server.address().port}/mcp`);
  const client = new Client({ name: 'every-metric', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(url)).catch(() => undefined);
  server.close();
}

async function main() {
  const everything = await stdio(EVERYTHING, 'stdio');
  const files = await stdio(FILES, folder);
  const own = await ownServer();
  await useEverything(everything);
  await useFiles(files);
  await useOwn(own);
  await files.close();
  await stdio(EVERYTHING).catch(() => undefined); // Not an approved way to start it.
  await stdio(join(folder, 'no-such-server.js')).catch(() => undefined);
  await refusedServer();
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  createInterface({ input: process.stdin }).on('line', async () => {
    for (const userId of ['frank', 'grace']) await call(everything, 'echo', { message: 'more' }, { userId });
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  });
  await once(process.stdin, 'end');
  await everything.close();
}

void main();
