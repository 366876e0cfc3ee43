/** What a monitor knows, for the agent's owner: the result of `monitorSnapshot()`. */
import type { FindingFields } from './alert';
import type { UsageSnapshot } from './usage/snapshot';

/** Plain JSON. */
export interface MonitorSnapshot {
  /** How tools were used, and by whom. Names users. */
  readonly usage: UsageSnapshot;
  /** The last hundred findings of this process, the latest last, as in the audit log. They name users. */
  readonly findings: readonly (FindingFields & { readonly timestamp: string })[];
}
