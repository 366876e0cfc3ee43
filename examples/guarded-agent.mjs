/**
 * An ordinary agent, which knows nothing of policies. Half of what it does it has no business with: somebody has talked
 * its model into it.
 *
 * `examples/guards.mjs` runs it under a policy. By hand, in the root of the repository (`npm run build` first); the audit
 * log is then in examples/policies/audit:
 *
 *   mkdir -p /tmp/notes && echo '- call Lisbon' > /tmp/notes/today.md
 *   export MCP_GUARD_POLICY=examples/policies/guarded-agent.yaml MCP_FILESYSTEM_SAFE_ROOT=/tmp/notes
 *   NOTES_FOLDER=/tmp/notes MCP_USER_ID=maria OTEL_MCP_SDK=off \
 *     node --require opentelemetry-instrumentation-mcp/register examples/guarded-agent.mjs
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const { resolve: fileOf } = createRequire(import.meta.url);
const FILES = fileOf('@modelcontextprotocol/server-filesystem/dist/index.js');
const EVERYTHING = fileOf('@modelcontextprotocol/server-everything/dist/index.js');
const notes = process.env.NOTES_FOLDER ?? process.cwd();

/** A client that is connected to a new server process. */
async function connect(...args) {
  const client = new Client({ name: 'guarded-agent', version: '1.0.0' }, { capabilities: { sampling: {} } });
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: 'assistant',
    model: 'none',
    content: { type: 'text', text: 'The agent’s model would answer here.' },
  }));
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  return client;
}

/** Runs one step and says how it went; a step that fails does not end the agent. */
async function step(title, action) {
  try {
    const result = await action();
    console.log(`${title}: ${result?.isError === true ? 'the tool answered with an error' : 'done'}`);
  } catch (error) {
    console.log(`${title}: ${error.message}`);
  }
}

async function readNotes() {
  const files = await connect(FILES, notes);
  const call = (name, args) => files.callTool({ name, arguments: args });
  await step('list the notes', () => call('list_directory', { path: notes }));
  await step('read a note', () => call('read_text_file', { path: join(notes, 'today.md') }));
  await step('read another folder', () => call('read_text_file', { path: `${notes}/%2e%2e/other/keys.txt` }));
  await step('write a note', () => call('write_file', { path: join(notes, 'new.md'), content: 'hello' }));
  await files.close();
}

async function useEverything() {
  const everything = await connect(EVERYTHING, 'stdio');
  const call = (name, args) => everything.callTool({ name, arguments: args });
  await step('echo', () => call('echo', { message: 'hello' }));
  await step('echo hidden text', () => call('echo', { message: 'hello\u{e0049}\u{e0067}\u{e006e}' }));
  await step('print the environment', () => call('get-env', {}));
  for (const number of [1, 2, 3]) await step(`sum ${number}`, () => call('get-sum', { a: number, b: 1 }));
  await step('let the server ask our model', () => call('trigger-sampling-request', { prompt: 'Hello' }));
  await everything.close();
}

/** Stands for a server that nobody has approved. */
async function useUnknownServer() {
  const unknown = await connect(EVERYTHING);
  const result = await unknown.callTool({ name: 'echo', arguments: { message: 'hello' } });
  await unknown.close();
  return result;
}

await readNotes();
await useEverything();
await step('use an unknown server', useUnknownServer);
