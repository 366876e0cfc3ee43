/**
 * 1,000 interleaved calls of 50 users through one client, in a process without any OpenTelemetry context manager.
 * Each turn makes two calls one after the other and a third inside the server's handler of the first, so that parents
 * have to travel. Run with a preload, OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_ENDPOINT set:
 * node --import opentelemetry-instrumentation-mcp/register test/sdk/programs/private-concurrency.mjs v1
 */
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';

const major = process.argv[2] ?? 'v1';
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const answer = async ({ params }) => {
  await wait(Math.random() * 20);
  return { content: [{ type: 'text', text: params.arguments.text }] };
};

async function connectV1() {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js');
  const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');
  const { CallToolRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(CallToolRequestSchema, answer);
  return connect(new Client({ name: 'agent', version: '1' }), server, InMemoryTransport);
}

async function connectV2() {
  const { Client, InMemoryTransport } = await import('@modelcontextprotocol/client');
  const { Server } = await import('@modelcontextprotocol/server');
  const server = new Server({ name: 's', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/call', answer);
  return connect(new Client({ name: 'agent', version: '1' }), server, InMemoryTransport);
}

async function connect(client, server, InMemoryTransport) {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  await client.connect(mine);
  return client;
}

const client = await (major === 'v1' ? connectV1() : connectV2());
let right = 0;
await Promise.all(
  Array.from({ length: 1_000 }, (_, n) =>
    withMcpContext({ userId: `user-${n % 50}` }, async () => {
      await wait(Math.random() * 20);
      const text = `user-${n % 50} call-${n}`;
      const result = await client.callTool({ name: `tool-${n}`, arguments: { text } });
      if (result.content[0].text === text) right += 1;
    }),
  ),
);
console.log(`right ${right}`);
await client.close();
