/** SDK 1.x: the classes under test, and a server that offers one tool of every behaviour. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

import { PROMPTS, RESOURCES, TOOLS, runTool } from './answers';
import type { Peer } from './answers';

export { Client, InMemoryTransport, Server, types };

const CAPABILITIES = { tools: {}, resources: { subscribe: true }, prompts: {}, logging: {}, completions: {} };

/** A server with every tool of `answers.ts`. */
export function makeServer(options: { name?: string } = {}): Server {
  const server = new Server(
    { name: options.name ?? 'everything', version: '1.0.0' },
    { capabilities: CAPABILITIES },
  );
  server.setRequestHandler(types.ListToolsRequestSchema, async () => ({ tools: TOOLS }));
  server.setRequestHandler(types.CallToolRequestSchema, async ({ params }, extra) => {
    const peer: Peer = {
      meta: params._meta,
      fault: (code, message) => new types.McpError(code, message),
      sample: () => extra.sendRequest(SAMPLING, types.CreateMessageResultSchema),
      elicit: () => extra.sendRequest(ELICITATION, types.ElicitResultSchema),
      roots: () => extra.sendRequest({ method: 'roots/list' }, types.ListRootsResultSchema),
      notify: (notification) => extra.sendNotification(notification),
      signal: extra.signal,
    };
    return runTool(params.name, params.arguments ?? {}, peer) as never;
  });
  server.setRequestHandler(types.ListResourcesRequestSchema, async () => ({ resources: RESOURCES }));
  server.setRequestHandler(types.ReadResourceRequestSchema, async ({ params }) => {
    if (params.uri === 'test://missing') throw new types.McpError(-32002, 'Resource not found');
    return { contents: [{ uri: params.uri, text: 'content' }] };
  });
  server.setRequestHandler(types.SubscribeRequestSchema, async ({ params }) => {
    await server.sendResourceUpdated({ uri: params.uri });
    return {};
  });
  server.setRequestHandler(types.UnsubscribeRequestSchema, async () => ({}));
  server.setRequestHandler(types.ListPromptsRequestSchema, async () => ({ prompts: PROMPTS }));
  server.setRequestHandler(types.GetPromptRequestSchema, async ({ params }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: params.name } }],
  }));
  server.setRequestHandler(types.CompleteRequestSchema, async () => ({ completion: { values: ['a'] } }));
  return server;
}

export const SAMPLING = {
  method: 'sampling/createMessage',
  params: { maxTokens: 5, messages: [{ role: 'user', content: { type: 'text', text: 'hi' } }] },
};
export const ELICITATION = {
  method: 'elicitation/create',
  params: { message: 'sure?', requestedSchema: { type: 'object', properties: {} } },
};

/** A client that answers what servers ask: sampling, elicitation, roots. */
export function makeClient(name = 'agent'): Client {
  const client = new Client(
    { name, version: '1.0.0' },
    { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
  );
  client.setRequestHandler(types.CreateMessageRequestSchema, async () => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: 'sampled' },
  }));
  client.setRequestHandler(types.ElicitRequestSchema, async () => ({ action: 'accept', content: {} }));
  client.setRequestHandler(types.ListRootsRequestSchema, async () => ({ roots: [{ uri: 'file:///x' }] }));
  return client;
}

export interface Pair {
  readonly client: Client;
  readonly server: Server;
  readonly close: () => Promise<void>;
}

/** A client and a server, connected in memory. */
export async function connectPair(client = makeClient(), server = makeServer()): Promise<Pair> {
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair();
  await server.connect(serverSide);
  await client.connect(clientSide);
  return { client, server, close: () => client.close() };
}

export type { Transport };
