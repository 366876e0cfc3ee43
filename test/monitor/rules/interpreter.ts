/** What rules mean, as slowly and as plainly as it can be said: to compare the engine with. */
import { fieldOf, type FieldName, type MonitoringEvent } from '../../../src/monitor/event';

export type Scalar = string | number | boolean | null;
/** `FIELD|MODIFIER` and what it is compared with. */
export type Fields = Readonly<Record<string, Scalar | readonly Scalar[]>>;
export type Selection = Fields | readonly Fields[];

export type Condition =
  | { readonly name: string }
  | { readonly of: 'all' | '1'; readonly prefix: string }
  | { readonly not: Condition }
  | { readonly and: readonly Condition[] }
  | { readonly or: readonly Condition[] };

export function conditionText(condition: Condition): string {
  if ('name' in condition) return condition.name;
  if ('of' in condition) return `${condition.of} of ${condition.prefix}*`;
  if ('not' in condition) return `not ${inBrackets(condition.not)}`;
  return 'and' in condition
    ? condition.and.map((part) => ('or' in part ? inBrackets(part) : conditionText(part))).join(' and ')
    : condition.or.map(conditionText).join(' or ');
}

function inBrackets(condition: Condition): string {
  const isOne = 'name' in condition || 'of' in condition || 'not' in condition;
  return isOne ? conditionText(condition) : `(${conditionText(condition)})`;
}

export function holds(
  condition: Condition,
  selections: Readonly<Record<string, Selection>>,
  event: MonitoringEvent,
): boolean {
  const matching = (one: Condition): boolean => holds(one, selections, event);
  if ('name' in condition) return isSelected(selections[condition.name]!, event);
  if ('not' in condition) return !matching(condition.not);
  if ('and' in condition) return condition.and.every(matching);
  if ('or' in condition) return condition.or.some(matching);
  const meant = Object.keys(selections).filter((name) => name.startsWith(condition.prefix));
  return condition.of === 'all'
    ? meant.every((name) => matching({ name }))
    : meant.some((name) => matching({ name }));
}

function isSelected(selection: Selection, event: MonitoringEvent): boolean {
  if (Array.isArray(selection)) return selection.some((fields) => isSelected(fields, event));
  return Object.entries(selection as Fields).every(([key, wanted]) => isField(key, wanted, event));
}

function isField(key: string, wanted: Scalar | readonly Scalar[], event: MonitoringEvent): boolean {
  const [field, ...modifiers] = key.split('|');
  const actual = fieldOf(event, field as FieldName);
  const values = (Array.isArray(wanted) ? wanted : [wanted]) as readonly Scalar[];
  const matched = values.map((value) => isValue(value, modifiers, actual));
  const is = modifiers.includes('all') ? !matched.includes(false) : matched.includes(true);
  return modifiers.includes('neq') ? !is : is;
}

function isValue(wanted: Scalar, modifiers: readonly string[], actual: ReturnType<typeof fieldOf>): boolean {
  const list: readonly unknown[] = Array.isArray(actual) ? actual : actual === undefined ? [] : [actual];
  if (modifiers.includes('exists')) return list.length > 0 === wanted;
  if (modifiers.includes('gte')) return typeof actual === 'number' && actual >= Number(wanted);
  if (modifiers.includes('lt')) return typeof actual === 'number' && actual < Number(wanted);
  if (wanted === null) return list.length === 0;
  const flags = modifiers.includes('cased') ? 's' : 'si';
  if (modifiers.includes('re')) return list.some((one) => new RegExp(String(wanted)).test(String(one)));
  const body = String(wanted)
    .split('')
    .map((character) => ({ '*': '.*', '?': '.' })[character] ?? character)
    .join('');
  const before = modifiers.includes('contains') || modifiers.includes('endswith') ? '.*' : '';
  const after = modifiers.includes('contains') || modifiers.includes('startswith') ? '.*' : '';
  const regex = new RegExp(`^${before}${body}${after}$`, flags);
  return list.some((one) => regex.test(String(one)));
}
