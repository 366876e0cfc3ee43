/** `docs/policy.md`. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { code, codes, GENERATED, page, table } from './markdown';
import type { JsonSchema } from './policy-schema';
import { annotatedSchema, formOf } from './policy-schema';

const EXAMPLES = resolve(__dirname, '../../../examples/policies');

interface Row {
  readonly path: string;
  readonly allowed: string;
  readonly standard: string;
  readonly meaning: string;
}

export function policyPage(): string {
  const schema = annotatedSchema();
  const sections = Object.entries(schema.properties ?? {}) as [string, JsonSchema][];
  const plain = sections.filter((section) => !isLarge(section));
  return page([
    GENERATED('src/policy/schema.ts'),
    '# Policy',
    ...INTRODUCTION,
    '## Top level',
    rowTable(plain.map(([key, one]) => row(key, one, schema))),
    ...sections
      .filter(isLarge)
      .flatMap(([key, one]) => [`## ${code(key)}`, String(one.description), rowTable(rowsBelow(key, one))]),
    '## Examples',
    ...EXAMPLE_TEXTS.flatMap(([name, text]) => [text, fenced(name)]),
  ]);
}

const isLarge = ([, schema]: [string, JsonSchema]): boolean => rowsBelow('', schema).length > 0;

function rowTable(rows: readonly Row[]): string {
  return table(
    ['path', 'allowed', 'default', 'meaning'],
    rows.map(({ path, allowed, standard, meaning }) => [code(path), allowed, standard, meaning]),
  );
}

const INTRODUCTION = [
  'A policy is one YAML or JSON file that `MCP_GUARD_POLICY` names. No other place is searched; without it nothing is guarded and ' +
    'nothing audited. An unknown key, a duplicate key and a value outside what is allowed are errors, with file, line and column; ' +
    'a policy with an error is not used. What guards can and cannot do is in [security.md](security.md).',
  [
    '- **Mode.** A policy observes unless it says `enforce`. `mode` of a rule, limit or section goes before that of the policy, and ' +
      '`MCP_GUARD_MODE` caps them all.',
    '- **Globs.** `*` is any text, `?` is one character, everything else is itself. Alternatives are entries of a list. Globs of ' +
      '`paths.deny` are those of a shell: `*` ends at a slash, `**` does not, braces are alternatives, and large and small letters are the same.',
    '- **Names** have letters, digits, `_`, `.` and `-`, at most 64. **Durations** are a number and `ms`, `s`, `m`, `h` or `d`.',
    '- **Secrets.** `${env:NAME}` and `${file:PATH}` in a text stand for a variable of the environment and for the content of a file ' +
      '(without its last line break); `$${` is a plain `${`. One that is not there is an error. What they stand for is in no error, no ' +
      'digest and no output.',
    '- **Files.** The policy’s own files (`tools_pin.file`, `audit.dir`, `audit.file`, `audit.key_file`, both `state_file`, those of ' +
      '`monitor.rules`, and the paths of `${file:PATH}`) are relative to the policy’s folder. A policy, rule, lock or key file that group or others can write is a warning.',
    '- **Reload.** A changed file, of rules too, is loaded again, whole or not at all: one that is invalid, or gone, leaves what is in force, and is ' +
      'reported. Write a new file and rename it, so that no half-written one is read.',
    '- **Environment.** Some [variables](environment.md) refine a policy that is loaded: where it is silent they fill in, where both ' +
      'speak the stricter holds.',
  ].join('\n'),
  'Editors complete and check a policy by its schema: begin a YAML file with ' +
    '`# yaml-language-server: $schema=./node_modules/opentelemetry-instrumentation-mcp/policy.schema.json`, or give JSON a `$schema` key.',
];

const EXAMPLE_TEXTS: readonly (readonly [file: string, text: string])[] = [
  ['observe.yaml', 'To begin with: nothing is denied, everything is recorded.'],
  ['least-privilege.yaml', 'An allowlist of servers and tools, in force, and a monitor.'],
  ['fleet.yaml', 'Limits that many processes share.'],
  ['guarded-agent.yaml', 'Servers, tools and limits of one small agent: `npm run demo:guards` runs it.'],
];

function fenced(name: string): string {
  const text = readFileSync(join(EXAMPLES, name), 'utf8').replaceAll('\r\n', '\n').trimEnd();
  return `\`\`\`yaml\n${text}\n\`\`\``;
}

/** Every field below `schema`, in the order of the file. */
function rowsBelow(path: string, schema: JsonSchema): Row[] {
  return objectsIn(schema).flatMap(({ suffix, schema: object }) =>
    (Object.entries(object.properties ?? {}) as [string, JsonSchema][]).flatMap(([key, one]) => {
      const inner = `${path}${suffix}.${key}`;
      return [row(inner, one, object), ...rowsBelow(inner, one)];
    }),
  );
}

/** Objects that a value of the schema is, or is a list or map of. */
function objectsIn(schema: JsonSchema): { suffix: string; schema: JsonSchema }[] {
  const into = (suffix: string, inner: unknown): { suffix: string; schema: JsonSchema }[] =>
    typeof inner === 'object'
      ? objectsIn(inner as JsonSchema).map((one) => ({ ...one, suffix: suffix + one.suffix }))
      : [];
  if (schema.properties !== undefined) return [{ suffix: '', schema }];
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one) => into('', one));
  if (schema.items !== undefined) return into('[]', schema.items);
  return into('.NAME', schema.additionalProperties);
}

function row(path: string, schema: JsonSchema, parent: JsonSchema): Row {
  const isRequired = parent.required?.includes(path.split('.').at(-1) ?? '') === true;
  return {
    path,
    allowed: allowedBy(schema),
    standard: isRequired ? '**required**' : defaultOf(schema),
    meaning: String(schema.description),
  };
}

function defaultOf(schema: JsonSchema): string {
  const { default: given, 'x-default': unset } = schema;
  if (typeof unset === 'string') return unset;
  if (given === undefined) return 'none';
  return code(typeof given === 'string' ? given : JSON.stringify(given));
}

function allowedBy(schema: JsonSchema): string {
  const { anyOf, additionalProperties, enum: values, items, propertyNames, type } = schema;
  if (schema.const !== undefined) return code(String(schema.const));
  if (values !== undefined) return codes(values.map(String));
  if (anyOf !== undefined && typeof schema['x-shown'] === 'string') return schema['x-shown'];
  if (anyOf !== undefined) return anyOf.map((one) => allowedBy(one)).join(', or ');
  if (type === 'array') return listOf(items as JsonSchema);
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'string') return formOf(schema, 'x-shown') ?? 'text';
  if (type === 'number' || type === 'integer') return numberOf(schema);
  if (schema.properties !== undefined) return 'map';
  const keys = (propertyNames as JsonSchema | undefined) ?? {};
  const named = keys.enum === undefined ? 'globs' : codes(keys.enum.map(String));
  return `map of ${named} to ${allowedBy(additionalProperties as JsonSchema)}`;
}

function listOf(schema: JsonSchema): string {
  const entry = allowedBy(schema);
  if (entry === 'text') return 'list of texts';
  if (entry === 'map') return 'list of maps';
  return entry.startsWith('a ') ? `list; each is ${entry}` : `list of ${entry}`;
}

function numberOf(schema: JsonSchema): string {
  const { type, exclusiveMinimum, minimum, maximum, 'x-unit': unit } = schema;
  const least = type === 'integer' && exclusiveMinimum === 0 ? 1 : minimum;
  return [
    type === 'integer' ? 'whole number' : 'number',
    least === undefined
      ? exclusiveMinimum === undefined
        ? ''
        : `above ${exclusiveMinimum}`
      : `from ${least}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? '' : `to ${maximum}`,
    typeof unit === 'string' ? `(${unit})` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}
