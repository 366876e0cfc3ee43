/** A real component that a test needs: missing, it is a loud skip for a user and a failure in CI. */
import type { TestContext } from 'node:test';

import { buildNothing } from '../../../tools/stack/go';
import { Missing } from '../../../tools/stack/missing';

/** What is missing is a failure. */
export const isCi = !['', undefined, 'false', '0'].includes(process.env['CI']);
// CI builds before it tests, and a user where and when he asks for it.
if (!isCi) buildNothing();

/**
 * Runs `provide`, and skips `test` (printing why) when it throws {@link Missing}.
 *
 * @returns `undefined` when skipped
 * @throws instead of skipping where `CI` is set
 */
export async function component<T>(test: TestContext, provide: () => Promise<T>): Promise<T | undefined> {
  try {
    return await provide();
  } catch (error) {
    if (!(error instanceof Missing) || isCi) throw error;
    process.stderr.write(`SKIPPED ${test.name}: ${error.message}\n`);
    test.skip(error.message);
    return undefined;
  }
}
