import type { Target } from '../core/call';
import type { WireMessage } from './shapes';
import { isObject, text } from './shapes';

type Params = WireMessage['params'];

const PROTOCOL_VERSION_META = 'io.modelcontextprotocol/protocolVersion';
const PROTOCOL_VERSION_HEADER = 'mcp-protocol-version';

/** What a message concerns, by the method's own parameter names. */
export function targetOf(method: string, params: Params): Target | undefined {
  if (params === undefined || params === null) return undefined;
  switch (method) {
    case 'tools/call':
      return named('tool', params['name']);
    case 'prompts/get':
      return named('prompt', params['name']);
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
    case 'notifications/resources/updated':
      return named('resource', params['uri']);
    default:
      return undefined;
  }
}

function named(type: Target['type'], name: unknown): Target | undefined {
  const known = text(name);
  return known === undefined ? undefined : { type, name: known };
}

/**
 * The protocol version that a message names itself: in its `_meta` since 2026-07-28, before that in the header of the
 * HTTP request that brought it.
 *
 * @param extra - what the transport passes along with an inbound message
 */
export function protocolVersionOf(params: Params, extra?: unknown): string | undefined {
  const meta = params?.['_meta'];
  const own = isObject(meta) ? text(meta[PROTOCOL_VERSION_META]) : undefined;
  return own ?? (isObject(extra) ? headerOf(extra['requestInfo'] ?? extra['request']) : undefined);
}

/** 1.x passes headers as an object, v2 the `Request` itself. Told apart by shape: naming `Headers` would load undici. */
function headerOf(request: unknown): string | undefined {
  const headers = isObject(request) ? request['headers'] : undefined;
  if (!isObject(headers)) return undefined;
  const { get } = headers;
  return text(
    typeof get === 'function' ? get.call(headers, PROTOCOL_VERSION_HEADER) : headers[PROTOCOL_VERSION_HEADER],
  );
}
