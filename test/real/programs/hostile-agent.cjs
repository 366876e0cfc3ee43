/**
 * An agent that calls every tool of hostile-server.cjs, each for a user and as an agent of that same hostile name.
 * The server is started from a file with a hostile name, and a second one is reached over a transport of which the
 * class has one. Then it waits until stdin ends.
 *
 * By hand, in the root of the repository:
 *
 *   OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=prometheus \
 *     node --require opentelemetry-instrumentation-mcp/register test/real/programs/hostile-agent.cjs
 *   curl http://127.0.0.1:9464/metrics
 */
'use strict';
const { mkdtempSync, writeFileSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { withMcpContext } = require('opentelemetry-instrumentation-mcp');
const { AnsweringTransport } = require('./answering-transport.cjs');
const names = require('./hostile-names.cjs');

/** Windows allows fewer characters in a file name. */
const FILE_NAME = process.platform === 'win32' ? "ser ver'{}=.cjs" : 'ser"ver\\\n{le="1"} 2.cjs';

async function callEverything(transport) {
  const client = new Client({ name: names[3], version: '1.0.0' });
  await client.connect(transport);
  for (const name of names) {
    await withMcpContext({ userId: name, agentName: name }, () => client.callTool({ name }));
  }
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const file = join(folder, FILE_NAME);
  writeFileSync(file, `require(${JSON.stringify(join(__dirname, 'hostile-server.cjs'))});`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  class Hostile extends AnsweringTransport {}
  Object.defineProperty(Hostile, 'name', { value: names[5] });
  await callEverything(new StdioClientTransport({ command: process.execPath, args: [file] }));
  await callEverything(new Hostile());
  console.log('ready');
  process.stdin.resume().once('end', () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
