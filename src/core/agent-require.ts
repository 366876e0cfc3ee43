/** Finds packages where the agent has them. */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The file that `require(name)` would load, from the agent's main script, else from the working directory, else from
 * here; `undefined` when none has it.
 */
export function resolveForAgent(name: string): string | undefined {
  for (const from of [process.argv[1], join(process.cwd(), 'package.json'), __filename]) {
    if (from === undefined) continue;
    try {
      // A command in `.bin` is a link into its package; a working directory need not have a `package.json`.
      return createRequire(from.endsWith('package.json') ? from : realpathSync(from)).resolve(name);
    } catch {
      // Not there: look in the next place.
    }
  }
  return undefined;
}
