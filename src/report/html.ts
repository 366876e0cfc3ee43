/** The report as one HTML file: nothing is fetched, nothing runs, everything of the log is text. */
import { createHash } from 'node:crypto';

import { NAME, VERSION } from '../version';
import { chartsHtml } from './html-charts';
import { STYLE } from './html-style';
import { escaped, nameHtml } from './html-text';
import type { Alert, Objective, Report, SecurityEvent } from './model';
import { seriesTable, tablesOf, type Table } from './rows';
import {
  alertSummary,
  count,
  counted,
  coverageLines,
  moment,
  objectiveValue,
  percent,
  time,
  visibleLine,
} from './show';

/** Tables with more columns take the whole width. */
const MOST_COLUMNS_HALF = 5;

/** Without the last line end. */
export function renderHtml(report: Report): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>MCP Security Report, ${moment(report.timestamp)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<h1>MCP Security Report</h1>
<p class="period">${escaped(periodOf(report))}</p>
</header>
<main id="main">
${statusHtml(report.alerts)}
<section aria-labelledby="summary">
<h2 id="summary">Summary</h2>
${figuresHtml(report)}
</section>
<section aria-labelledby="over-time">
<h2 id="over-time">Over time</h2>
<div class="charts">
${chartsHtml(report)}
</div>
${seriesHtml(report)}
</section>
<section aria-labelledby="details">
<h2 id="details">Details</h2>
<div class="tables">
${tablesOf(report).map(tableHtml).join('\n')}
</div>
</section>
<section aria-labelledby="coverage">
<h2 id="coverage">Coverage</h2>
${coverageHtml(report)}
</section>
</main>
<footer><p>Made ${escaped(moment(report.timestamp))} by ${NAME} ${VERSION}. All times are UTC.</p></footer>
</body>
</html>`;
}

function periodOf({ coverage: { first, last } }: Report): string {
  return first === null ? 'No record in the period' : `${moment(first)} to ${moment(last)}`;
}

const ICONS = {
  good: '<path d="M5 13l4 4L19 7" fill="none" stroke="currentColor" stroke-width="3"/>',
  warn: '<path d="M12 3L2 21h20L12 3zm-1 7h2v5h-2v-5zm0 7h2v2h-2v-2z" fill="currentColor" fill-rule="evenodd"/>',
  bad: '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8l6-6zm3 4v8h2V6h-2zm0 10v2h2v-2h-2z" fill="currentColor" fill-rule="evenodd"/>',
} as const;

function statusHtml(alerts: readonly Alert[]): string {
  const isBad = alerts.some(({ severity }) => severity === 'critical' || severity === 'high');
  const kind = alerts.length === 0 ? 'good' : isBad ? 'bad' : 'warn';
  const rows = alerts.map(
    ({ severity, message }) =>
      `<li><span class="severity ${severity}">${severity}</span> ${escaped(message)}</li>`,
  );
  const list = rows.length === 0 ? '' : `\n<ul>\n${rows.join('\n')}\n</ul>`;
  return `<section class="card status ${kind}" aria-label="Alerts">
<svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[kind]}</svg>
<div><strong>${escaped(alertSummary(alerts))}</strong>${list}</div>
</section>`;
}

function figuresHtml({
  tool_call_stats: stats,
  security_events: events,
  would_be_denials,
  objectives,
}: Report): string {
  const [success, latency, denied] = objectives;
  const percentiles = `p50 ${time(stats.p50_latency_ms)} · p95 ${time(stats.p95_latency_ms)} · p99 ${time(stats.p99_latency_ms)}`;
  const average = stats.p50_latency_ms === null ? '–' : time(stats.avg_latency_ms);
  return `<dl class="figures">
${figureHtml('Tool calls', count(stats.total_calls), `${count(stats.successful)} successful`)}
${figureHtml('Success rate', percent(stats.success_rate), `${counted(stats.failed, 'call')} failed`, success)}
${figureHtml('Average latency', average, percentiles, latency)}
${figureHtml('Denied', percent(stats.denial_rate), `${count(stats.denied)} blocked, ${count(would_be_denials.tool_calls)} would be`, denied)}
${figureHtml('Access denied', count(events.access_denied.count), splitOf(events.access_denied))}
${figureHtml('Rate limits', count(events.rate_limits.count), splitOf(events.rate_limits))}
${figureHtml('Budget exceeded', count(events.budget_exceeded.count), splitOf(events.budget_exceeded))}
</dl>`;
}

const splitOf = ({ blocked, observed }: SecurityEvent): string =>
  `${count(blocked)} blocked, ${count(observed)} observed`;

function figureHtml(title: string, value: string, more: string, objective?: Objective): string {
  const goal = objective === undefined ? '' : goalHtml(objective);
  return `<div class="card figure"><dt>${escaped(title)}</dt><dd class="value">${whole(value)}</dd><dd class="more">${whole(more)}</dd>${goal}</div>`;
}

/** No line ends between a number and its unit. */
function whole(text: string): string {
  return escaped(text).replaceAll(/(\d) (?=%|ms|s\b|min|\w+$|\d)/g, '$1&nbsp;');
}

function goalHtml(objective: Objective): string {
  const { is_met, name, threshold } = objective;
  const limit = objectiveValue({ ...objective, value: threshold }).replace('.0 %', ' %');
  const wanted = `${name === 'success_rate' ? 'above' : 'below'} ${limit}`;
  if (is_met === null) return `<dd class="goal open">objective: ${whole(wanted)}</dd>`;
  return `<dd class="goal ${is_met ? 'met' : 'missed'}">${is_met ? '✓ met' : '✗ missed'}: ${whole(wanted)}</dd>`;
}

function seriesHtml(report: Report): string {
  const table = seriesTable(report);
  if (table.rows.length === 0) return '';
  return `<details class="card figures-over-time">
<summary>${escaped(table.title)}</summary>
${scrollHtml(table, false)}
</details>`;
}

function tableHtml(table: Table): string {
  const size = table.columns.length > MOST_COLUMNS_HALF ? 'wide' : 'half';
  const note = table.note === '' ? '' : `\n<p class="note">${escaped(table.note)}</p>`;
  return `<div class="card table ${size}">\n${scrollHtml(table, true)}${note}\n</div>`;
}

/** Wide tables scroll in themselves; the region can be reached by keyboard for that. */
function scrollHtml({ title, columns, rows, bars }: Table, hasCaption: boolean): string {
  const head = columns.map(
    ({ title: column, kind }) => `<th scope="col"${classOf(kind)}>${escaped(column)}</th>`,
  );
  const body = rows.map((row, index) => {
    const cells = row.map((cell, place) => {
      const { kind } = columns[place]!;
      const content = cellHtml(cell, kind);
      if (place > 0) return `<td${classOf(kind)}>${content}</td>`;
      return `<th scope="row"${classOf(kind)}>${content}${barHtml(bars?.[index])}</th>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const caption = `<caption${hasCaption ? '' : ' hidden'}>${escaped(title)}</caption>`;
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(title)}">
<table>${caption}
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></div>`;
}

function cellHtml(cell: string, kind: Table['columns'][number]['kind']): string {
  if (kind === 'name') return nameHtml(cell);
  return kind === 'sentence' ? nameHtml(cell, visibleLine) : escaped(cell);
}

function classOf(kind: Table['columns'][number]['kind']): string {
  return kind === 'text' ? '' : ` class="${kind}"`;
}

function barHtml(part: number | undefined): string {
  if (part === undefined) return '';
  return `<svg class="share" aria-hidden="true"><rect class="all" width="100%" height="4" rx="2"/><rect class="part" width="${(100 * part).toFixed(1)}%" height="4" rx="2"/></svg>`;
}

function coverageHtml(report: Report): string {
  const { coverage, integrity } = report;
  const lines = coverageLines(report).map((line) => `<li>${escaped(line)}</li>`);
  const examples = (integrity?.examples ?? []).map((line) => `<li>${nameHtml(line)}</li>`);
  const more = coverage.file_count - coverage.files.length;
  const files = coverage.files.map((file) => `<li>${nameHtml(file)}</li>`);
  if (more > 0) files.push(`<li>and ${count(more)} more</li>`);
  return `<div class="card coverage">
<ul>
${[...lines, ...examples].join('\n')}
</ul>
<details><summary>${escaped(counted(coverage.file_count, 'file'))}</summary><ul>
${files.join('\n')}
</ul></details>
</div>`;
}
