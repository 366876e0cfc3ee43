/**
 * What both kinds of Node's `load` hook do with a loaded module.
 */
import { transform, type OnUnrecognised, type Source } from './transform';

/** The part of a `load` hook's result that matters here. */
export interface Loaded {
  format?: string | null | undefined;
  source?: Source | null | undefined;
}

/**
 * @returns `loaded` itself, or a copy with the changed source. CommonJS without a source is left to the compile hook.
 */
export function hookLoaded<T extends Loaded>(
  loaded: T,
  url: string,
  onUnrecognised: OnUnrecognised,
  onFailure: (error: unknown) => void,
): T {
  const { format, source } = loaded;
  if (source === null || source === undefined || (format !== 'module' && format !== 'commonjs'))
    return loaded;
  try {
    const changed = transform(source, url, format === 'module' ? 'esm' : 'cjs', onUnrecognised);
    return changed === undefined ? loaded : { ...loaded, source: changed };
  } catch (error) {
    onFailure(error);
    return loaded;
  }
}
