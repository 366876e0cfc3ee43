/** What the commands about policies have in common. */
import { existsSync, writeFileSync } from 'node:fs';

import type * as Load from '../../policy/load';
import type { LoadedPolicy } from '../../policy/load';
import type * as Cases from '../../simulate/cases';
import type { CaseFile } from '../../simulate/cases';
import type { CommandContext } from '../command';
import { CommandError, UsageError } from '../command';
import { attempt, optional } from '../values';

/** @throws CommandError with every problem, its line and what to do */
export function policyIn(file: string): LoadedPolicy {
  const { loadPolicy } = require('../../policy/load') as typeof Load;
  return attempt(() => loadPolicy(file));
}

/** @throws CommandError when the file does not hold cases */
export function caseFileIn(file: string): CaseFile {
  const { readCases } = require('../../simulate/cases') as typeof Cases;
  return attempt(() => readCases(file));
}

export const casesIn = (file: string): CaseFile['cases'] => caseFileIn(file).cases;

/** The files that a command needs, no more and no less. */
export function operandsOf(
  positionals: readonly string[],
  names: readonly string[],
  command: string,
): string[] {
  if (positionals.length === names.length) return [...positionals];
  const wanted = names.map((name) => `<${name}>`).join(' ');
  throw new UsageError(`'${command}' needs ${wanted}\n\notel-mcp ${command} --help shows how.`);
}

export const NAME_FORM = 'of letters, digits, `_`, `.` and `-`';

/** An option that names a policy. */
export function nameOf(values: CommandContext['values'], option: string): string | undefined {
  const name = optional(values, option);
  if (name === undefined || /^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return name;
  throw new UsageError(`--${option} is a name ${NAME_FORM}, at most 64, not '${name}'`);
}

/** Somebody may have written the file that is there: it is kept unless told otherwise. Others may read it, and not write it. */
export function writeNew(file: string, text: string, isForced: boolean): void {
  if (!isForced && existsSync(file)) throw new CommandError(`${file} is there: --force overwrites it`);
  attempt(() => writeFileSync(file, text, { mode: 0o644 }));
}
