/** Which log a command reads that knows a policy, and how far it is. */
import { statSync } from 'node:fs';

import { filesOf, STDIN } from '../../audit/inputs';
import type * as Load from '../../policy/load';
import type { LoadedPolicy } from '../../policy/load';
import type { CommandContext } from '../command';
import { UsageError } from '../command';
import type { Io } from '../io';
import { size } from '../../report/show';
import { progressOn } from '../progress';
import { attempt, optional } from '../values';
import { UNREADABLE } from './audit-inputs';

/** Of `--policy`. */
export function policyOf(values: CommandContext['values']): LoadedPolicy | undefined {
  const file = optional(values, 'policy');
  if (file === undefined) return undefined;
  const { loadPolicy } = require('../../policy/load') as typeof Load;
  return attempt(() => loadPolicy(file), UNREADABLE);
}

/** With the absolute paths of our own files. */
export function auditOf(policy: LoadedPolicy | undefined) {
  if (policy === undefined) return undefined;
  return (require('../../policy/load') as typeof Load).resolvedPolicy(policy).audit;
}

/** What is named, else the log of the policy, else standard input where it is no terminal. */
export function inputsOf(
  positionals: readonly string[],
  policy: LoadedPolicy | undefined,
  io: Io,
  command: string,
): readonly string[] {
  if (positionals.length > 0) return positionals;
  const { dir, file } = auditOf(policy) ?? {};
  const log = dir ?? file;
  if (log !== undefined) return [log];
  if (!io.stdin.isTTY) return [STDIN];
  throw new UsageError(
    `'${command}' needs the log: files, a folder, - for standard input, or a policy with an audit log`,
  );
}

/**
 * Shows how much of a log is read.
 *
 * @param work - is given what to tell how many bytes were read, and in how many passes in all
 */
export async function withReadingShown<T>(
  inputs: readonly string[],
  io: Io,
  work: (show: (bytes: number, passes?: number) => void) => Promise<T>,
): Promise<T> {
  const progress = progressOn(io.stderr);
  const all = sizeOf(inputs);
  try {
    return await work((read, passes = 1) => {
      if (all === undefined) progress.show(`read ${size(read)}`);
      else progress.show(`read ${Math.floor((100 * read) / all / passes)} % of ${size(all)}`);
    });
  } finally {
    progress.end();
  }
}

/** Bytes of all files; `undefined` where that is not known. */
function sizeOf(inputs: readonly string[]): number | undefined {
  if (inputs.includes(STDIN)) return undefined;
  const bytes = filesOf(inputs).reduce((sum, file) => sum + statSync(file).size, 0);
  return bytes === 0 ? undefined : bytes;
}
