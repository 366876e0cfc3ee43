/** Which alerts make a report fail. */
import type { Alert } from './model';

export const FAIL_ON = ['none', 'warning', 'critical'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** As monitoring plug-ins: 0 nothing, 1 warning (low, medium), 2 critical (high, critical). */
export function exitCodeOf(alerts: readonly Alert[], failOn: FailOn): 0 | 1 | 2 {
  if (failOn === 'none') return 0;
  if (alerts.some(({ severity }) => severity === 'high' || severity === 'critical')) return 2;
  return alerts.length > 0 && failOn === 'warning' ? 1 : 0;
}
