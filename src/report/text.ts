/** The report as text: the layout of the monitoring guide's example, line by line, and then what it does not have. */
import type { Report } from './model';
import { tablesOf, type Table } from './rows';
import {
  count,
  coverageLines,
  OBJECTIVE_NAMES,
  objectiveValue,
  percent,
  time,
  visible,
  visibleLine,
} from './show';

const WIDTH = 60;
const LONGEST_NAME = 40;

/** Without the last line end. */
export function renderText(report: Report): string {
  return [...guideLines(report), '', ...furtherLines(report)].join('\n');
}

/** What the guide's Python example prints. */
function guideLines({
  timestamp,
  tool_call_stats: stats,
  security_events: security,
  alerts,
}: Report): string[] {
  return [
    'MCP Security Report',
    '='.repeat(WIDTH),
    `Timestamp: ${timestamp}`,
    '',
    `Total Calls: ${stats.total_calls}`,
    `Successful: ${stats.successful}`,
    `Failed: ${stats.failed}`,
    `Avg Latency: ${stats.avg_latency_ms.toFixed(2)}ms`,
    '',
    'Security Events:',
    `  Access Denied: ${security.access_denied.count}`,
    `  Rate Limits: ${security.rate_limits.count}`,
    `  Budget Exceeded: ${security.budget_exceeded.count}`,
    '',
    ...(alerts.length === 0
      ? ['No alerts']
      : [
          'ALERTS:',
          ...alerts.map(({ severity, message }) => `  [${severity.toUpperCase()}] ${visibleLine(message)}`),
        ]),
  ];
}

function furtherLines(report: Report): string[] {
  const { tool_call_stats: stats, would_be_denials, objectives, authentication } = report;
  const { successful, failed } = authentication;
  return [
    '-'.repeat(WIDTH),
    `Denied: ${stats.denied} (${percent(stats.denial_rate)} of calls)`,
    `Would be denied: ${would_be_denials.count}`,
    ...otherEvents(report),
    `Latency: p50 ${time(stats.p50_latency_ms)}, p95 ${time(stats.p95_latency_ms)}, p99 ${time(stats.p99_latency_ms)}, max ${time(stats.max_latency_ms)}`,
    ...(successful + failed === 0
      ? []
      : [`Authentication: ${count(successful)} successful, ${count(failed)} failed`]),
    '',
    'Objectives:',
    ...objectives.map(
      (one) =>
        `  ${verdict(one.is_met)} ${OBJECTIVE_NAMES[one.name]}: ${objectiveValue(one)} (${one.objective})`,
    ),
    ...tablesOf(report).flatMap((table) => ['', ...tableLines(table)]),
    '',
    'Coverage:',
    ...coverageLines(report).map((line) => `  ${line}`),
    ...(report.integrity?.examples ?? []).map((line) => `  ${visibleLine(line)}`),
  ];
}

function otherEvents({ security_events: { input_rejected, circuit_open } }: Report): string[] {
  return [
    ...(input_rejected.count === 0 ? [] : [`Input Rejected: ${input_rejected.count}`]),
    ...(circuit_open.count === 0 ? [] : [`Circuit Open: ${circuit_open.count}`]),
  ];
}

const verdict = (isMet: boolean | null): string => (isMet === null ? '[ -- ]' : isMet ? '[ ok ]' : '[MISS]');

function tableLines({ title, columns, rows, note }: Table): string[] {
  const head = columns.map((column) => column.title);
  const cells = rows.map((row) => row.map((cell, index) => shown(cell, columns[index]!)));
  const widths = head.map((_, index) => Math.max(...[head, ...cells].map((row) => lengthOf(row[index]!))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        columns[index]!.kind === 'number'
          ? padded(cell, widths[index]!, true)
          : padded(cell, widths[index]!, false),
      )
      .join('  ')
      .trimEnd();
  return [
    `${title}:`,
    ...[head, ...cells].map((row) => `  ${line(row)}`),
    ...(note === '' ? [] : [`  ${note}`]),
  ];
}

function shown(cell: string, { kind }: Table['columns'][number]): string {
  if (kind === 'name') return short(cell);
  return kind === 'sentence' ? visibleLine(cell) : cell;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Code points, so that a line stays a line; wide characters may shift what follows. */
function padded(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return isRight ? space + text : text + space;
}

function short(name: string): string {
  const characters = Array.from(visible(name));
  return characters.length <= LONGEST_NAME
    ? characters.join('')
    : `${characters.slice(0, LONGEST_NAME - 1).join('')}…`;
}
