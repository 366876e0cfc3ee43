/** A finding as the audit log says it: live, and of a log that is read later. */
import type { Finding } from './finding';

/** The `finding` of an `mcp_security_alert` line. */
export interface FindingFields extends Pick<
  Finding,
  'category' | 'count' | 'description' | 'group' | 'rule' | 'score' | 'severity'
> {
  readonly recommended_action: string | undefined;
  /** RFC 3339. */
  readonly since: string;
}

/** Keys in the order of RFC 8785, as the chain's hash has them. */
export function findingFields(finding: Finding): FindingFields {
  const { category, count, description, group, recommendedAction, rule, score, severity, since } = finding;
  return {
    category,
    count,
    description,
    group: Object.fromEntries(Object.entries(group).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    recommended_action: recommendedAction,
    rule,
    score,
    severity,
    since: new Date(since).toISOString(),
  };
}
