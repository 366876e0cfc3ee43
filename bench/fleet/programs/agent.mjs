/**
 * An ordinary agent of two servers and several users. `bench/fleet` runs it under the preload; by hand, in the root of
 * the repository (`npm run build` first):
 *
 *   FLEET='{"users":5,"calls":100,"denied":2}' OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none \
 *     node --require opentelemetry-instrumentation-mcp/register bench/fleet/programs/agent.mjs
 *
 * `FLEET`: users, calls (in all), denied (in a hundred calls), wait (for the end of stdin before it ends).
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';

const { resolve: fileOf } = createRequire(import.meta.url);
const { users, calls, denied, wait = false } = JSON.parse(process.env.FLEET);
const here = process.cwd();

async function connect(file, argument) {
  const client = new Client({ name: 'fleet-agent', version: '1.0.0' });
  // The servers are preloaded as the agent is, by NODE_OPTIONS, and are services of their own.
  const env = { ...process.env, OTEL_SERVICE_NAME: 'fleet-server', MCP_GUARD_POLICY: '' };
  if (env.OTEL_METRICS_EXPORTER === 'prometheus') env.OTEL_METRICS_EXPORTER = 'none';
  const args = [fileOf(file), argument];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  return client;
}

const files = await connect('@modelcontextprotocol/server-filesystem/dist/index.js', here);
const everything = await connect('@modelcontextprotocol/server-everything/dist/index.js', 'stdio');

/** Ten tools, five of each server. */
const TOOLS = [
  [files, 'list_directory', { path: here }],
  [files, 'get_file_info', { path: here }],
  [files, 'list_allowed_directories', {}],
  [files, 'read_text_file', { path: `${here}/package.json`, head: 5 }],
  [files, 'search_files', { path: `${here}/docs`, pattern: '*.md' }],
  [everything, 'echo', { message: 'hello' }],
  [everything, 'get-sum', { a: 1, b: 2 }],
  [everything, 'get-structured-content', { location: 'Chicago' }],
  [everything, 'get-annotated-message', { messageType: 'success' }],
  [everything, 'get-resource-links', { count: 1 }],
];
const DENIED = [files, 'write_file', { path: `${here}/.env`, content: '' }];

for (let index = 0; index < calls; index += 1) {
  const isDenied = index % 100 < denied;
  const [client, name, args] = isDenied ? DENIED : TOOLS[index % TOOLS.length];
  const user = { userId: `user-${Math.floor(index / TOOLS.length) % users}`, tenantId: 'acme' };
  try {
    await withMcpContext(user, () => client.callTool({ name, arguments: args }));
    if (isDenied && process.env.MCP_GUARD_POLICY) throw new Error('a tool that should be denied was not');
  } catch (error) {
    if (!isDenied || error.code !== 'MCP_GUARD_DENIED') throw error;
  }
}
if (wait) {
  console.log('ready');
  await once(process.stdin.resume(), 'end');
}
await Promise.all([files.close(), everything.close()]);
process.exit(0);
