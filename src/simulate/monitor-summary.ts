/** What the monitor of a policy watches, in a line. */
import type { Policy } from '../policy/schema';

/** Tags without which a rule of the package finds nothing. */
const NEEDED_TAGS: Readonly<Partial<Record<string, readonly string[]>>> = {
  unusual_data_access: ['sensitive'],
  sensitive_flow: ['sensitive', 'egress'],
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
  const idle = rules.flatMap((rule) => {
    const tags = NEEDED_TAGS[rule] ?? [];
    if (tags.every((tag) => (classification[tag] ?? []).length > 0)) return [];
    const needed = tags.map((tag) => `\`${tag}\``).join(' and ');
    return [`${rule} finds nothing until \`classification\` has ${needed}`];
  });
  const parts = [
    rules.length === 0 ? 'no rules' : `rules ${rules.join(', ')}`,
    detectors.length === 0 ? 'no anomaly detectors' : `detectors ${detectors.join(', ')}`,
    state_file === undefined
      ? 'what is usual is forgotten when the agent ends'
      : `what is usual is kept in ${state_file}`,
    ...idle,
  ];
  return { on: true, rules, detectors, state_file, text: `on: ${parts.join('; ')}` };
}
