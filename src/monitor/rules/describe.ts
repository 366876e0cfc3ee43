/** Says what a rule has found, for a person. */
import type { FieldName } from '../event';
import { plainName } from '../plain-name';
import type { CompiledCorrelation } from './compile';
import type { GroupValues } from './group-values';

/** What stands before a value of a field that events were grouped by. */
const PHRASES: Readonly<Partial<Record<FieldName, string>>> = {
  user_id: 'of user',
  tenant_id: 'of tenant',
  agent_name: 'of agent',
  server_id: 'at',
  session: 'in session',
  tool_name: 'with',
  target: 'with',
  writer: 'in process',
};

const UNITS: Readonly<Record<string, string>> = { s: 's', m: 'min', h: 'h', d: 'd' };

const LONGEST_VALUE = 120;

/** Such as “5 failed authentications of user alice at https://crm.example within 300 s (limit 5)”. */
export function describeCorrelation(rule: CompiledCorrelation, count: number, group: GroupValues): string {
  const { limit, timespanText, type } = rule.correlation;
  const span = timespanText.replace(/[smhd]$/, (unit) => ` ${UNITS[unit]!}`);
  const isCount = type === 'event_count' || type === 'value_count';
  const bound = isCount ? ` (limit ${limit.number})` : '';
  return `${whatOf(rule, count)}${whoseOf(group)} within ${span}${bound}`;
}

/** Of a rule that was met by one event. */
export function describeMatch(title: string, group: GroupValues): string {
  return `${title}${whoseOf(group)}`;
}

function whatOf({ correlation, references, title }: CompiledCorrelation, count: number): string {
  const titles = references.map((reference) => reference.title);
  switch (correlation.type) {
    case 'event_count':
      return titles.length === 1 ? `${count} ${uncapitalised(titles[0]!)}` : `${title}: ${count} events`;
    case 'value_count':
      return `${title}: ${count} different values of ${correlation.counted.join(' and ')}`;
    case 'temporal':
      return `${title}: ${titles.map(uncapitalised).join(' and ')}`;
    case 'temporal_ordered':
      return `${title}: ${titles.map(uncapitalised).join(', then ')}`;
  }
}

/** A title as the middle of a sentence; abbreviations stay as they are. */
function uncapitalised(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title;
}

function whoseOf(group: GroupValues): string {
  return group
    .map(([field, value]) => ` ${PHRASES[field] ?? `with ${field}`} ${plainName(value, LONGEST_VALUE)}`)
    .join('');
}
