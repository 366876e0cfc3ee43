/** The report as Markdown, for an issue, a wiki or a chat. */
import type { Report } from './model';
import { tablesOf, type Column, type Table } from './rows';
import {
  alertSummary,
  count,
  coverageLines,
  moment,
  OBJECTIVE_NAMES,
  objectiveValue,
  percent,
  time,
  visible,
  visibleLine,
} from './show';

/** Without the last line end. */
export function renderMarkdown(report: Report): string {
  const { tool_call_stats: stats, would_be_denials, alerts, objectives, integrity } = report;
  const summary: Table = {
    title: 'Summary',
    columns: [text('Figure'), number('Value')],
    rows: [
      ['Total calls', count(stats.total_calls)],
      ['Successful', `${count(stats.successful)} (${percent(stats.success_rate)})`],
      ['Failed', `${count(stats.failed)} (${percent(stats.error_rate)})`],
      ['Denied', `${count(stats.denied)} (${percent(stats.denial_rate)})`],
      ['Would be denied', count(would_be_denials.count)],
      ['Average latency', time(stats.avg_latency_ms)],
      [
        'p50 / p95 / p99',
        [stats.p50_latency_ms, stats.p95_latency_ms, stats.p99_latency_ms].map(time).join(' / '),
      ],
    ],
    note: '',
  };
  return [
    '# MCP Security Report',
    `${moment(report.timestamp)} · ${alertSummary(alerts)}`,
    ...(alerts.length === 0
      ? []
      : [
          '## Alerts',
          alerts
            .map(({ severity, message }) => `- **${severity.toUpperCase()}** ${plain(message)}`)
            .join('\n'),
        ]),
    ...section(summary),
    ...section(securityTable(report)),
    '## Objectives',
    objectives
      .map(
        (one) =>
          `- ${mark(one.is_met)} ${OBJECTIVE_NAMES[one.name]}: ${objectiveValue(one)} (${one.objective})`,
      )
      .join('\n'),
    ...tablesOf(report).flatMap(section),
    '## Coverage',
    [...coverageLines(report).map(plain), ...(integrity?.examples ?? []).map((line) => codeSpan(line))]
      .map((line) => `- ${line}`)
      .join('\n'),
  ].join('\n\n');
}

const text = (title: string): Column => ({ title, kind: 'text' });
const number = (title: string): Column => ({ title, kind: 'number' });
const mark = (isMet: boolean | null): string => (isMet === null ? '–' : isMet ? '✅' : '❌');

function securityTable({ security_events: events }: Report): Table {
  const rows = [
    ['Access denied', events.access_denied],
    ['Rate limits', events.rate_limits],
    ['Budget exceeded', events.budget_exceeded],
    ['Input rejected', events.input_rejected],
    ['Circuit open', events.circuit_open],
  ] as const;
  return {
    title: 'Security events',
    columns: [text('Event'), number('Count'), number('Blocked'), number('Observed')],
    rows: rows.map(([title, event]) => [title, ...[event.count, event.blocked, event.observed].map(count)]),
    note: '',
  };
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function section({ title, columns, rows, note }: Table): string[] {
  const table = [
    line(columns.map((column) => column.title)),
    line(columns.map(({ kind }) => (kind === 'number' ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell, index) => cellOf(cell, columns[index]!)))),
  ];
  return [`## ${title}`, table.join('\n'), ...(note === '' ? [] : [plain(note)])];
}

function cellOf(cell: string, { kind }: Column): string {
  if (kind === 'name') return codeSpan(cell);
  return kind === 'sentence' ? codeSpan(cell, visibleLine) : plain(cell);
}

/** Nothing in a code span is Markdown or HTML, and nothing becomes a link; a bar would end the cell, a backtick the span. */
function codeSpan(name: string, shownAs = visible): string {
  const shown = shownAs(name).replaceAll('`', '[U+0060]').replaceAll('|', '\\|');
  return `\`${shown}\``;
}

function plain(words: string): string {
  return words.replaceAll(/[\\`*_{}[\]<>#|~&]/g, (one) => `\\${one}`);
}
