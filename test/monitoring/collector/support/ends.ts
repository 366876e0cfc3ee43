/** Ends servers in the order opposite to that of their start: one that others still talk to takes its time to end. */
import type { TestContext } from 'node:test';

interface Ending {
  stop(): Promise<unknown>;
}

const started = new WeakMap<TestContext, Ending[]>();

/** Ends `server` after the test, before those that were given earlier. */
export function endAfter<T extends Ending>(context: TestContext, server: T): T {
  const known = started.get(context);
  if (known !== undefined) {
    known.push(server);
    return server;
  }
  const servers: Ending[] = [server];
  started.set(context, servers);
  context.after(async () => {
    for (const one of servers.toReversed()) await one.stop();
  });
  return server;
}
