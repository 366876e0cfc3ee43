/**
 * The SDK inside a graph of ES modules that a CommonJS module loaded with `require()`, on the Node releases whose
 * asynchronous hooks do not see that graph.
 *
 * After such a `require()`, the SDK that the graph's first file would resolve is required too. Node's cache of ES modules
 * gives the very instance that the graph uses, so its classes can be handed over late. The price: where the graph does not
 * use that SDK, it is loaded for nothing.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** ES module entry points whose classes cover each package; in SDK 1.x the client's `Protocol` serves the server too. */
const ENTRIES: readonly (readonly string[])[] = [
  ['sdk/dist/esm/client/index.js', 'sdk/dist/client/index.js'],
  ['client/dist/index.mjs'],
  ['server/dist/index.mjs'],
];

const visited = new Set<string>();

/**
 * @param file - path of an ES module that was loaded with `require()`
 * @param found - gets the exports of every SDK package visible from there; each directory is looked at once
 */
export function findHiddenSdk(
  file: string,
  found: (exports: Record<string, unknown>, file: string) => void,
): void {
  for (let folder = dirname(file); !visited.has(folder); folder = dirname(folder)) {
    visited.add(folder);
    const scope = join(folder, 'node_modules', '@modelcontextprotocol');
    if (existsSync(scope)) requireEntries(scope, found);
  }
}

function requireEntries(
  scope: string,
  found: (exports: Record<string, unknown>, file: string) => void,
): void {
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
