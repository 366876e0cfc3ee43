/** The public door to the policy loader, which is loaded when somebody goes through it. */
import type * as Rules from '../monitor/rules/compile';
import type * as Load from '../policy/load';
import type { LoadedPolicy } from '../policy/load';

/**
 * Reads and validates a policy file, YAML or JSON, and the files of rules that it names. Nothing of it is put into force.
 *
 * @param path - of the file; a relative one counts from the working directory
 * @returns the policy with its defaults, its digest and warnings; `${env:NAME}` and `${file:PATH}` stand as written
 * @throws {PolicyError} with every problem, its line and column, what was found, what is allowed and what to do
 */
export function loadPolicy(path: string): LoadedPolicy {
  const load = require('../policy/load') as typeof Load;
  const loaded = load.loadPolicy(path);
  const { monitor } = load.resolvedPolicy(loaded);
  if (monitor !== undefined) {
    const { compileRules } = require('../monitor/rules/compile') as typeof Rules;
    compileRules(monitor.rules, load.ruleFilesOf(loaded));
  }
  return loaded;
}
