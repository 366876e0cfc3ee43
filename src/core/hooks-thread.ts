/** The thread in which `module.register` runs its hooks. */
import * as threads from 'node:worker_threads';

/** Whether this is that thread: it runs the process's preloads again, although no code of the agent ever runs there. */
export function inHooksThread(): boolean {
  const { isInternalThread } = threads as { isInternalThread?: boolean };
  return isInternalThread === true || (!threads.isMainThread && threads.parentPort === null);
}
