/** Watches how work of the SDK ends, without changing what its caller gets. */
import { isThenable } from './shapes';

/** Neither function may throw. */
export interface Watcher {
  fulfilled(value: unknown): void;
  rejected(error: unknown): void;
}

/**
 * Runs `work` and tells `watcher` once how it ends: at once when it throws or returns a plain value, else when its
 * promise settles. The caller gets the same value or error, and for a promise one derived from the SDK's: with the SDK's
 * own, our handler would make Node take a rejection that the agent never handles for handled.
 */
export function watch(work: () => unknown, watcher: Watcher): unknown {
  let returned: unknown;
  try {
    returned = work();
  } catch (error) {
    watcher.rejected(error);
    throw error;
  }
  if (!isThenable(returned)) {
    watcher.fulfilled(returned);
    return returned;
  }
  return returned.then(
    (value) => {
      watcher.fulfilled(value);
      return value;
    },
    (error: unknown) => {
      watcher.rejected(error);
      throw error;
    },
  );
}
