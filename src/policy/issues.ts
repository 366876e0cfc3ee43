/** Says in a person's words what the schema says of a policy. */
import { z } from 'zod';

import { nearest } from '../core/suggest';
import type { PolicyDocument } from './document';
import type { Path, PolicyProblem } from './problem';
import { pathText, valueAt } from './problem';
import { policySchema } from './schema';

type Issue = z.core.$ZodIssue;
type JsonSchema = z.core.JSONSchema.BaseSchema;

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: '`true` or `false`',
  int: 'a whole number',
  number: 'a number',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  string: 'text',
};

export function schemaProblems(document: PolicyDocument, issues: readonly Issue[]): PolicyProblem[] {
  return issues.flatMap((issue) => problemsOf(document, issue, toPath(issue.path)));
}

function problemsOf(document: PolicyDocument, issue: Issue, path: Path): PolicyProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(document, [...path, key], keysAt(path)));
  }
  if (issue.code === 'invalid_key') return [wrongKey(document, issue, path)];
  if (issue.code === 'invalid_union') {
    const inner = branchOf(issue);
    if (inner !== undefined) {
      return inner.flatMap((one) => problemsOf(document, one, [...path, ...toPath(one.path)]));
    }
  }
  return [wrongValue(document, issue, path)];
}

function unknownKey(document: PolicyDocument, path: Path, known: readonly string[]): PolicyProblem {
  const key = String(path.at(-1));
  const meant = nearest(key, known);
  return {
    file: document.file,
    ...document.placeOfKey(path),
    path: pathText(path),
    found: `unknown key \`${shortened(key)}\``,
    allowed: codes(known),
    remedy: meant === undefined ? 'remove it' : `did you mean \`${meant}\`?`,
  };
}

function wrongKey(
  document: PolicyDocument,
  issue: Issue & { code: 'invalid_key' },
  path: Path,
): PolicyProblem {
  const allowed = orList(issue.issues.map(allowedBy));
  const place = { file: document.file, ...document.placeOfKey(path), path: pathText(path) };
  return {
    ...place,
    found: `the key \`${shortened(String(path.at(-1)))}\``,
    allowed,
    remedy: `write ${allowed}`,
  };
}

function wrongValue(document: PolicyDocument, issue: Issue, path: Path): PolicyProblem {
  const value = valueAt(document.value, path);
  const allowed = (issue.code === 'invalid_type' && typeAt(path)) || allowedBy(issue);
  const place = { file: document.file, ...document.placeOf(path), path: pathText(path) };
  if (value === undefined) {
    return { ...place, found: 'is missing', allowed, remedy: `add \`${String(path.at(-1))}\`: ${allowed}` };
  }
  return { ...place, found: foundText(value, path), allowed, remedy: remedyFor(issue, value, path, allowed) };
}

function remedyFor(issue: Issue, value: unknown, path: Path, allowed: string): string {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const meant = nearest(value, issue.values.map(String));
    if (meant !== undefined) return `did you mean \`${meant}\`?`;
  }
  if (typeof value === 'number' && isDuration(path)) return `write it with its unit: ${allowed}`;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof value !== 'object') {
    return 'put it in quotes';
  }
  if (issue.code === 'invalid_type' && issue.expected === 'array' && typeof value !== 'object') {
    return 'write a list, in brackets';
  }
  if (typeof value === 'string' && issue.code === 'invalid_type' && /^\d+$|^true$|^false$/.test(value)) {
    return 'remove the quotes';
  }
  return `write ${allowed}`;
}

function allowedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return codes(issue.values.map(String));
    case 'too_small':
      return `${measured(issue.origin)} ${issue.inclusive === false ? 'above' : 'of at least'} ${issue.minimum}`;
    case 'too_big':
      return `${measured(issue.origin)} of at most ${issue.maximum}`;
    case 'invalid_union':
      return orList(rootIssues(issue).map(allowedBy));
    default:
      // Every pattern and every refinement of ours has a message that says what is allowed.
      return issue.message;
  }
}

function measured(origin: string): string {
  if (origin === 'array') return 'a list with a number of entries';
  return origin === 'string' ? 'text with a number of characters' : 'a number';
}

/**
 * The issues of the one alternative that the value was meant as: it has the right type there and is wrong further in.
 * `undefined`: no alternative is nearer than another.
 */
function branchOf({ errors }: Issue & { code: 'invalid_union' }): readonly Issue[] | undefined {
  return errors.find((issues) => issues.some((issue) => isNested(issue)));
}

const isNested = (issue: Issue): boolean => issue.path.length > 0 || issue.code === 'unrecognized_keys';

function rootIssues({ errors }: Issue & { code: 'invalid_union' }): readonly Issue[] {
  const all = errors.flat();
  const isOfType = ({ code }: Issue): boolean => code !== 'invalid_type' && code !== 'invalid_value';
  return all.some(isOfType) ? all.filter(({ code }) => code !== 'invalid_type') : all;
}

/** What stands there, without giving away what may be secret: texts with a URL in them, long ones, arguments. */
export function foundText(value: unknown, path: Path): string {
  if (value === null) return path.length === 0 ? 'the file is empty' : 'nothing after the colon';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value !== 'string') return `the ${typeof value} \`${JSON.stringify(value)}\``;
  if (value === '') return 'an empty text';
  if (value.includes('${')) return `\`${shortened(value)}\`, whose value is not shown`;
  const isPrivate = path.includes('args') || path.includes('redis') || path.includes('match');
  return isPrivate || /[:@]\/?\/?[^\s]*@|\?.*=/.test(value) ? 'a text' : `the text \`${shortened(value)}\``;
}

/** A text that somebody wrote, as an error repeats it. */
export function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 40)}…` : text;
}

/** Words, each as code. */
export const codes = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ');

const orList = (texts: readonly string[]): string => [...new Set(texts)].join(', or ');

function toPath(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

let json: JsonSchema | undefined;

function schemasAt(path: Path): readonly JsonSchema[] {
  json ??= z.toJSONSchema(policySchema, { io: 'input' });
  let schemas: JsonSchema[] = [json];
  for (const part of path) schemas = schemas.flatMap(alternatives).flatMap((one) => childrenOf(one, part));
  return schemas.flatMap(alternatives);
}

const alternatives = (schema: JsonSchema): JsonSchema[] => [
  schema,
  ...((schema.anyOf as JsonSchema[]) ?? []),
];

function childrenOf(
  { items, properties, additionalProperties }: JsonSchema,
  part: string | number,
): JsonSchema[] {
  const child = typeof part === 'number' ? items : (properties?.[part] ?? additionalProperties);
  return typeof child === 'object' && !Array.isArray(child) ? [child] : [];
}

function keysAt(path: Path): string[] {
  return schemasAt(path).flatMap(({ properties, propertyNames }) => [
    ...Object.keys(properties ?? {}),
    ...(((propertyNames as JsonSchema | undefined)?.enum as string[] | undefined) ?? []),
  ]);
}

/** A better word for the type of a value than the issue has. */
function typeAt(path: Path): string | undefined {
  if (isDuration(path)) return 'a duration such as 30s';
  return schemasAt(path).some(({ type }) => type === 'integer') ? 'a whole number' : undefined;
}

function isDuration(path: Path): boolean {
  return schemasAt(path).some((schema) => schema['x-unit'] === 'duration');
}
