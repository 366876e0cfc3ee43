/** How bad something is: findings of the monitor, alerts of the report, labels of the alert rules. */

/** From the least to the worst; Alertmanager's routes are by these. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** From 0, for the least. */
export const rankOf = (severity: Severity): number => SEVERITIES.indexOf(severity);
