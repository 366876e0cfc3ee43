/** Panels of "MCP / Runtime" about security events: what the monitor found, and who authenticated. */
import { nonZero, ofTop, top } from '../promql/call-queries';
import { grown } from '../promql/guard-queries';
import { authentications, findings } from '../promql/monitor-queries';
import { COLOUR, SEVERITIES } from './colours';
import { CELL, fieldLabel, traces } from './links';
import { bars, number } from './panels';
import { PER_BAR, WITHIN_RANGE } from './shared';
import { noneOf } from './steps';
import { tableOf } from './tables';
import { UNITS } from './units';

const ROWS = 15;
const KIND = ['rule', 'severity'] as const;
const found = nonZero(findings(KIND, WITHIN_RANGE));

export const findingCount = () =>
  number({
    title: 'Findings',
    description:
      'What the monitor has raised within the range that is shown, all severities. 0 where no policy has a monitor, too.',
    unit: UNITS.count,
    expr: findings([], WITHIN_RANGE),
    steps: noneOf(COLOUR.error),
    noValue: '0',
  });

export const findingTable = () =>
  tableOf({
    title: 'Findings by rule and severity',
    description:
      'What the monitor has raised within the range that is shown: rules that were met, detectors that found something unusual. An empty table is a good one. The link leads to the traces, the audit log has a line mcp_security_alert for each.',
    unit: UNITS.count,
    labels: [
      {
        label: 'rule',
        title: 'Rule',
        links: [traces('Traces with this finding', { tags: { 'mcpguard.finding.rule': CELL } })],
      },
      { label: 'severity', title: 'Severity', width: 110, colours: SEVERITIES },
    ],
    values: [
      { title: 'Findings', expr: top(ROWS, found), bar: COLOUR.plain },
      {
        title: 'Jobs',
        expr: ofTop(
          ROWS,
          found,
          KIND,
          `count by (rule, severity) (${nonZero(findings(['job', ...KIND], WITHIN_RANGE))})`,
        ),
      },
    ],
    sortBy: 'Findings',
  });

export const findingsOverTime = () =>
  bars({
    title: 'Findings over time',
    description: 'What the monitor has raised, per interval of a minute or more, by severity.',
    unit: UNITS.count,
    queries: [{ expr: findings(['severity'], PER_BAR), legend: '{{severity}}' }],
    colours: SEVERITIES,
    dataLinks: [
      traces('Traces with findings of this severity', {
        tags: { 'mcpguard.finding.severity': fieldLabel('severity') },
      }),
    ],
  });

export const authenticationPanel = () =>
  bars({
    title: 'Authentications',
    description:
      'Authentications that the agents’ HTTP connections have seen end, per interval of a minute or more, by server: OAuth flows and renewed tokens that succeeded or failed, and requests that were refused with 401 or 403. Known where the policy has a monitor.',
    unit: UNITS.count,
    queries: (['success', 'failure'] as const).map((outcome) => ({
      expr: authentications(['server_id'], PER_BAR, outcome),
      legend: `{{server_id}}: ${outcome}`,
    })),
    colours: { '/: success$/': COLOUR.success, '/: failure$/': COLOUR.error },
  });

export const connectionPanel = () =>
  bars({
    title: 'Failed connections',
    description: 'Connections to MCP servers that could not be made, per interval of a minute or more.',
    unit: UNITS.count,
    queries: [
      {
        expr: grown('connectionErrors', ['server_id', 'error_type'], PER_BAR),
        legend: '{{server_id}}: {{error_type}}',
      },
    ],
    colours: { '/.+/': COLOUR.error },
  });
