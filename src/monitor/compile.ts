/** Makes a monitor of a policy. */
import type { Policy } from '../policy/schema';
import { createClassify } from './classification';
import type { Evicted, Severity } from './finding';
import { Monitor } from './monitor';

/** A rule or detector, and the severity of what it raises. */
export interface FindingKind {
  readonly rule: string;
  readonly severity: Severity;
}

export interface CompiledMonitor {
  readonly monitor: Monitor;
  /** Everything that it can raise: counters show a zero from the start. */
  readonly kinds: readonly FindingKind[];
}

/** @param evicted - told of every key that was forgotten because there were too many */
export function compileMonitor(policy: Policy, _evicted: Evicted): CompiledMonitor {
  const monitor = new Monitor({ classify: createClassify(policy.classification), watchers: [] });
  return { monitor, kinds: [] };
}
