/** What the commands about policies have in common. */
import type * as Load from '../../policy/load';
import type { LoadedPolicy } from '../../policy/load';
import type * as Cases from '../../simulate/cases';
import type { CaseFile } from '../../simulate/cases';
import { UsageError } from '../command';
import { attempt } from '../values';

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
