/** What `otel-mcp monitor` prints for a person. */
import { SEVERITIES, type Severity } from '../../core/severity';
import { count, counted, size, time, visible, visibleLine } from '../../report/show';
import type { FindingWithTimeline, MonitorReport, TimelineEvent } from '../../simulate/monitoring/model';
import type { Style } from '../style';
import { columns, table } from '../table';

export interface TextOptions {
  /** The policy has a `monitor` section. */
  readonly hasMonitor: boolean;
  readonly style: Style;
}

const LONGEST_CELL = 28;

export function monitorText(report: MonitorReport, options: TextOptions): string {
  const { style } = options;
  return [
    style.bold(headline(report)),
    ...listed(report, style),
    ...report.findings.flatMap((finding) => timeline(finding, style)),
    ...summary(report, style),
    ...comparison(report, style),
    '',
    style.bold('What was read'),
    ...coverage(report, options).map((line) => `  ${line}`),
  ].join('\n');
}

function headline({ summary: { by_severity, total } }: MonitorReport): string {
  if (total === 0) return 'No findings';
  const parts = SEVERITIES.toReversed()
    .filter((severity) => by_severity[severity] > 0)
    .map((severity) => `${count(by_severity[severity])} ${severity}`);
  return `${counted(total, 'finding')}: ${parts.join(', ')}`;
}

function listed({ findings, summary: { total } }: MonitorReport, style: Style): string[] {
  if (findings.length === 0) return [];
  const rows = findings.map((one) => [
    moment(one.time),
    one.severity,
    cell(one.rule),
    one.score.toFixed(2),
    one.count === undefined ? '' : count(one.count),
    visibleLine(one.description),
  ]);
  const more = total - findings.length;
  return [
    ...table(['Time (UTC)', 'Severity', 'Rule', 'Score', 'Count', 'What'], rows, style, [3, 4]),
    ...(more > 0 ? [style.dim(`  and ${count(more)} more, none of them worse: --limit`)] : []),
  ];
}

function timeline(finding: FindingWithTimeline, style: Style): string[] {
  const { description, group, recommended_action, rule, severity, since } = finding;
  if (finding.timeline === undefined) return [];
  const { events, total } = finding.timeline;
  const about = Object.entries(group).map(([name, value]) => `${name} ${visible(value)}`);
  const earlier = total - events.length;
  const rows = events.map((event) => [
    moment(event.time),
    cell(event.tool_name ?? event.method ?? event.event),
    cell(event.server_id ?? '–'),
    cell(event.user_id ?? '–'),
    what(event),
  ]);
  return [
    '',
    `${colour(severity, style)(severity)}  ${style.bold(visibleLine(description))}`,
    ...columns([
      ['Rule', visible(rule)],
      ['When', `${moment(since)} to ${moment(finding.time)}`],
      ...(about.length === 0 ? [] : [['About', about.join(', ')] as const]),
      ...ids(finding),
      ...(recommended_action === undefined ? [] : [['To do', visibleLine(recommended_action)] as const]),
    ]),
    ...(earlier > 0 ? [style.dim(`    ${counted(earlier, 'earlier event')}`)] : []),
    ...indented(rows),
  ];
}

function ids({ call_id, trace_id, writer }: FindingWithTimeline): (readonly [string, string])[] {
  return [
    ...(trace_id === undefined ? [] : [['Trace', visible(trace_id)] as const]),
    ...(call_id === undefined ? [] : [['Call', visible(call_id)] as const]),
    ...(writer === undefined || writer === '' ? [] : [['Process', visible(writer)] as const]),
  ];
}

function indented(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]!.length)));
  return rows.map((row) =>
    `    ${row.map((text, index) => text.padEnd(widths[index]!)).join('  ')}`.trimEnd(),
  );
}

/** How the event came out, in a few words. */
function what(event: TimelineEvent): string {
  const { action, error_type, guard, latency_ms, reason, res_bytes, result, rule, success, tags, type } =
    event;
  if (type === 'authorization') {
    const by = [guard, rule, reason].filter((part) => part !== undefined && part !== null);
    return `${action === 'observed' ? 'would be denied' : 'denied'} (${by.map(cell).join(', ')})`;
  }
  const how = success === true ? 'success' : (error_type ?? 'failure');
  if (type === 'authentication') return `authentication: ${cell(result === 'success' ? 'success' : how)}`;
  return [
    cell(how),
    ...(latency_ms === undefined ? [] : [time(latency_ms)]),
    ...(res_bytes === undefined ? [] : [size(res_bytes)]),
    ...(tags === undefined ? [] : [tags.map(cell).join(', ')]),
  ].join(', ');
}

function summary({ summary: { by_rule, by_user } }: MonitorReport, style: Style): string[] {
  if (by_rule.length === 0) return [];
  const rules = by_rule.map((row) => [cell(row.name), row.severity, count(row.count)]);
  const users = by_user.map((row) => [cell(row.name), count(row.count)]);
  return [
    '',
    style.bold('Findings by rule'),
    ...table(['Rule', 'Severity', 'Findings'], rules, style, [2]),
    '',
    style.bold('Findings by user'),
    ...table(['User', 'Findings'], users, style, [1]),
  ];
}

const SIDES = { only_live: 'live alone', only_here: 'here alone' } as const;

function comparison({ comparison: compared }: MonitorReport, style: Style): string[] {
  if (compared === null) return [];
  const { both, only_here, only_live, unmatched } = compared;
  const rows = unmatched.map((one) => [
    moment(one.time),
    SIDES[one.where],
    one.severity,
    cell(one.rule),
    visibleLine(one.description),
  ]);
  return [
    '',
    style.bold('Raised live, and here'),
    `  ${count(both)} by both, ${count(only_live)} live alone, ${count(only_here)} here alone`,
    ...(rows.length === 0 ? [] : table(['Time (UTC)', 'Raised', 'Severity', 'Rule', 'What'], rows, style)),
  ];
}

function coverage({ coverage: read, policy }: MonitorReport, { hasMonitor }: TextOptions): string[] {
  const { bad_lines, bytes, failed, file_count, first, foreign_lines, forgotten, last, lines, monitors } =
    read;
  const lost = Object.entries(forgotten).map(([state, number]) => `${count(number)} × ${state}`);
  const which =
    policy === null
      ? 'The rules and detectors that come with the package; without a policy nothing is classified.'
      : `The policy ${visible(policy.id)}@${policy.digest.slice(0, 12)}${hasMonitor ? '.' : ', which has no monitor section: the rules and detectors that come with the package.'}`;
  return [
    first === null ? 'No record before the end of the period.' : `${moment(first)} to ${moment(last!)} UTC.`,
    `${counted(read.records, 'record')} in ${counted(lines, 'line')} of ${counted(file_count, 'file')}, ${size(bytes)}; ${counted(monitors, 'monitor')}.`,
    which,
    `${badLines(bad_lines)}; ${counted(foreign_lines, 'line')} of other programs.`,
    ...(read.after_period === 0 ? [] : [`${counted(read.after_period, 'record')} after the period.`]),
    ...(read.other_policy_lines === 0
      ? []
      : [
          `${counted(read.other_policy_lines, 'line')} written under another policy, or another version of it: what was raised live may differ.`,
        ]),
    ...(lost.length === 0 ? [] : [`Forgotten because there were too many: ${lost.join(', ')}.`]),
    ...(failed === 0
      ? []
      : [`${counted(failed, 'line')} that a monitor failed at: a fault of this package.`]),
  ];
}

function badLines({ total, ...kinds }: MonitorReport['coverage']['bad_lines']): string {
  if (total === 0) return 'No bad lines';
  const parts = Object.entries(kinds)
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => `${count(number)} ${kind.replace('_', ' ')}`);
  return `${counted(total, 'bad line')}: ${parts.join(', ')}`;
}

/** `2026-01-31 10:05:12` */
const moment = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** A name that somebody else chose, on one line and not too long. */
function cell(name: string): string {
  const shown = visible(name);
  return shown.length <= LONGEST_CELL ? shown : `${shown.slice(0, LONGEST_CELL - 1)}…`;
}

function colour(severity: Severity, style: Style): (text: string) => string {
  if (severity === 'critical' || severity === 'high') return (text) => style.red(text);
  return severity === 'medium' ? (text) => style.yellow(text) : (text) => style.dim(text);
}
