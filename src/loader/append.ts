/**
 * The code that a file of an SDK gets at its end. It hands the file's classes to the hook on `globalThis` and does
 * nothing where there is none, as in a worker thread that was started without the preload.
 */

/** `Symbol.for` key of the hook, and the sign that a source has its tail already. */
export const LOADER_HOOK = 'opentelemetry-instrumentation-mcp.loader';

/** Names under which classes are handed over; `AiSdkClient` is ours, the AI SDK exports its client under none. */
export const HANDED_OVER = ['Protocol', 'Client', 'Server', 'AiSdkClient'] as const;

const FIND_HOOK = `const h=globalThis[Symbol.for("${LOADER_HOOK}")];if(typeof h==="function")`;

/**
 * Getters instead of values: in a cyclic import a binding may still be in its temporal dead zone, where even `typeof`
 * throws, and the other bindings must arrive all the same. Local bindings instead of an import of the file itself: no
 * cycle, and the classes are the ones that the file's own importers see.
 */
function bindings(names: Readonly<Record<string, readonly string[]>>): string {
  const getters = Object.entries(names).map(([name, candidates]) => {
    const values = candidates.map((local) => `typeof ${local}==="function"?${local}:`);
    return `get ${name}(){return ${values.join('')}void 0}`;
  });
  return `{${getters.join(',')}}`;
}

const SDK_CLASSES = bindings({ Protocol: ['Protocol'], Client: ['Client'], Server: ['Server'] });
const AI_SDK_CLASSES = bindings({ AiSdkClient: ['DefaultMCPClient', 'MCPClient'] });

// A tail starts on a line of its own, because the source may end in a comment without a line break (a source map's, say).
const tail = (file: string, classes: string) => `\n;{${FIND_HOOK}h(${file},"file",${classes})}\n`;

const TAILS = {
  sdk: { esm: tail('import.meta.url', SDK_CLASSES), cjs: tail('__filename', 'module.exports') },
  'ai-sdk': { esm: tail('import.meta.url', AI_SDK_CLASSES), cjs: tail('__filename', AI_SDK_CLASSES) },
} as const;

/** Whose file it is. */
export type Library = keyof typeof TAILS;

/** The module with its tail, unless this copy of the package or another one has given it one. No existing line moves. */
export function appendTail(source: string, library: Library, kind: 'esm' | 'cjs'): string {
  return source.includes(LOADER_HOOK) ? source : source + TAILS[library][kind];
}
