/**
 * What kind of transport a connection uses and where it leads, read from the transport object alone. Fields with an
 * underscore are the MCP SDK's, those without are the AI SDK's.
 */
import type { TransportKind } from '../core/call';
import { parseUrl } from '../core/parse-url';
import type { TransportLike } from './shapes';
import { isObject, text } from './shapes';

/** Stands for the transport of a client that has none. */
export const NO_TRANSPORT: TransportLike = { send: () => Promise.resolve() };

/** Class names along the prototype chain, of both majors, in the order in which they are tried. */
const KIND_BY_CLASS: readonly (readonly [RegExp, TransportKind])[] = [
  [/^Stdio/, 'stdio'],
  [/StreamableHTTP|^PerRequestHTTP|^HttpMCP/, 'streamable_http'],
  [/^S(?:SE|seMCP)/, 'sse'],
  [/^WebSocket/, 'websocket'],
  [/^InMemory/, 'inmemory'],
];

export function transportKind(transport: TransportLike): TransportKind {
  for (let object: unknown = transport; isObject(object); object = Object.getPrototypeOf(object)) {
    const name = object.constructor?.name ?? '';
    const known = KIND_BY_CLASS.find(([pattern]) => pattern.test(name));
    if (known !== undefined) return known[1];
  }
  return kindByStructure(transport as unknown as Record<string, unknown>);
}

/** Minified bundles lose class names and keep property names. */
function kindByStructure(transport: Record<string, unknown>): TransportKind {
  const has = (name: string) => Object.hasOwn(transport, name);
  if (stdioParameters(transport) !== undefined || ('_stdin' in transport && '_stdout' in transport))
    return 'stdio';
  if (has('_otherTransport')) return 'inmemory';
  if (transport['_url'] !== undefined || transport['url'] instanceof URL) {
    if (has('_socket')) return 'websocket';
    if (has('_endpoint') || has('_eventSource') || has('connected')) return 'sse';
    if (has('_reconnectionOptions') || has('reconnectionOptions') || has('_sessionId'))
      return 'streamable_http';
  }
  if (has('_streamMapping') || has('_webStandardTransport')) return 'streamable_http';
  return 'custom';
}

/** Command line that a stdio client transport starts; `undefined` for any other transport. */
export function stdioParameters(
  transport: object,
): { readonly command: string; readonly args: readonly string[] } | undefined {
  const { _serverParams, serverParams } = transport as TransportLike;
  const params = _serverParams ?? serverParams;
  const command = text(params?.command);
  if (command === undefined) return undefined;
  const args = Array.isArray(params?.args) ? params.args.filter((arg) => typeof arg === 'string') : [];
  return { command, args };
}

/** The server's URL, when the transport leads to one. */
export function serverUrl(transport: TransportLike): URL | undefined {
  const url = transport._url ?? transport.url;
  if (url instanceof URL) return url;
  if (!isObject(url) || typeof url['href'] !== 'string') return undefined;
  return parseUrl(url['href']);
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'ws:': 80,
  'https:': 443,
  'wss:': 443,
};

export function portOf(url: URL): number | undefined {
  return url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
}

/** `Mcp-Session-Id`, or the `sessionId` that the old SSE transport carries in its message endpoint. */
export function sessionIdOf(transport: TransportLike): string | undefined {
  const own = text(transport.sessionId) ?? text(transport._sessionId);
  if (own !== undefined) return own;
  const endpoint = transport._endpoint ?? transport.endpoint;
  return endpoint instanceof URL ? text(endpoint.searchParams.get('sessionId')) : undefined;
}
