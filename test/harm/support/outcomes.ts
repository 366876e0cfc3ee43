/** What a caller sees of an operation, in a form that two runs can be compared by. */
import { Client as ClientV2, InMemoryTransport as InMemoryV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport as InMemoryV1 } from '@modelcontextprotocol/sdk/inMemory.js';

import * as v1 from '../../sdk/support/v1';
import * as v2 from '../../sdk/support/v2';

export type Major = 'v1' | 'v2';
export const MAJORS: readonly Major[] = ['v1', 'v2'];

/** The part of a client that both majors share. */
export interface AnyClient {
  callTool(params: object, ...rest: unknown[]): Promise<unknown>;
  listTools(): Promise<unknown>;
  readResource(params: object): Promise<unknown>;
  getPrompt(params: object): Promise<unknown>;
  ping(): Promise<unknown>;
  sendRootsListChanged(): Promise<void>;
  connect(transport: unknown): Promise<void>;
  close(): Promise<void>;
}

export interface AnyTransport {
  send: (message: unknown, options?: unknown) => Promise<void>;
  start: () => Promise<void>;
  close: () => Promise<void>;
  onmessage?: (message: unknown, extra?: unknown) => void;
}

export interface Session {
  readonly client: AnyClient;
  /** The client's end. */
  readonly transport: AnyTransport;
  /** Every message that the client handed to its transport, as JSON. */
  readonly sent: string[];
  callTool: (params: object, options?: object) => Promise<unknown>;
  close: () => Promise<void>;
}

export const clientClass = (major: Major): typeof ClientV1 | typeof ClientV2 =>
  major === 'v1' ? ClientV1 : ClientV2;
export const transportClass = (major: Major): typeof InMemoryV1 | typeof InMemoryV2 =>
  major === 'v1' ? InMemoryV1 : InMemoryV2;

const support = (major: Major): { makeClient: () => unknown; makeServer: () => unknown } =>
  major === 'v1' ? v1 : v2;

/** Client and server in memory; `client` and `wrap` replace what would be made. */
export async function connect(
  major: Major,
  options: { client?: AnyClient; wrap?: (transport: AnyTransport) => AnyTransport } = {},
): Promise<Session> {
  const { makeClient, makeServer } = support(major);
  const [ours, theirs] = transportClass(major).createLinkedPair() as unknown as [AnyTransport, AnyTransport];
  const client = options.client ?? (makeClient() as AnyClient);
  const sent: string[] = [];
  // Below any wrapper on the transport itself: what would go over a wire.
  const { send } = Object.getPrototypeOf(theirs) as AnyTransport;
  const receive = (message: unknown): unknown => sent.push(JSON.stringify(message));
  const base = Object.create(Object.getPrototypeOf(ours) as object) as AnyTransport;
  const recordingSend = function recordingSend(
    this: AnyTransport,
    ...args: [unknown, unknown?]
  ): Promise<void> {
    receive(args[0]);
    return send.apply(this, args);
  };
  Object.defineProperty(base, 'send', { value: recordingSend, writable: true, configurable: true });
  Object.setPrototypeOf(ours, base);
  const transport = options.wrap?.(ours) ?? ours;
  await (makeServer() as AnyClient).connect(theirs);
  await client.connect(transport);
  const callTool = (params: object, given?: object): Promise<unknown> =>
    major === 'v1' ? client.callTool(params, undefined, given) : client.callTool(params, given);
  return { client, transport, sent, callTool, close: () => client.close() };
}

export async function outcomeOf(action: () => unknown): Promise<unknown> {
  let pending: unknown;
  try {
    pending = action();
  } catch (error) {
    return { thrownAtOnce: describe(error) };
  }
  try {
    return { result: await pending };
  } catch (error) {
    return { rejected: describe(error) };
  }
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, data } = error as { code?: unknown; data?: unknown };
  return { class: error.constructor.name, name: error.name, message: error.message, code, data };
}

/** Everything that an agent does and can see, in order. */
export async function everyOutcome(session: Session): Promise<string> {
  const { client, callTool } = session;
  const outcomes = [
    await outcomeOf(() => client.listTools()),
    await outcomeOf(() => callTool({ name: 'echo', arguments: { text: 'hello' } })),
    await outcomeOf(() => callTool({ name: 'fail', arguments: {} })),
    await outcomeOf(() => callTool({ name: 'throw', arguments: {} })),
    await outcomeOf(() => callTool({ name: 'rpc', arguments: { code: -32050 } })),
    await outcomeOf(() => callTool({ name: 'structured', arguments: { violate: true } })),
    await outcomeOf(() => callTool({ name: 'sample', arguments: {} })),
    await outcomeOf(() => callTool({ name: 'roots', arguments: {} })),
    await outcomeOf(() => client.readResource({ uri: 'test://missing' })),
    await outcomeOf(() => client.getPrompt({ name: 'greet' })),
    await outcomeOf(() => client.sendRootsListChanged()),
    await outcomeOf(() => client.ping()),
    await outcomeOf(() => callTool({ name: 'slow', arguments: { ms: 5_000 } }, { timeout: 20 })),
    await outcomeOf(() => callTool({ name: 'echo' }, { signal: AbortSignal.abort('stop') })),
  ];
  await client.close();
  outcomes.push(await outcomeOf(() => callTool({ name: 'echo', arguments: {} })));
  return JSON.stringify(outcomes, undefined, 1);
}
