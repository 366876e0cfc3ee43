/** The tables about findings of the monitor and about authentication. */
import type { Report } from './model';
import type { Column, Table } from './rows';
import { count, moment } from './show';

const column =
  (kind: Column['kind']) =>
  (title: string): Column => ({ title, kind });
const [name, text, number, sentence] = [column('name'), column('text'), column('number'), column('sentence')];

export function findingTables(report: Report): Table[] {
  return [findings(report), worstFindings(report), authentications(report)];
}

function findings({ findings: rows }: Report): Table {
  return {
    title: 'Findings of the runtime monitor',
    columns: [name('Rule'), text('Severity'), number('Times'), text('First'), text('Last')],
    rows: rows.map((row) => [
      row.name,
      row.severity ?? '–',
      count(row.count),
      moment(row.first),
      moment(row.last),
    ]),
    note: '',
  };
}

function worstFindings({ findings: all, worst_findings: rows }: Report): Table {
  const more = all.reduce((sum, row) => sum + row.count, 0) - rows.length;
  return {
    title: 'The worst findings',
    columns: [
      text('Time'),
      text('Severity'),
      name('Rule'),
      name('User'),
      name('Server'),
      sentence('What, and what to do'),
    ],
    rows: rows.map((row) => [
      moment(row.time),
      row.severity ?? '–',
      row.rule,
      row.user_id,
      row.server_id,
      [row.description, row.recommended_action].filter((part) => part !== null && part !== '').join(' – '),
    ]),
    note: more > 0 ? `${count(more)} more; otel-mcp monitor shows what led to each.` : '',
  };
}

function authentications({ authentication: { by_server } }: Report): Table {
  return {
    title: 'Authentications',
    columns: [name('Server'), name('How'), number('Successful'), number('Failed')],
    rows: by_server.map((row) => [row.server_id, row.method, count(row.successful), count(row.failed)]),
    note: '',
  };
}
