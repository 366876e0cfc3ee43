/**
 * 1,000 interleaved calls of 50 users through one client, in a process without any OpenTelemetry context manager. The
 * server's handler waits and then asks the client for its roots, so that parents have to travel through timers.
 * By hand, with a collector: OTEL_TRACES_EXPORTER=otlp node --import opentelemetry-instrumentation-mcp/register
 * test/sdk/programs/private-concurrency.mjs v1 (or v2, or the URL of a file of the AI SDK, whose client is asked for input)
 * It ends when its stdin does.
 */
import { withMcpContext } from 'opentelemetry-instrumentation-mcp';

const CALLS = 1_000;
const USERS = 50;
const INFO = { name: 'concurrent', version: '1' };
const CAPABILITIES = { capabilities: { tools: {} } };
const ROOTS = { capabilities: { roots: {} } };

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits, asks the client for its roots, and answers with the text that it was given. */
async function answer(params, askForRoots) {
  await wait(Math.random() * 20);
  await askForRoots();
  return { content: [{ type: 'text', text: params.arguments.text }] };
}

async function connectV1() {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js');
  const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');
  const types = await import('@modelcontextprotocol/sdk/types.js');
  const server = new Server(INFO, CAPABILITIES);
  server.setRequestHandler(types.CallToolRequestSchema, ({ params }, extra) =>
    answer(params, () => extra.sendRequest({ method: 'roots/list' }, types.ListRootsResultSchema)),
  );
  const client = new Client(INFO, ROOTS);
  client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: [] }));
  return connect(client, server, InMemoryTransport);
}

async function connectV2() {
  const { Client, InMemoryTransport } = await import('@modelcontextprotocol/client');
  const { Server } = await import('@modelcontextprotocol/server');
  const server = new Server(INFO, CAPABILITIES);
  server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
    answer(params, () => mcpReq.send({ method: 'roots/list' })),
  );
  const client = new Client(INFO, ROOTS);
  client.setRequestHandler('roots/list', async () => ({ roots: [] }));
  return connect(client, server, InMemoryTransport);
}

async function connectAiSdk(file) {
  const { ElicitationRequestSchema, experimental_createMCPClient: createMCPClient } = await import(file);
  const { Server } = await import('@modelcontextprotocol/sdk/server/index.js');
  const { InMemoryTransport } = await import('@modelcontextprotocol/sdk/inMemory.js');
  const types = await import('@modelcontextprotocol/sdk/types.js');
  const server = new Server(INFO, CAPABILITIES);
  const params = { message: 'sure?', requestedSchema: { type: 'object', properties: {} } };
  const question = { method: 'elicitation/create', params };
  server.setRequestHandler(types.CallToolRequestSchema, (request, extra) =>
    answer(request.params, () => extra.sendRequest(question, types.ElicitResultSchema)),
  );
  const [transport, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  const client = await createMCPClient({ transport, maxRetries: 2, capabilities: { elicitation: {} } });
  client.onElicitationRequest(ElicitationRequestSchema, async () => ({ action: 'accept', content: {} }));
  return {
    callTool: ({ name, arguments: args }) => client.callTool({ name, args, arguments: args }),
    close: () => client.close(),
  };
}

async function connect(client, server, InMemoryTransport) {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  await client.connect(mine);
  return client;
}

const [, , which] = process.argv;
const connecting = { v1: connectV1, v2: connectV2 }[which] ?? (() => connectAiSdk(which));
const client = await connecting();
let right = 0;
const turns = Array.from({ length: CALLS }, (_, n) =>
  withMcpContext({ userId: `user-${n % USERS}` }, async () => {
    await wait(Math.random() * 20);
    const text = `answer ${n}`;
    const result = await client.callTool({ name: `tool-${n}`, arguments: { text } });
    if (result.content[0].text === text) right += 1;
  }),
);
await Promise.all(turns);
console.log(`right ${right}`);
await client.close();
process.stdin.resume();
