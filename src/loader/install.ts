/**
 * Puts the hooks in place through which the SDK's classes reach this package, however the agent loads them.
 */
import Module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HANDED_OVER, LOADER_HOOK } from './append';
import { installCompileHook } from './compile-hook';
import { requireEsmIsHidden, syncHooksAreSafe } from './gate';
import { hookLoaded, type Loaded } from './load-hook';
import { isSdkFile } from './match';
import { reportFailure, reportNoEsmHooks, reportRuntime, reportUnrecognised } from './report';
import type * as RequireEsm from './require-esm';

/** Where handed-over exports come from. */
export interface SdkOrigin {
  /** Path of the file, or its URL where it has no path. */
  readonly file: string;
  /** `file`: a file of the SDK. `bundle`: a copy found in another file, which gives one class alone. */
  readonly via: 'file' | 'bundle';
}

/**
 * Gets the exports of each file of the SDK that is loaded, a file at a time and possibly the same classes several times.
 * Which of the names of `HANDED_OVER` are there depends on the file.
 */
export type OnSdk = (exports: Record<string, unknown>, origin: SdkOrigin) => void;

type Hook = (file: unknown, via: unknown, exports: unknown) => void;

const HOOK = Symbol.for(LOADER_HOOK);

/** Shared with the hooks thread, so that both together report a bundle once. */
const reported = new Int32Array(new SharedArrayBuffer(4));

/**
 * Hooks the module system of this thread. A second call does nothing, also when it comes from another copy of this package:
 * the first one's `onSdk` stays.
 *
 * Never throws. In Bun and Deno nothing is installed and stderr says so.
 *
 * @param onSdk - called synchronously while a module of the SDK ends loading; what it throws is counted and swallowed
 */
export function installLoader(onSdk: OnSdk): void {
  try {
    const runtime = foreignRuntime();
    if (runtime !== undefined) return reportRuntime(runtime);
    if (Reflect.get(globalThis, HOOK) !== undefined) return;
    const handOver = createHook(onSdk);
    Object.defineProperty(globalThis, HOOK, { value: handOver, configurable: true });
    attempt(() => hookCommonJs(handOver));
    attempt(hookEsModules);
    attempt(() => handOverLoaded(handOver));
  } catch (error) {
    reportFailure(error);
  }
}

/** Where one kind of hook cannot be installed, the others still can. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    reportFailure(error);
  }
}

function foreignRuntime(): string | undefined {
  if (process.versions['bun'] !== undefined) return 'Bun';
  return process.versions['deno'] === undefined ? undefined : 'Deno';
}

/** The function that the code in the SDK's files calls. It runs inside the agent's module: nothing may escape. */
function createHook(onSdk: OnSdk): Hook {
  return (file, via, exports) => {
    try {
      const origin: SdkOrigin =
        via === 'bundle'
          ? { file: asPath(decodeURIComponent(String(file))), via: 'bundle' }
          : { file: asPath(String(file)), via: 'file' };
      const classes = readClasses(exports);
      if (Object.keys(classes).length > 0) onSdk(classes, origin);
    } catch (error) {
      reportFailure(error);
    }
  };
}

function readClasses(exports: unknown): Record<string, unknown> {
  const classes: Record<string, unknown> = {};
  for (const name of HANDED_OVER) {
    try {
      const value: unknown = Reflect.get(exports as object, name);
      if (typeof value === 'function') classes[name] = value;
    } catch {
      // Not initialised yet: a cyclic import. Another file of the SDK hands it over.
    }
  }
  return classes;
}

function asPath(location: string): string {
  return location.startsWith('file:') ? fileURLToPath(location) : location;
}

function hookCommonJs(handOver: Hook): void {
  installCompileHook({ onUnrecognised, onFailure: reportFailure });
  if (!requireEsmIsHidden(process.versions.node, process.features.require_module)) return;
  const { watchRequiredEsModules } = require('./require-esm') as typeof RequireEsm;
  watchRequiredEsModules((exports, file) => handOver(file, 'file', exports));
}

function hookEsModules(): void {
  try {
    if (syncHooksAreSafe(process.versions.node)) return hookSynchronously();
    // A string: Node 20.6 accepts no URL object.
    const hooks = pathToFileURL(join(__dirname, 'hooks.mjs')).href;
    Module.register(hooks, { data: { reported } });
  } catch (error) {
    reportNoEsmHooks(error);
  }
}

interface SyncHooks {
  registerHooks(hooks: { load(url: string, context: LoadContext, nextLoad: NextLoad): Loaded }): void;
}
type NextLoad = (url: string, context?: object) => Loaded;
/** `require` is among the conditions of what `require()` loads, `import` among those of what `import` does. */
interface LoadContext {
  readonly conditions?: readonly string[];
}

function hookSynchronously(): void {
  (Module as unknown as SyncHooks).registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      // What is required passes the compile hook, and searching it twice would cost every agent (measured: 25 ms for
      // the 500 files of an OpenTelemetry SDK).
      if (loaded.format === 'commonjs' && context.conditions?.includes('require') === true) return loaded;
      return hookLoaded(loaded, url, onUnrecognised, reportFailure);
    },
  });
}

function onUnrecognised(file: string): void {
  reportUnrecognised(file, reported);
}

/** Files of the SDK that were loaded before the hooks: when the program itself asks for the instrumentation, late. */
function handOverLoaded(handOver: Hook): void {
  for (const file of Object.keys(require.cache)) {
    const module = isSdkFile(file) ? require.cache[file] : undefined;
    if (module?.loaded === true) handOver(file, 'file', module.exports);
  }
}
