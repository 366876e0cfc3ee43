/**
 * The SDK inside a graph of ES modules that a CommonJS module loaded with `require()`, on the Node releases whose
 * asynchronous hooks do not see that graph.
 *
 * After such a `require()`, the SDK that the graph's first file would resolve is required too. Node's cache of ES modules
 * gives the very instance that the graph uses, so its classes can be handed over late. The price: where the graph does not
 * use that SDK, it is loaded for nothing.
 */
import { existsSync, realpathSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { types } from 'node:util';

/** ES module entry points whose classes cover each package; in SDK 1.x the client's `Protocol` serves the server too. */
const ENTRIES: readonly (readonly string[])[] = [
  ['sdk/dist/esm/client/index.js', 'sdk/dist/client/index.js'],
  ['client/dist/index.mjs'],
  ['server/dist/index.mjs'],
];

/** Gets the exports of every SDK package that is visible from such a graph. */
type Found = (exports: Record<string, unknown>, file: string) => void;

type Load = (this: Module, filename: string) => void;

/** Looks for the SDK after every `require()` of an ES module, for the rest of the process. */
export function watchRequiredEsModules(found: Found): void {
  const prototype = Module.prototype as unknown as { load: Load };
  const original = prototype.load;
  prototype.load = function load(filename) {
    Reflect.apply(original, this, [filename]);
    // Node 22.12 does not call `_compile` for `.mjs`, so the result has to tell.
    if (filename.endsWith('.mjs') || types.isModuleNamespaceObject(this.exports))
      findHiddenSdk(filename, found);
  };
}

const visited = new Set<string>();

/** Each directory is looked at once: what it holds is handed over then. */
function findHiddenSdk(file: string, found: Found): void {
  for (let folder = dirname(file); !visited.has(folder); folder = dirname(folder)) {
    visited.add(folder);
    const scope = join(folder, 'node_modules', '@modelcontextprotocol');
    if (existsSync(scope)) requireEntries(scope, found);
  }
}

function requireEntries(scope: string, found: Found): void {
  for (const candidates of ENTRIES) {
    const entry = candidates
      .map((candidate) => join(scope, candidate))
      .find((candidate) => existsSync(candidate));
    if (entry === undefined) continue;
    try {
      // The real path: the ES module cache knows a linked package by that.
      const file = realpathSync(entry);
      found(createRequire(file)(file) as Record<string, unknown>, file);
    } catch {
      // Not loadable this way (a top-level await, say), so the graph did not load it either.
    }
  }
}
