/** The tables of a report as rows of text: Markdown, HTML and the terminal show the same ones. */
import { findingTables } from './finding-tables';
import type { Report } from './model';
import { patternTable } from './pattern-table';
import { count, moment, percent, TABLES, tableNote, time } from './show';

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Said under it; may be empty. */
  readonly note: string;
  /** Of every row, from 0 to 1: how large its first number is beside the largest. */
  readonly bars?: readonly number[];
}

export interface Column {
  readonly title: string;
  /** `name`: chosen by somebody else, and may hold anything; `sentence`: may hold such names. */
  readonly kind: 'name' | 'sentence' | 'text' | 'number';
}

const name = (title: string): Column => ({ title, kind: 'name' });
const text = (title: string): Column => ({ title, kind: 'text' });
const number = (title: string): Column => ({ title, kind: 'number' });

const FIGURES = ['Calls', 'Errors', 'Denied', 'Would be denied', 'Average', 'p50', 'p95', 'p99'].map(number);

/** Tables that have rows. */
export function tablesOf(report: Report): Table[] {
  const tables = [
    ...TABLES.map(([key, title, of]) => namedTable(report[key], title, of)),
    patternTable(report),
    denials(report),
    errors(report),
    limits(report),
    ...findingTables(report),
    otherRequests(report),
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function namedTable(table: Report['by_tool'], title: string, of: string): Table {
  const largest = Math.max(1, ...table.rows.map(({ total_calls }) => total_calls));
  const hasOther = table.rows.some(({ other_denials }) => other_denials > 0);
  return {
    title,
    columns: [name(of), ...FIGURES, ...(hasOther ? [number('Other denials')] : [])],
    rows: table.rows.map((row) => [
      row.name,
      count(row.total_calls),
      percent(row.error_rate),
      count(row.denied),
      count(row.would_be_denied),
      row.p50_latency_ms === null ? '–' : time(row.avg_latency_ms),
      time(row.p50_latency_ms),
      time(row.p95_latency_ms),
      time(row.p99_latency_ms),
      ...(hasOther ? [count(row.other_denials)] : []),
    ]),
    note: tableNote(table),
    bars: table.rows.map(({ total_calls }) => total_calls / largest),
  };
}

function denials({ denials: rows }: Report): Table {
  return {
    title: 'Denials',
    columns: [name('Guard'), name('Rule'), name('Reason'), number('Blocked'), number('Observed')],
    rows: rows.map(({ guard, rule, reason, blocked, observed }) => [
      guard,
      rule ?? '–',
      reason ?? '–',
      count(blocked),
      count(observed),
    ]),
    note: '',
  };
}

function errors({ errors: rows }: Report): Table {
  return {
    title: 'Errors',
    columns: [name('Error type'), number('Calls')],
    rows: rows.map((row) => [row.name, count(row.count)]),
    note: '',
  };
}

function limits({ suggested_limits: rows }: Report): Table {
  return {
    title: 'Suggested limits',
    columns: [
      name('Tool'),
      name('Server'),
      number('p99 a minute'),
      number('Most a minute'),
      name('By'),
      number('Suggested points in 60s'),
      number('Minutes above'),
      name('Limit now'),
    ],
    rows: rows.map((row) => [
      row.tool_name,
      row.server_id,
      count(row.p99_per_minute),
      count(row.max_per_minute),
      row.max_user,
      count(row.suggested_points),
      `${count(row.user_minutes_above)} of ${count(row.user_minutes)}`,
      row.current === null ? '–' : `${row.current.id}: ${count(row.current.points_per_minute)} a minute`,
    ]),
    note: 'Calls of one user to one tool in a minute; suggested is twice the 99th percentile, for a limit with per: [user, tool] and window: 60s.',
  };
}

function otherRequests({ other_requests: { by_method } }: Report): Table {
  return {
    title: 'Other requests',
    columns: [name('Method'), number('Requests')],
    rows: by_method.map((row) => [row.name, count(row.count)]),
    note: '',
  };
}

/** The charts in figures, for who cannot see them. */
export function seriesTable({ series }: Report): Table {
  return {
    title: 'Figures over time',
    columns: [
      text('From'),
      ...['Successful', 'Failed', 'Denied', 'p50', 'p95', 'p99', 'Denials and would-be'].map(number),
    ],
    rows: series.points.map((point) => [
      moment(point.time),
      count(point.successful),
      count(point.failed),
      count(point.denied),
      time(point.p50_latency_ms),
      time(point.p95_latency_ms),
      time(point.p99_latency_ms),
      count(point.denials.reduce((sum, row) => sum + row.count, 0)),
    ]),
    note: '',
  };
}
