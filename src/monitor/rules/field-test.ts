/** `FIELD|MODIFIER: VALUE` of a Sigma detection. */
import { RE2JS, RE2JSSyntaxException } from 're2js';

import { codes } from '../../policy/issues';
import type { Path } from '../../policy/problem';
import { CATEGORIES, FIELDS, LEVELS, TYPES, type FieldName } from '../event';
import type { FieldValue } from './expression';
import type { Reader } from './reader';
import { textPattern, type TextTest } from './text-pattern';

export type ValueTest = (value: FieldValue) => boolean;

type Scalar = string | number | boolean | null;

/** What decides how a value is compared; one at most. */
const KINDS = ['contains', 'startswith', 'endswith', 're', 'exists', 'lt', 'lte', 'gt', 'gte'] as const;
const REGEX_FLAGS = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL } as const;
const MODIFIERS = [...KINDS, 'all', 'cased', 'neq', 'i', 'm', 's'] as const;

type Kind = (typeof KINDS)[number];
type Modifier = (typeof MODIFIERS)[number];

/** Modifiers that Sigma has and we do not. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  cidr: 'compare the start of the address, with `startswith`',
  base64: 'write what the field holds itself',
  base64offset: 'write what the field holds itself',
  utf16: 'write what the field holds itself',
  utf16le: 'write what the field holds itself',
  utf16be: 'write what the field holds itself',
  wide: 'write what the field holds itself',
  windash: 'list the values',
  expand: 'write the values that the placeholder stands for',
  fieldref: 'write a value',
  minute: 'remove it',
  hour: 'remove it',
  day: 'remove it',
  week: 'remove it',
  month: 'remove it',
  year: 'remove it',
};

/** Fields with few values: another one would never match. */
const WORDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  category: CATEGORIES,
  type: Object.values(TYPES).flat(),
  level: LEVELS,
  result: ['success', 'failure', 'denied'],
};

/** A field of events by its name; reports one that is none. */
export function fieldName(reader: Reader, path: Path, name: string, isKey = false): FieldName | undefined {
  if (Object.hasOwn(FIELDS, name)) return name as FieldName;
  return reader.unknownWord(path, name, Object.keys(FIELDS), 'field', isKey);
}

interface Comparison {
  readonly reader: Reader;
  readonly path: Path;
  /** `undefined` of a keyword, which is looked for in all of them. */
  readonly field: FieldName | undefined;
  readonly kind: Kind | undefined;
  readonly modifiers: readonly Modifier[];
}

/**
 * @param path - of the value
 * @returns `undefined`, and reports it, where the modifiers or the value cannot be used
 */
export function fieldTest(
  reader: Reader,
  path: Path,
  field: FieldName | undefined,
  written: readonly string[],
): ValueTest | undefined {
  const modifiers = checkedModifiers(reader, path, written);
  if (modifiers === undefined) return undefined;
  // A keyword stands anywhere in what it is looked for in.
  const kind = KINDS.find((one) => modifiers.includes(one)) ?? (field === undefined ? 'contains' : undefined);
  const value = reader.at(path);
  const isList = Array.isArray(value);
  const paths = isList ? value.map((_, index) => [...path, index]) : [path];
  if (paths.length === 0) return reader.wrong(path, 'a value, or a list of values');
  const tests = paths.map((one) => valueTest({ reader, path: one, field, kind, modifiers }));
  if (!tests.every((test) => test !== undefined)) return undefined;
  const all = modifiers.includes('all');
  const matches: ValueTest = all
    ? (actual) => tests.every((test) => test(actual))
    : (actual) => tests.some((test) => test(actual));
  return modifiers.includes('neq') ? (actual) => !matches(actual) : matches;
}

function checkedModifiers(
  reader: Reader,
  path: Path,
  written: readonly string[],
): readonly Modifier[] | undefined {
  for (const modifier of written) {
    const remedy = Object.hasOwn(UNSUPPORTED, modifier) ? UNSUPPORTED[modifier] : undefined;
    if (remedy !== undefined) {
      return reader.reportKey(path, { found: `the modifier \`${modifier}\` is not supported`, remedy });
    }
    if (!(MODIFIERS as readonly string[]).includes(modifier)) {
      return reader.unknownWord(path, modifier, MODIFIERS, 'modifier', true);
    }
  }
  const modifiers = written as readonly Modifier[];
  const kinds = modifiers.filter((one) => (KINDS as readonly string[]).includes(one));
  const clash = kinds.length > 1 ? kinds : clashOf(modifiers);
  if (clash === undefined) return modifiers;
  return reader.reportKey(path, {
    found: `the modifiers ${codes(clash)} together`,
    remedy: `keep \`${clash[0]!}\` alone, or write two keys`,
  });
}

/** Modifiers that say nothing without, or beside, another one. */
function clashOf(modifiers: readonly Modifier[]): readonly Modifier[] | undefined {
  const flags = modifiers.filter((one) => one in REGEX_FLAGS);
  if (flags.length > 0 && !modifiers.includes('re')) return flags;
  const plain = modifiers.find((one) => ['re', 'exists', 'lt', 'lte', 'gt', 'gte'].includes(one));
  return plain !== undefined && modifiers.includes('cased') ? [plain, 'cased'] : undefined;
}

function valueTest(comparison: Comparison): ValueTest | undefined {
  const { reader, path, field, kind } = comparison;
  const value = reader.at(path) as Scalar;
  switch (kind) {
    case 'exists':
      if (typeof value !== 'boolean') return reader.wrong(path, '`true` or `false`');
      return (actual) => isThere(actual) === value;
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (typeof value !== 'number') return reader.wrong(path, 'a number');
      return numberTest(kind, value);
    case 're':
      return typeof value === 'string' ? regexTest(comparison, value) : reader.wrong(path, 'text');
    default:
  }
  if (value === null && kind === undefined) return (actual) => !isThere(actual);
  if (value === null || typeof value === 'object')
    return reader.wrong(path, 'text, a number, `true` or `false`');
  if (kind === undefined && field !== undefined && !isPossible(reader, path, field, String(value)))
    return undefined;
  return plainTest(comparison, String(value));
}

function isPossible(reader: Reader, path: Path, field: FieldName, value: string): boolean {
  const words = WORDS[field];
  if (words === undefined || /[*?\\]/.test(value) || words.includes(value.toLowerCase())) return true;
  reader.unknownWord(path, value, words, field);
  return false;
}

function isThere(actual: FieldValue): boolean {
  return actual !== undefined && !(Array.isArray(actual) && actual.length === 0);
}

function numberTest(kind: 'lt' | 'lte' | 'gt' | 'gte', limit: number): ValueTest {
  const compare = {
    lt: (actual: number) => actual < limit,
    lte: (actual: number) => actual <= limit,
    gt: (actual: number) => actual > limit,
    gte: (actual: number) => actual >= limit,
  }[kind];
  return (actual) => typeof actual === 'number' && compare(actual);
}

function regexTest({ reader, path, modifiers }: Comparison, written: string): ValueTest | undefined {
  let flags = 0;
  for (const [name, flag] of Object.entries(REGEX_FLAGS)) {
    if ((modifiers as readonly string[]).includes(name)) flags |= flag;
  }
  try {
    const regex = RE2JS.compile(written, flags);
    return onTexts((text) => regex.test(text));
  } catch (error) {
    const wrong = error instanceof RE2JSSyntaxException ? error.getDescription() : 'it is too large';
    return reader.report(path, {
      found: `a regular expression that does not compile (${wrong})`,
      remedy: 'write it in RE2 syntax, which has no backreferences and no lookaround',
    });
  }
}

function plainTest({ kind, modifiers }: Comparison, written: string): ValueTest {
  const before = kind === 'contains' || kind === 'endswith' ? '*' : '';
  const after = kind === 'contains' || kind === 'startswith' ? '*' : '';
  return onTexts(textPattern(`${before}${written}${after}`, modifiers.includes('cased')));
}

/** Of a list one entry has to match. */
function onTexts(test: TextTest): ValueTest {
  return (actual) => {
    if (typeof actual === 'string') return test(actual);
    if (actual === undefined) return false;
    return typeof actual === 'object' ? actual.some(test) : test(String(actual));
  };
}
