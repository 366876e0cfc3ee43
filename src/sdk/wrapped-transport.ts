/**
 * Looks through transports that wrap another one, to record or count what passes: the wrapper's own class says nothing of
 * the server behind it (the MCP Inspector, mcporter, v2's `serveStdio`).
 */
import type { TransportLike } from './shapes';
import { isObject } from './shapes';
import { transportKind } from './transport';

/** Wrappers in wrappers are looked through up to this depth. */
const MAX_WRAPPERS = 4;

/** The transport that leads to the server: `transport` itself unless it is unknown and holds exactly one other. */
export function behindWrappers(transport: TransportLike): TransportLike {
  let found = transport;
  for (let layer = 0; layer < MAX_WRAPPERS && transportKind(found) === 'custom'; layer += 1) {
    const inner = heldTransport(found);
    if (inner === undefined) return found;
    found = inner;
  }
  return found;
}

/** A transport in a field, or in a field of a plain object in a field (`opts.inner`). Two of them are a pump's. */
function heldTransport(holder: object): TransportLike | undefined {
  const values = ownValues(holder);
  const held = values.flatMap((value) => {
    if (isTransport(value)) return [value];
    return isPlainObject(value) ? ownValues(value).filter(isTransport) : [];
  });
  const [only, another] = new Set(held);
  return another === undefined ? only : undefined;
}

/** Data properties alone: a getter could do anything. */
function ownValues(object: object): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(object)).map(({ value }) => value as unknown);
}

function isTransport(value: unknown): value is TransportLike {
  if (!isObject(value)) return false;
  return typeof value['send'] === 'function' && typeof value['start'] === 'function';
}

function isPlainObject(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
