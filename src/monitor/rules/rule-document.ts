/** One document of a rule file: a rule with a detection, or a correlation of others. */
import { isPlainObject } from '../../core/plain-object';
import { SEVERITIES, type Severity } from '../../core/severity';
import type { PolicyDocument } from '../../policy/document';
import type { PolicyProblem } from '../../policy/problem';
import { CORRELATION_PATH, duration, readCorrelation, type Correlation } from './correlation';
import { readDetection } from './detection';
import type { Expression } from './expression';
import { Reader } from './reader';

interface Common {
  readonly reader: Reader;
  /** What findings call it: its name, else its id, else its title. */
  readonly rule: string;
  /** What other rules may call it. */
  readonly names: readonly string[];
  readonly title: string;
  readonly severity: Severity | undefined;
  /** Whether the rules that it refers to raise findings of their own. */
  readonly generate: boolean;
  /** Milliseconds. */
  readonly realert: number | undefined;
  readonly recommendedAction: string | undefined;
}

export interface DetectionRule extends Common {
  readonly detection: Expression;
}

export interface CorrelationRule extends Common {
  readonly correlation: Correlation;
}

export type RuleDocument = DetectionRule | CorrelationRule;

/** Keys of Sigma that say nothing of when a rule matches. */
const METADATA = [
  'related',
  'taxonomy',
  'status',
  'description',
  'license',
  'author',
  'references',
  'reference',
  'date',
  'modified',
  'logsource',
  'fields',
  'falsepositives',
  'tags',
  'scope',
];

const OWN = ['realert', 'recommended_action'];
const KEYS = ['title', 'id', 'name', 'level', 'generate', 'detection', 'correlation', ...METADATA, ...OWN];

const UNSUPPORTED: Readonly<Record<string, string>> = {
  action: 'repeat what the documents share, and write `correlation` or `detection` in each',
  filter: 'write the exclusion into the condition of the rule, with `and not`',
};

const LEVELS = ['informational', ...SEVERITIES] as const;

/** @returns `undefined`, and reports it, where something is wrong */
export function readRule(document: PolicyDocument, problems: PolicyProblem[]): RuleDocument | undefined {
  const reader = new Reader(document, problems);
  const { value } = document;
  if (!isPlainObject(value)) return reader.wrong([], 'a rule: a map of keys and values');
  const before = problems.length;
  reader.keys([], KEYS, UNSUPPORTED);
  const common = readCommon(reader);
  const isCorrelation = value['correlation'] !== undefined;
  if (isCorrelation && value['detection'] !== undefined) {
    return reader.reportKey(['detection'], {
      found: '`detection` beside `correlation`',
      remedy: 'write two documents, with `---` between them',
    });
  }
  const detection = isCorrelation ? undefined : readDetection(reader);
  const correlation = isCorrelation ? readCorrelation(reader) : undefined;
  if (common === undefined || problems.length > before) return undefined;
  return correlation === undefined ? { ...common, detection: detection! } : { ...common, correlation };
}

function readCommon(reader: Reader): Common | undefined {
  const title = reader.text(['title']);
  const id = reader.text(['id']);
  const name = reader.text(['name']);
  if (reader.at(['title']) === undefined && name === undefined && id === undefined)
    reader.wrong(['title'], 'text');
  const generate = reader.boolean(['generate']) ?? reader.boolean([...CORRELATION_PATH, 'generate']);
  const realert = reader.at(['realert']) === undefined ? undefined : duration(reader, ['realert'], '0s');
  const rule = name ?? id ?? title;
  if (rule === undefined) return undefined;
  return {
    reader,
    rule,
    names: [id, name].filter((one) => one !== undefined),
    title: title ?? rule,
    severity: readSeverity(reader),
    generate: generate ?? false,
    realert,
    recommendedAction: reader.text(['recommended_action']),
  };
}

function readSeverity(reader: Reader): Severity | undefined {
  if (reader.at(['level']) === undefined) return undefined;
  const level = reader.word(['level'], LEVELS, 'level');
  return level === 'informational' ? 'low' : level;
}
