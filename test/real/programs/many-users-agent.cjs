/**
 * An agent with very many users: one call each, of 700 tools, every third fails. Then it waits until stdin ends.
 *
 * By hand, in the root of the repository:
 *
 *   OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=prometheus \
 *     node --require opentelemetry-instrumentation-mcp/register test/real/programs/many-users-agent.cjs 100000
 *   curl http://127.0.0.1:9464/metrics
 */
'use strict';
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { withMcpContext } = require('opentelemetry-instrumentation-mcp');
const { AnsweringTransport } = require('./answering-transport.cjs');

async function main() {
  const users = Number(process.argv[2]);
  const client = new Client({ name: 'many-users-agent', version: '1.0.0' });
  await client.connect(new AnsweringTransport());
  for (let user = 0; user < users; user += 1) {
    const call = { name: `tool-${user % 700}`, arguments: { fail: user % 3 === 0 } };
    await withMcpContext({ userId: `user-${user}` }, () => client.callTool(call));
  }
  console.log('ready');
  process.stdin.resume().once('end', () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
