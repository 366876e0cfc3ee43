/** What the monitor of a policy watches, in a line. */
import type { Policy } from '../policy/schema';

/** Tags that rules which come with the package cannot do without. */
const NEEDED_TAG: Readonly<Record<string, string>> = {
  unusual_data_access: 'sensitive',
  sensitive_flow: 'sensitive` and `egress',
};

export interface MonitorSummary {
  readonly on: boolean;
  /** As the policy names them: those of the package, and files. */
  readonly rules: readonly string[];
  readonly detectors: readonly string[];
  readonly state_file?: string | undefined;
  /** All of it, and what keeps a rule from finding anything. */
  readonly text: string;
}

/** @param policy - as it is written: what stands for `${…}` is not shown */
export function monitorSummary({ classification = {}, monitor }: Policy): MonitorSummary {
  if (monitor === undefined) {
    return { on: false, rules: [], detectors: [], text: 'off: the policy has no `monitor`' };
  }
  const { anomaly, rules, state_file } = monitor;
  const detectors = anomaly.enabled ? anomaly.detectors : [];
  const idle = rules.filter((rule) => {
    const tags = NEEDED_TAG[rule]?.split('` and `') ?? [];
    return tags.some((tag) => (classification[tag] ?? []).length === 0);
  });
  const parts = [
    rules.length === 0 ? 'no rules' : `rules ${rules.join(', ')}`,
    detectors.length === 0 ? 'no anomaly detectors' : `detectors ${detectors.join(', ')}`,
    state_file === undefined
      ? 'what is usual is forgotten when the agent ends'
      : `what is usual is kept in ${state_file}`,
    ...idle.map((rule) => `${rule} finds nothing until \`classification\` has \`${NEEDED_TAG[rule]}\``),
  ];
  return { on: true, rules, detectors, state_file, text: `on: ${parts.join('; ')}` };
}
