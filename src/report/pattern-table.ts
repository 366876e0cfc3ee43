/** Usage by user and tool as a table. */
import type { Report } from './model';
import type { PatternTable } from './patterns';
import type { Table } from './rows';
import { count, counted, moment } from './show';

/** Of the busiest hour, in eighths. */
const BARS = '▁▂▃▄▅▆▇█';
const NO_CALL = '·';
/** Up to this they are counted, not estimated. */
const EXACT = 16;

export function patternTable({ usage_patterns: table }: Report): Table {
  const hasTenants = table.rows.some(({ tenant_id }) => tenant_id !== null);
  return {
    title: 'Usage by user and tool',
    columns: [
      { title: 'User', kind: 'name' },
      ...(hasTenants ? [{ title: 'Tenant', kind: 'name' } as const] : []),
      { title: 'Tool', kind: 'name' },
      { title: 'Server', kind: 'name' },
      { title: 'Calls', kind: 'number' },
      { title: 'Parameters', kind: 'number' },
      { title: 'Last used', kind: 'text' },
      { title: 'Most in', kind: 'text' },
      { title: 'Hours of the day', kind: 'text' },
    ],
    rows: table.rows.map((row) => [
      row.user_id,
      ...(hasTenants ? [row.tenant_id ?? '–'] : []),
      row.tool_name,
      row.server_id,
      count(row.calls),
      about(row.distinct_parameters),
      moment(row.last_used),
      busiestHour(row.hours),
      profile(row.hours),
    ]),
    note: noteOf(table),
    bars: table.rows.map(({ calls }) => calls / Math.max(1, table.rows[0]!.calls)),
  };
}

/** What is an estimate has two digits. */
function about(distinct: number): string {
  return distinct <= EXACT ? count(distinct) : `≈ ${count(Number(distinct.toPrecision(2)))}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `09–10 h` */
function busiestHour(hours: readonly number[]): string {
  const hour = hours.indexOf(Math.max(...hours));
  return `${two(hour)}–${two(hour + 1)} h`;
}

/** A character for each hour. */
function profile(hours: readonly number[]): string {
  const most = Math.max(...hours);
  return hours
    .map((calls) => (calls === 0 ? NO_CALL : BARS[Math.ceil((calls / most) * BARS.length) - 1]!))
    .join('');
}

function noteOf({ rows, further, forgotten, may_lack }: PatternTable): string {
  if (rows.length === 0) return '';
  return [
    'Parameters: how many different ones; ≈ within about 13 %. Hours are UTC, from 0 to 23.',
    ...(further === 0 ? [] : [`${count(further)} more.`]),
    ...(forgotten === 0
      ? []
      : [
          `For lack of memory ${counted(forgotten, 'row')} with few calls were forgotten; a row may lack ${counted(may_lack, 'call')} at most.`,
        ]),
  ].join(' ');
}
