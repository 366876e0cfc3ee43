/**
 * Finds the prototypes to patch. Exports are never replaced: a patched prototype also serves subclasses, re-exports,
 * several copies and classes that a bundler renamed.
 */
import type { MethodTable } from './shapes';
import { isObject } from './shapes';

/** `AiSdkClient` is the loader's name for the client class of the AI SDK, which exports it under none. */
const EXPORTED_CLASSES = ['Protocol', 'Client', 'Server', 'AiSdkClient'] as const;

/** The request funnel of the class, best first: v2 releases, v2 alpha, 1.x. */
const FUNNELS = ['_requestWithSchemaViaCodec', '_requestWithSchema', 'request'] as const;

export type FunnelName = (typeof FUNNELS)[number];

/** Prototypes of every class that `exports` offers; a binding that throws (cyclic graph, dead zone) is passed over. */
export function exportedPrototypes(exports: Readonly<Record<string, unknown>>): MethodTable[] {
  const found: MethodTable[] = [];
  for (const name of EXPORTED_CLASSES) {
    try {
      const candidate = exports[name];
      if (typeof candidate === 'function' && isObject(candidate.prototype)) found.push(candidate.prototype);
    } catch {
      // In its temporal dead zone: another file of the SDK will hand it over.
    }
  }
  return found;
}

/** The object on the chain that owns `_onrequest` and has `connect`: `Protocol.prototype`, whatever its name. */
export function findProtocolPrototype(start: object): MethodTable | undefined {
  const owner = ownersOf(start, '_onrequest')[0];
  return owner !== undefined && typeof owner['connect'] === 'function' ? owner : undefined;
}

/**
 * The SDK's own `Client.prototype`: the owner of `callTool` that is nearest to the root. An agent's subclass that
 * overrides `callTool` and calls its super's must not count twice.
 */
export function findClientPrototype(start: object): MethodTable | undefined {
  return ownersOf(start, 'callTool').at(-1);
}

export function funnelOf(protocol: MethodTable): FunnelName {
  return FUNNELS.find((name) => typeof protocol[name] === 'function') ?? 'request';
}

function ownersOf(start: object, method: string): MethodTable[] {
  const owners: MethodTable[] = [];
  for (let object: object | null = start; object !== null; object = Object.getPrototypeOf(object)) {
    if (Object.hasOwn(object, method)) owners.push(object as MethodTable);
  }
  return owners;
}
