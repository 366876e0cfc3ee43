import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { report } from './lib/report.cjs';

const record = process.argv[3];
const here = dirname(fileURLToPath(import.meta.url));
const remote = join(
  dirname(createRequire(import.meta.url).resolve('mcp-remote/package.json')),
  'dist/proxy.js',
);

const server = spawn(process.execPath, [join(here, 'lib/http-server.mjs'), record], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const [line] = await once(server.stdout, 'data');

// As a desktop client's configuration names it: `npx mcp-remote URL`.
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [remote, line.toString().trim(), '--allow-http', '--transport', 'http-only'],
  env: process.env,
});
if (process.env.V) transport.stderr.on('data', (d) => process.stderr.write(d));
const client = new Client({ name: 'agent', version: '1.0.0' });
await client.connect(transport);
await report('tools', async () => (await client.listTools()).tools.map(({ name }) => name));
await report('echo', () => client.callTool({ name: 'echo', arguments: { text: 'hello' } }));
await report('fail', () => client.callTool({ name: 'fail', arguments: {} }));
await report('broken', () => client.callTool({ name: 'broken', arguments: {} }));
await client.close();
server.stdin.end();
