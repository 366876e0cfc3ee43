/**
 * The code that a file of the SDK gets at its end. It hands the file's exports to the hook on `globalThis` and does
 * nothing where there is none, as in a worker thread that was started without the preload.
 */

/** `Symbol.for` key of the hook, and the sign that a source has its tail already. */
export const LOADER_HOOK = 'opentelemetry-instrumentation-mcp.loader';

const FIND_HOOK = `const h=globalThis[Symbol.for("${LOADER_HOOK}")];if(typeof h==="function")`;

/**
 * Getters instead of values: in a cyclic import a binding may still be in its temporal dead zone, where even `typeof`
 * throws, and the other bindings must arrive all the same. Local bindings instead of an import of the file itself: no
 * cycle, and the classes are the ones that the file's own importers see.
 */
const BINDINGS = ['Protocol', 'Client', 'Server']
  .map((name) => `get ${name}(){return typeof ${name}==="function"?${name}:void 0}`)
  .join(',');

// A tail starts on a line of its own, because the source may end in a comment without a line break (a source map's, say).
const ESM_TAIL = `\n;{${FIND_HOOK}h(import.meta.url,"file",{${BINDINGS}})}\n`;
const CJS_TAIL = `\n;{${FIND_HOOK}h(__filename,"file",module.exports)}\n`;

/** Whether a source was extended before, by this copy of the package or another one. */
export function isExtended(source: string): boolean {
  return source.includes(LOADER_HOOK);
}

/** The ES module with its tail. No existing line moves. */
export function appendEsmTail(source: string): string {
  return isExtended(source) ? source : source + ESM_TAIL;
}

/** The CommonJS module with its tail. No existing line moves. */
export function appendCjsTail(source: string): string {
  return isExtended(source) ? source : source + CJS_TAIL;
}
