/**
 * The CommonJS side: `Module.prototype[COMPILE]` gets the final source of every module that `require()` loads, also what
 * tsx and ts-node have compiled, and the CommonJS modules that an `import` reaches.
 */
import Module from 'node:module';
import { transform, type OnUnrecognised } from './transform';

type Compile = (this: unknown, content: string, filename: string, ...rest: unknown[]) => unknown;

/** Not documented, and yet what every compiler and instrumentation of CommonJS relies on. */
const COMPILE = '_compile';

interface CompileHook {
  readonly onUnrecognised: OnUnrecognised;
  readonly onFailure: (error: unknown) => void;
}

/** Hooks the compilation of CommonJS modules for the rest of the process. */
export function installCompileHook(hook: CompileHook): void {
  const prototype = Module.prototype as unknown as Record<typeof COMPILE, Compile>;
  const original = prototype[COMPILE];
  const compile: Compile = function (content, filename, ...rest) {
    // The module's format since Node 20.19.
    const [format] = rest;
    const source = typeof content === 'string' ? changed(hook, content, filename, format) : content;
    return Reflect.apply(original, this, [source, filename, ...rest]);
  };
  Object.defineProperty(compile, 'name', { value: original.name, configurable: true });
  Object.defineProperty(compile, 'length', { value: original.length, configurable: true });
  prototype[COMPILE] = compile;
}

function changed(hook: CompileHook, content: string, filename: string, format: unknown): string {
  try {
    return transform(content, filename, format === 'module' ? 'esm' : 'cjs', hook.onUnrecognised) ?? content;
  } catch (error) {
    hook.onFailure(error);
    return content;
  }
}
