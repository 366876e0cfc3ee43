/** Programs that others wrote, for a second opinion: missing, they are a loud skip for a user and a failure in CI. */
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

import { isCi } from '../real/support/component';

/** Whether a program is there; where it is not, `t` is skipped and says so. @throws instead where `CI` is set */
export function isThere(t: TestContext, program: string, remedy: string): boolean {
  if (spawnSync(program, ['--version']).status === 0) return true;
  const reason = `${program} is not there: ${remedy}`;
  if (isCi) throw new Error(reason);
  process.stderr.write(`SKIPPED ${t.name}: ${reason}\n`);
  t.skip(reason);
  return false;
}

/** @throws when it fails */
export function outputOf(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
