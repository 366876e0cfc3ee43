/** The AI SDK's own MCP client: the versions under test, loaded as an agent would and handed over as the loader does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { instrument } from '../../../src/index';
import { packages } from '../../support/installs';
import * as v1 from './v1';
import * as v2 from './v2';

/** Package and version; the last one is the newest. */
export const AI_SDKS = ['ai@4.3.19', 'ai@5.0.0', '@ai-sdk/mcp@1.0.101', '@ai-sdk/mcp@2.0.99'] as const;
export type AiSdkName = (typeof AI_SDKS)[number];
export const NEWEST: AiSdkName = '@ai-sdk/mcp@2.0.99';

export interface AiTransport {
  start: () => Promise<void>;
  send: (message: object, options?: unknown) => Promise<void>;
  close: () => Promise<void>;
  onmessage?: (message: unknown, extra?: unknown) => void;
  onclose?: () => void;
  supportsProtocolVersionDiscovery?: boolean;
}

export interface AiClientOptions {
  transport: AiTransport | { type: 'http' | 'sse'; url: string; authProvider?: unknown };
  name?: string;
  maxRetries?: number;
  capabilities?: object;
  initializationOptions?: { timeout?: number; signal?: AbortSignal };
  onUncaughtError?: (error: unknown) => void;
}

export interface CallOptions {
  /** `abortSignal` before 2.x. */
  signal?: AbortSignal;
  /** 2.x. */
  timeout?: number;
}

export interface AiResult {
  readonly content: readonly { readonly text: string }[];
  readonly isError?: boolean;
}

/** What the tests use of the client; not every version has every method. */
export interface AiClient {
  callTool(input: object): Promise<AiResult>;
  listTools(input?: object): Promise<unknown>;
  listResources(input?: object): Promise<unknown>;
  readResource(input: object): Promise<unknown>;
  listPrompts(input?: object): Promise<unknown>;
  getPrompt(input: object): Promise<unknown>;
  tools(): Promise<Record<string, { execute: (args: object, options: object) => Promise<unknown> }>>;
  onElicitationRequest(schema: unknown, handler: (request: unknown) => unknown): void;
  close(): Promise<void>;
}

export interface AiSdk {
  readonly name: AiSdkName;
  readonly createMCPClient: (options: AiClientOptions) => Promise<AiClient>;
  readonly ElicitationRequestSchema: unknown;
  /** 2.x alone exports it. */
  readonly MCPClientError: (new (options: object) => Error) | undefined;
  readonly StdioMCPTransport: new (parameters: object) => AiTransport;
  /** The class, which no version exports. */
  readonly Client: new (...args: unknown[]) => AiClient;
}

const loaded = new Map<AiSdkName, Promise<AiSdk>>();

/** Loads one version and instruments it. */
export function aiSdk(name: AiSdkName): Promise<AiSdk> {
  let pending = loaded.get(name);
  if (pending === undefined) loaded.set(name, (pending = load(name)));
  return pending;
}

async function load(name: AiSdkName): Promise<AiSdk> {
  const root = join(await packages([name]), 'node_modules', name.slice(0, name.lastIndexOf('@')));
  const main = (await importFrom(join(root, 'dist'))) as Omit<AiSdk, 'name' | 'Client'> & {
    experimental_createMCPClient: AiSdk['createMCPClient'];
  };
  const stdio = await importFrom(join(root, name.startsWith('ai@4.') ? 'mcp-stdio/dist' : 'dist/mcp-stdio'));
  const createMCPClient = main.experimental_createMCPClient;
  const instance = await createMCPClient({ transport: answering() });
  const Client = (Object.getPrototypeOf(instance) as { constructor: AiSdk['Client'] }).constructor;
  await instance.close();
  instrument({ AiSdkClient: Client });
  return {
    name,
    createMCPClient,
    ElicitationRequestSchema: main.ElicitationRequestSchema,
    MCPClientError: main.MCPClientError,
    StdioMCPTransport: (stdio as { Experimental_StdioMCPTransport: AiSdk['StdioMCPTransport'] })
      .Experimental_StdioMCPTransport,
    Client,
  };
}

/** 2.x has ECMAScript modules only, under the name `index.js`. */
async function importFrom(folder: string): Promise<unknown> {
  const [esm, other] = [join(folder, 'index.mjs'), join(folder, 'index.js')];
  return import(pathToFileURL(existsSync(esm) ? esm : other).href);
}

/** A transport that answers by itself: the tool `rpc` with a JSON-RPC error, any other with a text. */
export function answering(): AiTransport {
  const serverInfo = { name: 's', version: '1' };
  const handshake = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo };
  return {
    start: async () => {},
    async close() {
      this.onclose?.();
    },
    async send(message) {
      const { id, method, params } = message as { id?: number; method: string; params?: { name?: string } };
      if (id === undefined) return;
      const result = method === 'initialize' ? handshake : { content: [{ type: 'text', text: 'x' }] };
      const isRefused = params?.name === 'rpc';
      const answer = isRefused ? { error: { code: -32050, message: 'no' } } : { result };
      queueMicrotask(() => {
        try {
          this.onmessage?.({ jsonrpc: '2.0', id, ...answer });
        } catch {
          // Nobody waits for it any more: a transport reports that, and goes on.
        }
      });
    },
  };
}

/** One tool call, in the words of every version. */
export function callTool(client: AiClient, name: string, args: object = {}, options: CallOptions = {}) {
  const given = { ...options, abortSignal: options.signal };
  return client.callTool({ name, args, arguments: args, options: given });
}

export interface AiPair {
  readonly client: AiClient;
  /** The client's end. */
  readonly transport: AiTransport;
  readonly close: () => Promise<void>;
}

interface Options extends Omit<AiClientOptions, 'transport'> {
  /** Does something to the client's end before the client has it. */
  prepare?: (transport: AiTransport) => void;
}

/** Connected in memory with a server of SDK 1.x. */
export async function connectPair(
  sdk: AiSdk,
  options: Options = {},
  server: { connect(transport: never): Promise<void> } = v1.makeServer(),
): Promise<AiPair> {
  const [clientSide, serverSide] = v1.InMemoryTransport.createLinkedPair();
  await server.connect(serverSide as never);
  const transport = clientSide as unknown as AiTransport;
  const client = await connect(sdk, options, transport);
  return { client, transport, close: () => client.close() };
}

/** 2.x, in protocol 2026-07-28, with what `serveStdio` makes of a factory. */
export async function connectModern(
  sdk: AiSdk,
  factory: Parameters<typeof v2.serveStdio>[0] = () => v2.makeServer(),
  options: Options = {},
): Promise<AiPair> {
  const [clientSide, serverSide] = v2.InMemoryTransport.createLinkedPair();
  const serving = v2.serveStdio(factory, { transport: serverSide });
  const transport = clientSide as unknown as AiTransport;
  transport.supportsProtocolVersionDiscovery = true;
  const client = await connect(sdk, options, transport);
  return {
    client,
    transport,
    close: async () => {
      await client.close();
      await serving.close();
    },
  };
}

/** Sampling too, which the client only says that it can: a server then asks for it. */
export const CAPABILITIES = { elicitation: {}, sampling: {} };

function connect(sdk: AiSdk, { prepare, ...options }: Options, transport: AiTransport): Promise<AiClient> {
  prepare?.(transport);
  return sdk.createMCPClient({ capabilities: CAPABILITIES, ...options, transport });
}

/** Gives the client a handler for `elicitation/create`. */
export function onElicitation(sdk: AiSdk, client: AiClient, handler: (request: unknown) => unknown): void {
  client.onElicitationRequest(sdk.ElicitationRequestSchema, handler);
}
