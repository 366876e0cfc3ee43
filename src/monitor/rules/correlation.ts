/** The section `correlation` of a Sigma rule. */
import { milliseconds } from '../../core/duration';
import { isPlainObject } from '../../core/plain-object';
import type { Path } from '../../policy/problem';
import type { FieldName } from '../event';
import { EXACT_UP_TO } from '../windows/count-window';
import { MOST_VALUES } from '../windows/value-window';
import { fieldName } from './field-test';
import type { Reader } from './reader';

export const CORRELATION_TYPES = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** How many there have to be. */
export interface Limit {
  readonly operator: 'gte' | 'eq';
  readonly number: number;
}

export interface Correlation {
  readonly type: CorrelationType;
  /** Ids or names. */
  readonly rules: readonly string[];
  /** Fields, or keys of `aliases`. */
  readonly groupBy: readonly string[];
  /** Fields by name or id of the rule, by alias. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, FieldName>>>>;
  /** Milliseconds. */
  readonly timespan: number;
  /** As it is written. */
  readonly timespanText: string;
  readonly limit: Limit;
  /** Fields whose values are counted. */
  readonly counted: readonly FieldName[];
  /** Fields of which an event has other values than the one before it. */
  readonly distinctBy: readonly FieldName[];
}

export const CORRELATION_PATH: Path = ['correlation'];

const KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate', 'distinct-by'];
const MOST_RULES = 32;
const MOST_EVENTS = 1_000_000;
const LONGEST = milliseconds('366d');

const METRICS = 'count with `event_count` or `value_count`; sums, averages and percentiles are no part of it';
const UNSUPPORTED_TYPES: Readonly<Record<string, string>> = {
  value_sum: METRICS,
  value_avg: METRICS,
  value_min: METRICS,
  value_max: METRICS,
  value_median: METRICS,
  value_percentile: METRICS,
};

/** Comparisons that later events can undo: they are known at the end of the window alone. */
const UNDECIDED = new Set(['lt', 'lte', 'neq']);

const within = (key: string): Path => [...CORRELATION_PATH, key];

/** @returns `undefined`, and reports it, where something is wrong */
export function readCorrelation(reader: Reader): Correlation | undefined {
  if (reader.mapping(CORRELATION_PATH) === undefined) return undefined;
  reader.keys(CORRELATION_PATH, KEYS, { field: 'move it into `condition`' });
  const type = readType(reader);
  const rules = readRules(reader);
  const aliases = readAliases(reader);
  const groupBy = readGroupBy(reader);
  const timespan = duration(reader, within('timespan'), '1s');
  if (type === undefined || rules === undefined) return undefined;
  const condition = readCondition(reader, type, rules.length);
  const distinctBy = readDistinctBy(reader, type);
  if (aliases === undefined || groupBy === undefined || timespan === undefined) return undefined;
  if (condition === undefined || distinctBy === undefined) return undefined;
  const timespanText = String(reader.at(within('timespan')));
  return { type, rules, aliases, groupBy, timespan, timespanText, distinctBy, ...condition };
}

function readType(reader: Reader): CorrelationType | undefined {
  const written = reader.at(within('type'));
  const isKnown = typeof written === 'string' && Object.hasOwn(UNSUPPORTED_TYPES, written);
  const remedy = isKnown ? UNSUPPORTED_TYPES[written] : undefined;
  if (remedy === undefined) return reader.word(within('type'), CORRELATION_TYPES, 'type');
  return reader.report(within('type'), { found: `the type \`${String(written)}\` is not supported`, remedy });
}

function readRules(reader: Reader): readonly string[] | undefined {
  const path = within('rules');
  const rules = reader.texts(path, 'names or ids of rules, as a list');
  if (rules === undefined) return undefined;
  if (rules.length > MOST_RULES) {
    return reader.report(path, { found: `${rules.length} rules`, remedy: `name ${MOST_RULES} at most` });
  }
  const twice = rules.findIndex((rule, index) => rules.indexOf(rule) !== index);
  if (twice === -1) return rules;
  return reader.report([...path, twice], {
    found: `\`${rules[twice]!}\` is there twice`,
    remedy: 'keep one of the two',
  });
}

function readGroupBy(reader: Reader): readonly string[] | undefined {
  const path = within('group-by');
  const written = reader.at(within('aliases'));
  const aliases = isPlainObject(written) ? Object.keys(written) : [];
  if (reader.at(path) === undefined) return [];
  const names = reader.texts(path, 'fields, as a list');
  return names?.every(
    (name, index) =>
      aliases.includes(name) || fieldName(reader, placeIn(reader, path, index), name) !== undefined,
  ) === true
    ? names
    : undefined;
}

/** A single text may stand for a list of it. */
function placeIn(reader: Reader, path: Path, index: number): Path {
  return Array.isArray(reader.at(path)) ? [...path, index] : path;
}

function readFields(reader: Reader, path: Path): readonly FieldName[] | undefined {
  const names = reader.texts(path, 'a field, or a list of fields');
  const fields = names?.map((name, index) => fieldName(reader, placeIn(reader, path, index), name));
  return fields?.every((field) => field !== undefined) === true ? fields : undefined;
}

function readAliases(reader: Reader): Correlation['aliases'] | undefined {
  const path = within('aliases');
  if (reader.at(path) === undefined) return {};
  const aliases = reader.mapping(path);
  if (aliases === undefined) return undefined;
  const read: Record<string, Readonly<Record<string, FieldName>>> = {};
  let isComplete = true;
  for (const [alias, written] of Object.entries(aliases)) {
    const fields = readAlias(reader, [...path, alias], written);
    if (fields === undefined) isComplete = false;
    else read[alias] = fields;
  }
  return isComplete ? read : undefined;
}

function readAlias(reader: Reader, path: Path, written: unknown): Record<string, FieldName> | undefined {
  if (!isPlainObject(written)) return reader.wrong(path, 'a map of rules and fields');
  const fields: Record<string, FieldName> = {};
  let isComplete = true;
  for (const [rule, name] of Object.entries(written)) {
    const field = fieldName(reader, [...path, rule], String(name));
    if (field === undefined) isComplete = false;
    else fields[rule] = field;
  }
  return isComplete ? fields : undefined;
}

/** The number, and the fields that are counted. */
type Condition = Pick<Correlation, 'limit' | 'counted'>;

function readCondition(reader: Reader, type: CorrelationType, rules: number): Condition | undefined {
  const path = within('condition');
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  const condition = reader.at(path);
  if (isTemporal && condition === undefined)
    return { limit: { operator: 'gte', number: rules }, counted: [] };
  if (!isPlainObject(condition)) {
    const isText = typeof condition === 'string';
    return reader.wrong(path, 'a map such as `gte: 5`', isTemporal && isText ? 'remove it' : undefined);
  }
  const limit = readLimit(reader, type, rules);
  const isCounting = type === 'value_count';
  if (!isCounting && condition['field'] !== undefined) {
    return reader.reportKey([...path, 'field'], {
      found: `\`field\` of a correlation of type \`${type}\``,
      remedy: 'remove it, or write `type: value_count`',
    });
  }
  const counted = isCounting ? readFields(reader, [...path, 'field']) : [];
  return limit && counted && { limit, counted };
}

function readLimit(reader: Reader, type: CorrelationType, rules: number): Limit | undefined {
  const path = within('condition');
  const operators = Object.keys(reader.at(path) as object).filter((key) => key !== 'field');
  const undecided = operators.find((operator) => UNDECIDED.has(operator));
  if (undecided !== undefined) {
    return reader.reportKey([...path, undecided], {
      found: `\`${undecided}\`, which cannot be decided as events arrive`,
      remedy: 'write `gte`, `gt` or `eq`',
    });
  }
  reader.keys(path, ['gte', 'gt', 'eq', 'field']);
  if (operators.length !== 1) return reader.wrong(path, 'one of `gte`, `gt`, `eq`');
  const [operator = ''] = operators;
  if (!['gte', 'gt', 'eq'].includes(operator)) return undefined;
  const number = reader.at([...path, operator]);
  const least = operator === 'gt' ? 0 : 1;
  if (!Number.isInteger(number) || (number as number) < least) {
    return reader.wrong([...path, operator], `a whole number of at least ${least}`);
  }
  const limit: Limit = {
    operator: operator === 'eq' ? 'eq' : 'gte',
    number: (number as number) + (operator === 'gt' ? 1 : 0),
  };
  return checkLimit(reader, [...path, operator], limit, type, rules);
}

function checkLimit(
  reader: Reader,
  path: Path,
  limit: Limit,
  type: CorrelationType,
  rules: number,
): Limit | undefined {
  const { operator, number } = limit;
  const most = mostOf(type, operator, rules);
  if (number > most) {
    return reader.report(path, { found: `a limit of ${number}`, remedy: `write ${most} at most` });
  }
  if (type !== 'temporal_ordered' || number === rules) return limit;
  return reader.report(path, {
    found: `a limit of ${number} where ${rules} rules are in order`,
    remedy: 'remove the condition: all of them have to match',
  });
}

function mostOf(type: CorrelationType, operator: Limit['operator'], rules: number): number {
  if (type === 'value_count') return MOST_VALUES;
  if (type !== 'event_count') return rules;
  // Beyond it the count may be too low, and `eq` would be met too late or never.
  return operator === 'eq' ? EXACT_UP_TO : MOST_EVENTS;
}

function readDistinctBy(reader: Reader, type: CorrelationType): readonly FieldName[] | undefined {
  const path = within('distinct-by');
  if (reader.at(path) === undefined) return [];
  if (type === 'temporal_ordered') return readFields(reader, path);
  return reader.reportKey(path, {
    found: `\`distinct-by\` of a correlation of type \`${type}\``,
    remedy: 'remove it, or write `type: temporal_ordered`',
  });
}

/** @returns milliseconds */
export function duration(reader: Reader, path: Path, least: '0s' | '1s'): number | undefined {
  const written = reader.at(path);
  const form = 'a whole number and one of s, m, h, d, such as 5m';
  if (typeof written !== 'string' || !/^\d+[smhd]$/.test(written)) return reader.wrong(path, form);
  const length = milliseconds(written);
  if (length >= milliseconds(least) && length <= LONGEST) return length;
  return reader.wrong(path, `a duration from ${least} to 366d`);
}
