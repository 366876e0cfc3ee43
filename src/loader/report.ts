/**
 * What the loader has to say on stderr. The words are loaded when there is something to say.
 */
import type * as Diagnostics from '../core/diagnostics';

/** Says once per process, whichever thread comes first, that a bundle's copy of the SDK was not recognised. */
export function reportUnrecognised(file: string, reported?: Int32Array): void {
  if (reported !== undefined && Atomics.exchange(reported, 0, 1) === 1) return;
  diagnostics().warnOnce(
    'loader:bundle',
    `${file} contains a copy of the MCP SDK or of the AI SDK's client in a form that is not known: its calls are not ` +
      "traced. Call instrument({ Client, Server }) of 'opentelemetry-instrumentation-mcp' in the bundle's source " +
      "(the MCP SDK's classes), or set OTEL_MCP_BUNDLES=off to search no bundles",
  );
}

/** Says once that this runtime cannot be hooked. */
export function reportRuntime(name: string): void {
  diagnostics().warnOnce(
    'loader:runtime',
    `${name} has no module hooks for this package: nothing is traced until the program calls ` +
      "instrument({ Client, Server }) of 'opentelemetry-instrumentation-mcp'",
  );
}

/** Says once that ES modules cannot be hooked: the permission model of Node 20 to 24.11 forbids the hooks thread. */
export function reportNoEsmHooks(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  diagnostics().warnOnce(
    'loader:esm',
    `ES modules cannot be hooked (${reason}): only MCP clients and servers loaded with require() are traced. ` +
      'Under the permission model this Node needs --allow-worker',
  );
}

/** Counts a failure of the loader that the agent does not see. Never throws, even while our own files are loading. */
export function reportFailure(error: unknown): void {
  try {
    diagnostics().countInternalError('loader', error);
  } catch {
    // The failure was in loading what would count it.
  }
}

function diagnostics(): typeof Diagnostics {
  return require('../core/diagnostics') as typeof Diagnostics;
}
