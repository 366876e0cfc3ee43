/** What the monitor finds, authentications that fail, and the monitor's own losses. */
import { firing, series, type Case, type Firing } from '../case';

const finding = (rule: string, severity: string, labels: Record<string, string> = {}): string =>
  series('mcpguard_findings_total', { rule, severity, ...labels });
const auth = (outcome: string, server_id = 's'): string =>
  series('mcpguard_auth_attempts_total', { server_id, outcome });

const found = (rule: string, severity: string, times?: number): Firing =>
  firing(
    'McpFinding',
    severity,
    { job: 'a', rule },
    times === undefined
      ? undefined
      : {
          summary: `The MCP monitor found ${rule} (a)`,
          description: `${times} times in the last hour, severity ${severity}. What, who and what to do is in the line mcp_security_alert of the audit log, and on the span mcpguard.finding.`,
        },
  );

/** Zeros from the start, as the monitor has them. */
const NOTHING = {
  [finding('brute_force', 'high')]: '0x100',
  [finding('privilege_escalation', 'critical')]: '0x100',
  [finding('unusual_data_access', 'medium')]: '0x100',
  [finding('latency', 'low')]: '0x100',
};

/** A counter whose first growth is an alert. */
const loss = (metric: string, label: Record<string, string>, alert: Firing): readonly Case[] => [
  {
    title: `${metric} is born with 2`,
    series: { [series(metric, label)]: '_x10 2x100' },
    fires: { '9m': [], '11m': [alert], '72m': [] },
  },
  {
    title: `${metric} stands still`,
    series: { [series(metric, label)]: '0x100' },
    fires: { '11m': [], '90m': [] },
    silent: [alert.alert],
  },
];

export const FINDINGS: readonly Case[] = [
  {
    title: 'one finding of each severity; each alert has that of its finding, and ends an hour later',
    series: {
      [finding('brute_force', 'high')]: '0x10 1x100',
      [finding('privilege_escalation', 'critical')]: '0x10 2x100',
      [finding('unusual_data_access', 'medium')]: '0x10 1x100',
      [finding('latency', 'low')]: '0x10 1 2 3x100',
    },
    fires: {
      '10m': [],
      '13m': [
        found('brute_force', 'high', 1),
        found('privilege_escalation', 'critical', 2),
        found('unusual_data_access', 'medium', 1),
        found('latency', 'low', 3),
      ],
      '80m': [],
    },
  },
  {
    title: 'a series that its first finding has made, and a severity that nobody knows',
    series: { [finding('mine', 'high')]: '_x10 1x100', [finding('odd', 'dire')]: '_x10 1x100' },
    fires: { '9m': [], '11m': [found('mine', 'high'), found('odd', 'dire')], '72m': [] },
  },
  {
    title: 'one rule with two severities, in two processes',
    series: {
      [finding('latency', 'low', { instance: 'i' })]: '0x10 1x100',
      [finding('latency', 'low', { instance: 'j' })]: '0x10 1x100',
      [finding('latency', 'medium', { instance: 'j' })]: '0x10 1x100',
    },
    fires: { '11m': [found('latency', 'low'), found('latency', 'medium')] },
    values: [
      {
        at: '11m',
        expression: 'ALERTS_FOR_STATE{alertname="McpFinding",severity="low"} > bool 0',
        samples: {
          '{alertname="McpFinding",severity="low",component="mcp",alert_class="security",job="a",rule="latency"}': 1,
        },
      },
    ],
  },
  {
    title: 'nothing was found, and every login succeeds',
    series: { ...NOTHING, [auth('success')]: '0+7x100', [auth('failure')]: '0x100' },
    fires: { '11m': [], '90m': [] },
    silent: [
      'McpFinding/low',
      'McpFinding/medium',
      'McpFinding/high',
      'McpFinding/critical',
      'McpAuthenticationFailures',
    ],
  },
  {
    title: 'eleven of twelve authentications at one server fail',
    series: {
      [auth('success')]: '0 1x100',
      [auth('failure')]: '_x10 11x100',
      [auth('failure', 't')]: '0x100',
      [auth('success', 't')]: '0+1x100',
    },
    fires: {
      '9m': [],
      '11m': [
        firing(
          'McpAuthenticationFailures',
          'medium',
          { job: 'a', server_id: 's' },
          {
            summary: 'Authentications at the MCP server s fail (a)',
            description:
              '91.67% of the authentications at s in the last hour failed, and more than 10 of them. More than 50 % are unusual: a token that has expired and is renewed counts as a success.',
          },
        ),
      ],
      '75m': [],
    },
  },
  {
    title: 'as many failures as successes, and ten failures where none succeeds',
    series: {
      [auth('success')]: '0+1x100',
      [auth('failure')]: '0+1x100',
      [auth('failure', 't')]: '_x10 10x100',
    },
    fires: { '11m': [], '60m': [] },
    silent: ['McpAuthenticationFailures'],
  },
  ...loss(
    'mcpguard_monitor_dropped_total',
    { reason: 'queue_full' },
    firing(
      'McpMonitorDropped',
      'low',
      { job: 'a', reason: 'queue_full' },
      {
        summary: 'The MCP monitor did not look at everything (a)',
        description:
          '2 events of the last hour were not looked at: queue_full. What they would have completed was not found.',
      },
    ),
  ),
  ...loss(
    'mcpguard_state_evictions_total',
    { state: 'usage_user' },
    firing(
      'McpMonitorStateEvicted',
      'low',
      { job: 'a', state: 'usage_user' },
      {
        summary: 'The MCP monitor forgets whom it has seen (a)',
        description:
          '2 keys of usage_user were forgotten in the last hour because there were too many: what they had done so far no longer counts.',
      },
    ),
  ),
];
