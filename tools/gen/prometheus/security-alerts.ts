/** Alerts for a security reviewer: what guards denied and the monitor found, and guards or an audit log that do not do their work. */
import { decisions, grown } from '../promql/guard-queries';
import { evictions } from '../promql/monitor-queries';
import { RECORDS } from '../promql/records';
import { unaudited } from '../promql/rule-queries';
import type { Series } from '../promql/series';
import {
  above,
  blocked,
  callsOfTheHour,
  JOB,
  PERCENT,
  VALUE,
  withVolume,
  type AlertGroup,
  type AlertRule,
} from './alert';
import { FINDINGS } from './finding-alerts';
import { THRESHOLDS } from './thresholds';

interface Denials {
  readonly alert: string;
  /** Denials of a job in the last hour; by guard and action. */
  readonly total: Series<'job'>;
  readonly byGuard: Series<'job' | 'guard' | 'action'>;
  readonly limit: number;
  /** `access denied events` */
  readonly what: string;
  readonly summary: string;
  readonly about?: string;
}

const tooMany = ({ alert, total, byGuard, limit, what, summary, ...rest }: Denials): AlertRule => ({
  alert,
  severity: 'medium',
  expression: above(`round(${total.name})`, limit),
  summary: `${summary} (${JOB})`,
  description: `${VALUE} ${what} in the last hour, ${blocked(byGuard)} of them blocked, the others only observed. More than ${limit} are unusual.`,
  dashboard: 'mcp-security',
  ...rest,
});

const DENIALS: readonly AlertRule[] = [
  tooMany({
    alert: 'HighAccessDeniedRate',
    total: RECORDS.access1h,
    byGuard: RECORDS.accessByGuard1h,
    limit: THRESHOLDS.accessDeniedPerHour,
    what: 'access denied events',
    summary: 'High MCP access denied rate',
    about: 'No `for`: an hour’s count does not flicker, waiting would only delay.',
  }),
  tooMany({
    alert: 'HighRateLimitHits',
    total: RECORDS.rateLimit1h,
    byGuard: RECORDS.rateLimitByGuard1h,
    limit: THRESHOLDS.rateLimitHitsPerHour,
    what: 'rate limit hits',
    summary: 'High MCP rate limit hits',
  }),
  tooMany({
    alert: 'BudgetExceeded',
    total: RECORDS.budget1h,
    byGuard: RECORDS.budgetByGuard1h,
    limit: THRESHOLDS.budgetExceededPerHour,
    what: 'budget exceeded events',
    summary: 'High MCP budget exceeded rate',
  }),
  {
    alert: 'McpDenialRatioHigh',
    severity: 'low',
    expression: withVolume(
      above(RECORDS.deniedRatio1h.name, THRESHOLDS.denialRatio),
      ['job'],
      RECORDS.allCalls1h.name,
      THRESHOLDS.denialRatioMinimumCalls,
    ),
    for: '5m',
    summary: `Many MCP calls are denied (${JOB})`,
    description: `${PERCENT} of ${callsOfTheHour} tool calls in the last hour were denied. Below ${THRESHOLDS.denialRatio * 100} % is usual: either something tries what it may not, or the policy is too strict.`,
    dashboard: 'mcp-security',
    about: 'Too few calls prove nothing: one denial in a hundred is 1 %.',
  },
];

const GUARDS: readonly AlertRule[] = [
  {
    alert: 'McpGuardFailedOpen',
    severity: 'high',
    expression: above(decisions(['job', 'guard'], { window: '15m' }, { action: '="failed_open"' }), 0),
    summary: `An MCP guard failed and let calls through (${JOB})`,
    description: `The guard {{ $labels.guard }} could not decide about ${VALUE} calls in the last 15 minutes, and they went on without it. The policy's on_error says so.`,
    dashboard: 'mcp-security',
  },
  {
    alert: 'McpPolicyLoadFailed',
    severity: 'high',
    expression: above(grown('policyLoadErrors', ['job'], { window: '1h' }), 0),
    summary: `An MCP policy could not be loaded (${JOB})`,
    description: `${VALUE} times in the last hour a policy file could not be put into force. The one before it still holds; a process that has just started has none.`,
    dashboard: 'mcp-security',
  },
  {
    alert: 'McpLimitStateEvicted',
    severity: 'medium',
    expression: above(evictions('limits', { window: '1h' }), 0),
    summary: `MCP limits forget who has used them up (${JOB})`,
    description: `${VALUE} keys of {{ $labels.state }} were forgotten in the last hour because there were too many: whoever they stand for begins anew with a full limit.`,
    dashboard: 'mcp-security',
  },
];

const AUDIT: readonly AlertRule[] = [
  {
    alert: 'McpAuditRecordsDropped',
    severity: 'high',
    expression: above(grown('auditDropped', ['job', 'reason'], { window: '1h' }), 0),
    summary: `MCP audit lines were lost (${JOB})`,
    description: `${VALUE} audit lines could not be written in the last hour: {{ $labels.reason }}.`,
    dashboard: 'mcp-security',
  },
  {
    alert: 'McpAuditStalled',
    severity: 'high',
    expression: unaudited('15m', THRESHOLDS.minimumCalls),
    for: '5m',
    summary: `MCP calls leave no audit line (${JOB})`,
    description: `The process {{ $labels.instance }} made ${VALUE} tool calls in the last 15 minutes, has an audit log, and wrote no line to it.`,
    dashboard: 'mcp-security',
  },
];

export const SECURITY: AlertGroup = {
  alertClass: 'security',
  rules: [...DENIALS, ...FINDINGS, ...GUARDS, ...AUDIT],
};
