/** Queries whose answer is rightly empty after agents have worked as they should, and why. */
interface Empty {
  /** Dashboard / panel / query, or rules / rule / selector. */
  readonly at: RegExp;
  readonly reason: string;
}

export const EMPTY: readonly Empty[] = [
  {
    at: /^mcp-security \/ (Audit lines lost|Losses over time) \/ A$|\/ mcpguard_audit_dropped_total/,
    reason: 'no audit line was lost: the counter begins with the first, with its reason',
  },
  {
    at: /^mcp-security \/ Losses over time \/ F$|\/ mcpguard_internal_errors_total/,
    reason: 'nothing of ours failed: the counter begins with the first failure, with its component',
  },
  {
    at: /^rules \/ McpSeriesOverflow \//,
    reason: 'the instruments fold label values long before the SDK’s own limit',
  },
  {
    at: /^rules \/ McpCollectorExportFailing \/ .*(send|enqueue)_failed_/,
    reason: 'the Collector delivered everything: it makes these counters with the first failure',
  },
];

export const reasonFor = (at: string): string | undefined => EMPTY.find((entry) => entry.at.test(at))?.reason;
