/** Guards, policies and audit logs that do not do their work. */
import { firing, series, type Case } from '../case';

const calls = (labels: Record<string, string> = {}): string =>
  series('mcp_tool_call_duration_seconds_count', { tool_name: 't', status: 'success', ...labels });
const lines = series('mcpguard_audit_records_total');

const decisions = (action: string): string =>
  series('mcpguard_decisions_total', { guard: 'rate_limit', verdict: 'error', action, mode: 'enforce' });

/** A counter whose first growth is an alert. */
const counter = (
  metric: string,
  label: Record<string, string>,
  alert: ReturnType<typeof firing>,
  quietUntil: string,
): readonly Case[] => [
  {
    title: `${metric} is born with 2`,
    series: { [series(metric, label)]: '_x10 2x100' },
    fires: { '9m': [], '11m': [alert], [quietUntil]: [] },
  },
  {
    title: `${metric} stands still`,
    series: { [series(metric, label)]: '0x100' },
    fires: { '11m': [], '90m': [] },
    silent: [alert.alert],
  },
];

export const GUARDS: readonly Case[] = [
  ...counter(
    'mcpguard_policy_load_errors_total',
    {},
    firing(
      'McpPolicyLoadFailed',
      'high',
      { job: 'a' },
      {
        summary: 'An MCP policy could not be loaded (a)',
        description:
          '2 times in the last hour a policy file could not be put into force. The one before it still holds; a process that has just started has none.',
      },
    ),
    '72m',
  ),
  ...counter(
    'mcpguard_state_evictions_total',
    { state: 'rate_limit' },
    firing(
      'McpLimitStateEvicted',
      'medium',
      { job: 'a', state: 'rate_limit' },
      {
        summary: 'MCP limits forget who has used them up (a)',
        description:
          '2 keys of rate_limit were forgotten in the last hour because there were too many: whoever they stand for begins anew with a full limit.',
      },
    ),
    '72m',
  ),
  ...counter(
    'mcpguard_audit_dropped_total',
    { reason: 'ENOSPC' },
    firing(
      'McpAuditRecordsDropped',
      'high',
      { job: 'a', reason: 'ENOSPC' },
      {
        summary: 'MCP audit lines were lost (a)',
        description: '2 audit lines could not be written in the last hour: ENOSPC.',
      },
    ),
    '72m',
  ),
  {
    title: 'a guard fails open twice',
    series: { [decisions('failed_open')]: '_x10 2x60', [decisions('allowed')]: '0+5x70' },
    fires: {
      '9m': [],
      '11m': [
        firing(
          'McpGuardFailedOpen',
          'high',
          { job: 'a', guard: 'rate_limit' },
          {
            summary: 'An MCP guard failed and let calls through (a)',
            description:
              "The guard rate_limit could not decide about 2 calls in the last 15 minutes, and they went on without it. The policy's on_error says so.",
          },
        ),
      ],
      '27m': [],
    },
  },
  {
    title: 'a guard fails closed, and others allow',
    series: { [decisions('blocked')]: '_x10 2x60', [decisions('allowed')]: '0+5x70' },
    fires: { '11m': [], '30m': [] },
    silent: ['McpGuardFailedOpen'],
  },
  {
    title: 'calls go on, the audit log does not',
    series: { [calls()]: '0+2x120', [lines]: '0+2x30 60x90' },
    fires: {
      '30m': [],
      '44m': [],
      '60m': [
        firing(
          'McpAuditStalled',
          'high',
          { job: 'a', instance: 'i' },
          {
            summary: 'MCP calls leave no audit line (a)',
            description:
              'The process i made 30 tool calls in the last 15 minutes, has an audit log, and wrote no line to it.',
          },
        ),
      ],
    },
  },
  {
    title: 'one process of two stands still, its calls too; and one has no audit log',
    series: {
      [calls()]: '0+2x30 60x90',
      [lines]: '0+2x30 60x90',
      [calls({ instance: 'j' })]: '0+2x120',
      [calls({ instance: 'k', job: 'b' })]: '0+2x120',
      [series('mcpguard_audit_records_total', { instance: 'j' })]: '0+2x120',
    },
    fires: { '40m': [], '60m': [], '110m': [] },
    silent: ['McpAuditStalled'],
  },
  {
    title: 'a process made all its calls before its first scrape',
    series: { [calls()]: '_x30 50x60', [lines]: '_x30 50x60' },
    fires: { '31m': [], '40m': [], '60m': [] },
    silent: ['McpAuditStalled'],
  },
];
