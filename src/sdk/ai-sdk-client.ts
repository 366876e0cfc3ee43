/**
 * The AI SDK's own MCP client: `@ai-sdk/mcp` 1.x and 2.x, `ai` 4 and 5.0. It shares no code with the MCP SDK.
 *
 * The versions are told apart by the members they have. What matters of them:
 * - `callTool` may make its request several times (`maxRetries`), through `callToolWithRetry`;
 * - `request` makes one request, or in 2.x, whose `requestOnce` does that, one per round of input;
 * - `transport.send` runs synchronously inside that, `onResponse` gets the answer, `onRequestMessage` the server's requests.
 */
import type { Endpoint } from './endpoint';
import type { AnyFunction, MethodTable, TransportLike } from './shapes';
import { isObject, text } from './shapes';

/** What `this` is inside a patched method. */
export interface AiSdkClientLike {
  readonly transport: TransportLike;
  readonly clientInfo?: { readonly name?: unknown } | undefined;
  readonly _serverInfo?: { readonly name?: unknown } | undefined;
  /** 2.x. Before the handshake it is what the client would like, not what was agreed on. */
  readonly protocolVersion?: string | undefined;
  readonly protocolEra?: string | undefined;
  readonly protocolVersionDiscovery?: boolean | undefined;
  readonly requestOnce?: AnyFunction;
}

/** The argument of `request` and `requestOnce`. */
export interface RequestInput extends Record<string | symbol, unknown> {
  readonly request: { readonly method?: string; readonly params?: Readonly<Record<string, unknown>> };
  readonly options?: unknown;
}

const OWN_METHODS = ['init', 'request', 'onResponse', 'onClose', 'callTool'] as const;

/** The prototype of the AI SDK's client on the chain of `start`, whatever a bundler has named its class. */
export function findAiSdkPrototype(start: object): MethodTable | undefined {
  for (let object: object | null = start; object !== null; object = Object.getPrototypeOf(object)) {
    const methods = object as MethodTable;
    if (OWN_METHODS.every((name) => Object.hasOwn(methods, name) && typeof methods[name] === 'function')) {
      return methods;
    }
  }
  return undefined;
}

export function isRequestInput(input: unknown): input is RequestInput {
  return isObject(input) && isObject(input['request']);
}

export class AiSdkEndpoint implements Endpoint {
  readonly role = 'client';

  constructor(private readonly client: AiSdkClientLike) {}

  get protocolVersion(): string | undefined {
    const agreed = this.client.protocolEra === 'modern' || this.serverName !== undefined;
    return agreed ? text(this.client.protocolVersion) : undefined;
  }

  get serverName(): string | undefined {
    return text(this.client._serverInfo?.name);
  }

  get clientName(): string | undefined {
    return text(this.client.clientInfo?.name);
  }
}
