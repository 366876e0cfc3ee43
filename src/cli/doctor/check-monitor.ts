/** The runtime monitor of the policy: what it watches, what it has lost, and whether it can keep what it learns. */
import type { LoadedPolicy } from '../../policy/load';
import { monitorSummary } from '../../simulate/monitor-summary';
import { saidLines, type Evidence } from './evidence';
import { findingsOf, type Findings } from './finding';

const { ok, warn } = findingsOf('policy');

/** What to do about events that were not looked at, by reason. */
const REMEDIES: Readonly<Record<string, string>> = {
  queue_full: 'give the monitor fewer rules or detectors: monitor.rules, monitor.anomaly.detectors',
  failed: 'report what the agent says on stderr: the monitor itself has failed',
};

export function* checkMonitor({ policy }: LoadedPolicy, evidence: Evidence): Findings {
  const { on, text } = monitorSummary(policy);
  if (!on) {
    yield ok(
      'no-monitor',
      'no monitor: what calls look like over time is not watched (`monitor: {}` in the policy)',
    );
    return;
  }
  const seen = evidence.agent?.policy?.monitor;
  const found = seen === undefined || seen.findings === 0 ? '' : `; ${seen.findings} found in this run`;
  yield ok('monitor', `the monitor is ${text}${found}`);
  if (seen === undefined) return;
  const lost = Object.entries(seen.dropped);
  if (lost.length > 0) {
    const parts = lost.map(([reason, events]) => `${events} × ${reason}`);
    yield warn(
      'monitor-dropped',
      `the monitor has not looked at all events: ${parts.join(', ')}`,
      'what they would have completed was not found',
      ...lost.map(([reason]) => REMEDIES[reason] ?? 'do what the agent says on stderr'),
    );
  }
  if (seen.isStateKept !== false) return;
  yield warn(
    'monitor-state-file',
    [
      `the monitor cannot use its state file ${policy.monitor?.state_file}`,
      ...saidLines(evidence, /the monitor learns what is usual anew/),
    ].join('\n'),
    'what is usual is learned anew with every start, and nothing is unusual until then',
    'let the agent’s user write there, and give each process a file of its own: monitor.state_file',
  );
}
