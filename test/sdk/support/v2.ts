/** SDK v2: the classes under test, and a server that offers one tool of every behaviour. */
import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { ClientOptions } from '@modelcontextprotocol/client';
import { ProtocolError, Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

import { PROMPTS, RESOURCES, TOOLS, runTool } from './answers';
import type { Peer } from './answers';
import { ELICITATION, SAMPLING } from './v1';

export { Client, InMemoryTransport, Server, serveStdio };

const CAPABILITIES = { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} };

/** A server with every tool of `answers.ts`. */
export function makeServer(options: { name?: string } = {}): Server {
  const server = new Server(
    { name: options.name ?? 'everything', version: '1.0.0' },
    { capabilities: CAPABILITIES },
  );
  server.setRequestHandler('tools/list', async () => ({ tools: TOOLS }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const peer: Peer = {
      meta: (params as { _meta?: unknown })._meta ?? mcpReq._meta,
      fault: (code, message) => new ProtocolError(code, message),
      sample: () => mcpReq.requestSampling(SAMPLING.params as never),
      elicit: () => mcpReq.elicitInput(ELICITATION.params as never),
      roots: () => mcpReq.send({ method: 'roots/list' } as never),
      notify: (notification) => mcpReq.notify(notification),
      signal: mcpReq.signal,
    };
    return runTool(params.name, params.arguments ?? {}, peer) as never;
  });
  server.setRequestHandler('resources/list', async () => ({ resources: RESOURCES }));
  server.setRequestHandler('resources/read', async ({ params }) => {
    if (params.uri === 'test://missing') throw new ProtocolError(-32002, 'Resource not found');
    return { contents: [{ uri: params.uri, text: 'content' }] };
  });
  server.setRequestHandler('resources/subscribe', async ({ params }) => {
    await server.sendResourceUpdated({ uri: params.uri });
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', async () => ({}));
  server.setRequestHandler('prompts/list', async () => ({ prompts: PROMPTS }));
  server.setRequestHandler('prompts/get', async ({ params }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: params.name } }],
  }));
  server.setRequestHandler('completion/complete', async () => ({ completion: { values: ['a'] } }));
  return server;
}

/** A client that answers what servers ask: sampling, elicitation, roots. */
export function makeClient(name = 'agent', options: ClientOptions = {}): Client {
  const client = new Client(
    { name, version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } }, ...options },
  );
  client.setRequestHandler('sampling/createMessage', async () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
  client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///x' }] }));
  return client;
}

export interface Pair {
  readonly client: Client;
  readonly close: () => Promise<void>;
}

/** A client and a server, connected in memory by the 2025 handshake. */
export async function connectPair(client = makeClient(), server = makeServer()): Promise<Pair> {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await server.connect(serverSide);
  await client.connect(clientSide);
  return { client, close: () => client.close() };
}

/** A client that asks for protocol 2026-07-28, and what `serveStdio` makes of a factory, over an in-memory pipe. */
export async function connectModern(
  factory: () => Server,
  client = makeClient('agent', { versionNegotiation: { mode: 'auto' } }),
): Promise<Pair> {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  const serving = serveStdio(factory, { transport: serverSide });
  await client.connect(clientSide);
  return {
    client,
    close: async () => {
      await client.close();
      await serving.close();
    },
  };
}
