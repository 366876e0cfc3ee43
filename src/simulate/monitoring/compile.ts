/** Makes the monitors of a policy, as its processes do. */
import { monitorFactory, type CompiledMonitor } from '../../monitor/compile';
import type { Evicted } from '../../monitor/finding';
import { resolvedPolicy, ruleFilesOf, type LoadedPolicy } from '../../policy/load';
import { policySchema } from '../../policy/schema';

/**
 * @param loaded - `undefined`, or one without a `monitor` section: the rules and detectors that come with the package
 * @returns makes a monitor as it is when a process begins, without what it has learned before
 * @throws PolicyError for rules that cannot be used
 */
export function monitorsOf(loaded: LoadedPolicy | undefined): (evicted: Evicted) => CompiledMonitor {
  if (loaded === undefined) return monitorFactory(policySchema.parse({ version: 1, id: 'built-in' }), []);
  return monitorFactory(resolvedPolicy(loaded), ruleFilesOf(loaded));
}
