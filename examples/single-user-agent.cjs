/**
 * An ordinary agent for one user. It knows nothing of OpenTelemetry or of this package.
 *
 * It uses two MCP servers over stdio, and starts them with its own environment, as many agents do. A preload in
 * NODE_OPTIONS therefore reaches the servers too, and both sides of every call are traced.
 *
 * By hand, in the root of the repository (`npm run build` first); it prints the spans to stderr:
 *
 *   MCP_USER_ID=maria OTEL_TRACES_EXPORTER=console OTEL_METRICS_EXPORTER=none \
 *     NODE_OPTIONS="--require opentelemetry-instrumentation-mcp/register" node examples/single-user-agent.cjs
 */
'use strict';
const { mkdtempSync, realpathSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { CreateMessageRequestSchema } = require('@modelcontextprotocol/sdk/types.js');

/** A client that is connected to a new server process. */
async function connect(packageFile, ...args) {
  const client = new Client(
    { name: 'single-user-agent', version: '1.0.0' },
    { capabilities: { sampling: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: 'assistant',
    model: 'none',
    content: { type: 'text', text: 'The agent’s model would answer here.' },
  }));
  const server = {
    command: process.execPath,
    args: [require.resolve(packageFile), ...args],
    env: process.env,
  };
  await client.connect(new StdioClientTransport(server));
  return client;
}

/** Runs one step and says how it went; a step that fails does not end the agent. */
async function step(title, action) {
  try {
    const result = await action();
    console.log(`${title}: ${result.isError === true ? 'the tool answered with an error' : 'done'}`);
  } catch (error) {
    console.log(`${title}: ${error.message}`);
  }
}

async function readNotes(folder) {
  const files = await connect('@modelcontextprotocol/server-filesystem/dist/index.js', folder);
  const read = (name) => files.callTool({ name: 'read_text_file', arguments: { path: join(folder, name) } });
  await step('list the notes', () => files.callTool({ name: 'list_directory', arguments: { path: folder } }));
  await step('read a note', () => read('today.md'));
  await step('read a note that is not there', () => read('tomorrow.md'));
  await files.close();
}

async function useEverything() {
  const everything = await connect('@modelcontextprotocol/server-everything/dist/index.js', 'stdio');
  const call = (name, args, options) => everything.callTool({ name, arguments: args }, undefined, options);
  const slow = (seconds, options) => {
    return call('trigger-long-running-operation', { duration: seconds, steps: 3 }, options);
  };
  await step('list the tools', () => everything.listTools());
  await step('add two numbers', () => call('get-sum', { a: 20, b: 22 }));
  await step('read a resource', () => {
    return everything.readResource({ uri: 'demo://resource/dynamic/text/1' });
  });
  await step('get a prompt', () =>
    everything.getPrompt({ name: 'args-prompt', arguments: { city: 'Lisbon' } }),
  );
  await step('let the server ask our model', () => call('trigger-sampling-request', { prompt: 'Hello' }));
  await step('follow the progress of a slow tool', () => slow(0.3, { onprogress: () => undefined }));
  await step('wait 0.2 s for a slow tool', () => slow(1, { timeout: 200 }));
  const changedMind = new AbortController();
  setTimeout(() => changedMind.abort('the user changed their mind'), 200);
  await step('call a slow tool off', () => slow(1, { signal: changedMind.signal }));
  await everything.close();
}

async function main() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'single-user-agent-')));
  writeFileSync(join(folder, 'today.md'), '- call Lisbon\n');
  try {
    await readNotes(folder);
    await useEverything();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
