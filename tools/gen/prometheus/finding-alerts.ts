/** Alerts about what the runtime monitor has found, and about its own losses. */
import { grown } from '../promql/guard-queries';
import { authentications, authFailureRatio, evictions, findings } from '../promql/monitor-queries';
import { above, JOB, OF_SERIES, PERCENT, VALUE, withVolume, type AlertRule } from './alert';
import { THRESHOLDS } from './thresholds';

const AN_HOUR = { window: '1h' } as const;
const AT_SERVER = ['job', 'server_id'] as const;

export const FINDINGS: readonly AlertRule[] = [
  {
    alert: 'McpFinding',
    severity: OF_SERIES,
    expression: above(findings(['job', 'rule', 'severity'], AN_HOUR), 0),
    summary: `The MCP monitor found {{ $labels.rule }} (${JOB})`,
    description: `${VALUE} times in the last hour, severity {{ $labels.severity }}. What, who and what to do is in the line mcp_security_alert of the audit log, and on the span mcpguard.finding.`,
    dashboard: 'mcp-runtime',
    about:
      'Its severity is that of the finding. The first of a rule counts: its series is there from the start, and would be born by it otherwise.',
  },
  {
    alert: 'McpAuthenticationFailures',
    severity: 'medium',
    expression: withVolume(
      above(authFailureRatio(AT_SERVER, AN_HOUR), THRESHOLDS.authFailureRatio),
      AT_SERVER,
      `round(${authentications(AT_SERVER, AN_HOUR, 'failure')})`,
      THRESHOLDS.authFailuresPerHour + 1,
    ),
    summary: `Authentications at the MCP server {{ $labels.server_id }} fail (${JOB})`,
    description: `${PERCENT} of the authentications at {{ $labels.server_id }} in the last hour failed, and more than ${THRESHOLDS.authFailuresPerHour} of them. More than ${THRESHOLDS.authFailureRatio * 100} % are unusual: a token that has expired and is renewed counts as a success.`,
    dashboard: 'mcp-runtime',
    about: 'Beside the finding brute_force, which is about one user. A login that succeeds never alerts.',
  },
];

export const MONITOR_LOSSES: readonly AlertRule[] = [
  {
    alert: 'McpMonitorDropped',
    severity: 'low',
    expression: above(grown('monitorDropped', ['job', 'reason'], AN_HOUR), 0),
    summary: `The MCP monitor did not look at everything (${JOB})`,
    description: `${VALUE} events of the last hour were not looked at: {{ $labels.reason }}. What they would have completed was not found.`,
    dashboard: 'mcp-runtime',
  },
  {
    alert: 'McpMonitorStateEvicted',
    severity: 'low',
    expression: above(evictions('monitor', AN_HOUR), 0),
    summary: `The MCP monitor forgets whom it has seen (${JOB})`,
    description: `${VALUE} keys of {{ $labels.state }} were forgotten in the last hour because there were too many: what they had done so far no longer counts.`,
    dashboard: 'mcp-runtime',
  },
];
