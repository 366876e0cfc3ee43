/** Asks the oracle, which is written in another language and from the rule's sentence alone. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import type { PathCase } from './path-cases';

const PROGRAM = join(__dirname, '../../../../test/guards/oracle/paths.py');
const PYTHON = process.env['PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');

/** Why the oracle cannot be asked on this machine; `false` where it can. In CI it has to be there. */
export function whyNoOracle(): string | false {
  if (spawnSync(PYTHON, ['--version']).status === 0 || process.env['CI'] !== undefined) return false;
  return `the oracle needs ${PYTHON} (Python 3.8 or later)`;
}

/** @returns for each case whether it is an escape */
export function askOracle(cases: readonly PathCase[]): boolean[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, [PROGRAM], {
    input: cases.map(({ root, path }) => JSON.stringify([root, path])).join('\n'),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  return Array.from(stdout.trim(), (answer) => answer === '1');
}
