/** Watches how work of the SDK ends, without changing what its caller gets. */
import { isThenable } from './shapes';

/** `fulfilled` and `rejected` may not throw. */
export interface Watcher {
  fulfilled(value: unknown): void;
  rejected(error: unknown): void;
  /**
   * What the caller gets in place of a promise's value. What it throws the caller gets instead, and neither of the others
   * is told.
   */
  review?(value: unknown): unknown;
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
      const given = watcher.review === undefined ? value : watcher.review(value);
      watcher.fulfilled(given);
      return given;
    },
    (error: unknown) => {
      watcher.rejected(error);
      throw error;
    },
  );
}
