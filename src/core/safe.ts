import { countInternalError } from './diagnostics';

/**
 * Runs work of ours, or a hook of the user's, that must not reach the agent when it fails.
 *
 * @param component - named in the count of swallowed failures
 * @returns what `work` returned, or `undefined` after a failure
 */
export function safely<T>(component: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    countInternalError(component, error);
    return undefined;
  }
}
