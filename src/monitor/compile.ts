/** Makes a monitor of a policy. */
import { milliseconds } from '../core/duration';
import type { Severity } from '../core/severity';
import { monitor as monitorFields } from '../policy/monitor-fields';
import type { RuleFile } from '../policy/rule-files';
import type { Policy } from '../policy/schema';
import { AnomalyDetectors, detectorNames } from './anomaly/detectors';
import { createClassify } from './classification';
import type { Evicted, Watcher } from './finding';
import { Monitor } from './monitor';
import { compileRules } from './rules/compile';
import { RuleEngine } from './rules/engine';
import type { Persistent } from './state';
import type { UsageBounds } from './usage/table';
import { Usage } from './usage/usage';

/** A rule or detector, and the severity of what it raises. */
export interface FindingKind {
  readonly rule: string;
  readonly severity: Severity;
}

export interface CompiledMonitor {
  readonly monitor: Monitor;
  /** Everything that it can raise: counters show a zero from the start. */
  readonly kinds: readonly FindingKind[];
  /** What is kept over a restart, and over a reload of the policy. */
  readonly persistent: readonly Persistent[];
}

/** A monitor that also learns how tools are used. */
export interface CompiledMonitorWithUsage extends CompiledMonitor {
  readonly usage: Usage;
}

/**
 * @param policy - with absolute paths of files of rules
 * @param ruleFiles - all of them
 * @param evicted - told of every key that was forgotten because there were too many
 * @throws PolicyError for rules that cannot be used
 */
export function compileMonitor(
  policy: Policy,
  ruleFiles: readonly RuleFile[],
  evicted: Evicted,
): CompiledMonitorWithUsage {
  const create = monitorFactory(policy, ruleFiles);
  const usage = new Usage(boundsOf(settingsOf(policy)), evicted);
  return { ...create(evicted, usage), usage };
}

/**
 * Makes any number of monitors of one policy, which find things and do nothing else; its rules are read once.
 *
 * @throws PolicyError for rules that cannot be used
 */
export function monitorFactory(
  policy: Policy,
  ruleFiles: readonly RuleFile[],
): (evicted: Evicted, ...others: readonly (Watcher & Persistent)[]) => CompiledMonitor {
  const settings = settingsOf(policy);
  const compiled = compileRules(settings.rules, ruleFiles);
  const classify = createClassify(policy.classification);
  return (evicted, ...others) => {
    const rules = new RuleEngine(compiled, evicted);
    const anomalies = anomaliesOf(settings, evicted);
    const watchers = [...others, rules, ...anomalies];
    const names = anomalies.length === 0 ? [] : detectorNames(settings.anomaly.detectors);
    return {
      monitor: new Monitor({ classify, watchers }),
      kinds: [...rules.ruleNames(), ...names],
      persistent: watchers,
    };
  };
}

type Settings = NonNullable<Policy['monitor']>;

/** Without the section: what holds where it says nothing. */
const settingsOf = ({ monitor }: Policy): Settings => monitor ?? monitorFields.parse({});

/** None when the policy has switched them off. */
function anomaliesOf(settings: Settings, evicted: Evicted): AnomalyDetectors[] {
  const { enabled, detectors, realert } = settings.anomaly;
  if (!enabled) return [];
  const bounds = boundsOf(settings);
  return [new AnomalyDetectors({ ...bounds, detectors, realert: milliseconds(realert), evicted })];
}

function boundsOf({ keys_max, max_age }: Settings): UsageBounds {
  return { keysMax: keys_max, maxAge: milliseconds(max_age) };
}
