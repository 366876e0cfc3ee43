/**
 * The parts of the MCP SDKs that we touch, as shapes: 1.x and v2 differ in names and argument order only, and no
 * vendor class is imported, since several copies and majors may live in one process.
 */

/** A JSON-RPC message of any of the four kinds. */
export interface WireMessage {
  readonly jsonrpc?: string;
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code?: unknown; readonly message?: unknown };
}

export type Send = (message: WireMessage, ...rest: unknown[]) => Promise<void>;

interface StdioParameters {
  readonly command?: unknown;
  readonly args?: unknown;
}

export interface TransportLike {
  send: Send;
  onmessage?: ((message: WireMessage, ...rest: unknown[]) => unknown) | undefined;
  readonly sessionId?: string | undefined;
  readonly _sessionId?: string | undefined;
  readonly protocolVersion?: string | undefined;
  readonly _url?: unknown;
  readonly _endpoint?: unknown;
  readonly _serverParams?: StdioParameters | undefined;
  readonly url?: unknown;
  readonly supportsProtocolVersionDiscovery?: boolean | undefined;
  readonly endpoint?: unknown;
  readonly serverParams?: StdioParameters | undefined;
}

/** `Protocol` of either major, or a subclass: what `this` is inside a patched method. */
export interface ProtocolLike {
  readonly _transport?: TransportLike | undefined;
  readonly _negotiatedProtocolVersion?: string | undefined;
  readonly _clientInfo?: { readonly name?: unknown } | undefined;
  readonly _serverInfo?: { readonly name?: unknown } | undefined;
  readonly _notificationHandlers?: Map<string, AnyFunction> | undefined;
  readonly _requestHandlerAbortControllers?: Map<string | number, AbortController> | undefined;
  fallbackNotificationHandler?: AnyFunction | undefined;
  readonly callTool?: AnyFunction;
  getServerVersion?(): { readonly name?: unknown } | undefined;
  getClientVersion?(): { readonly name?: unknown } | undefined;
}

export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** A prototype seen as a bag of methods. */
export type MethodTable = Record<string, unknown>;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

export function isThenable(value: unknown): value is Promise<unknown> {
  return isObject(value) && typeof value['then'] === 'function';
}

/** `value` when it is a string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
