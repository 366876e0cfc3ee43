/** Makes rules that can be run of the entries of `monitor.rules`. */
import { rankOf, SEVERITIES, type Severity } from '../../core/severity';
import { nearest } from '../../core/suggest';
import { PolicyDocument } from '../../policy/document';
import { BUILT_IN_RULES, type BuiltInRule } from '../../policy/monitor-fields';
import { PolicyError, type PolicyProblem } from '../../policy/problem';
import type { RuleFile } from '../../policy/rule-files';
import type { FieldName } from '../event';
import { BUILT_IN } from './built-in';
import { CORRELATION_PATH, type Correlation } from './correlation';
import { compileExpression, type Expression, type Matches } from './expression';
import { fieldsOf, fingerprintOf } from './references';
import { readRule, type CorrelationRule, type DetectionRule, type RuleDocument } from './rule-document';

interface CompiledRule {
  /** Place in {@link CompiledRules.rules}. */
  readonly index: number;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** Whether it raises findings itself. */
  readonly raises: boolean;
  /** Milliseconds. */
  readonly realert: number;
  readonly recommendedAction: string | undefined;
  /** Of what it says and of what it rests on: what is known of its groups is good for no other rule. */
  readonly fingerprint: string;
}

export interface CompiledDetection extends CompiledRule {
  readonly expression: Expression;
  readonly matches: Matches;
}

export interface CompiledCorrelation extends CompiledRule {
  readonly correlation: Correlation;
  /** What it refers to, in its order: these come before it in {@link CompiledRules.rules}. */
  readonly references: readonly (CompiledDetection | CompiledCorrelation)[];
  /** Fields of the group, for each reference. */
  readonly groupBy: readonly (readonly FieldName[])[];
}

export interface CompiledRules {
  /** What a correlation refers to before it. */
  readonly rules: readonly (CompiledDetection | CompiledCorrelation)[];
  /** Everything that can be raised. */
  readonly kinds: readonly { readonly rule: string; readonly severity: Severity }[];
}

/** More have to be looked at for every event, and are series of a metric. */
const MOST_RULES = 500;

/**
 * @param entries - of `monitor.rules`: names, and absolute paths
 * @param files - every file among the entries
 * @throws PolicyError with every problem of every file
 */
export function compileRules(entries: readonly string[], files: readonly RuleFile[]): CompiledRules {
  const problems: PolicyProblem[] = [];
  const read = entries.flatMap((entry) => readEntry(entry, files, problems));
  if (problems.length > 0) fail(problems);
  const compiled = new Compiler(read).compile();
  if (problems.length > 0) fail(problems);
  return compiled;
}

function fail(problems: readonly PolicyProblem[]): never {
  throw new PolicyError(problems[0]!.file, problems);
}

function readEntry(entry: string, files: readonly RuleFile[], problems: PolicyProblem[]): RuleDocument[] {
  const isBuiltIn = (BUILT_IN_RULES as readonly string[]).includes(entry);
  const text = isBuiltIn ? BUILT_IN[entry as BuiltInRule] : files.find(({ file }) => file === entry)?.text;
  if (text === undefined) throw new TypeError(`no text of the rule file ${entry}`);
  try {
    const documents = PolicyDocument.parseAll(isBuiltIn ? `the rule ${entry}` : entry, text);
    if (documents.length === 0) {
      problems.push({ file: entry, path: '', found: 'no rule', remedy: 'write a rule, or remove the file' });
    }
    const rules = documents.map((document) => readRule(document, problems));
    return rules.filter((rule) => rule !== undefined);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

type Resolved = ReadonlyMap<string, RuleDocument>;

class Compiler {
  private readonly compiled = new Map<RuleDocument, CompiledDetection | CompiledCorrelation | undefined>();
  private readonly inOrder: (CompiledDetection | CompiledCorrelation)[] = [];
  private readonly byName: Resolved;
  private readonly referred: ReadonlySet<RuleDocument>;
  private readonly generated: ReadonlySet<RuleDocument>;

  constructor(private readonly documents: readonly RuleDocument[]) {
    this.byName = this.named();
    const correlations = documents.filter((document) => 'correlation' in document);
    const targets = (all: readonly CorrelationRule[]): ReadonlySet<RuleDocument> =>
      new Set(
        all
          .flatMap(({ correlation }) => correlation.rules.map((name) => this.byName.get(name)!))
          .filter(Boolean),
      );
    this.referred = targets(correlations);
    this.generated = targets(correlations.filter(({ generate }) => generate));
  }

  compile(): CompiledRules {
    for (const document of this.documents) this.one(document, []);
    const raising = this.inOrder.filter(({ raises }) => raises);
    return { rules: this.inOrder, kinds: raising.map(({ rule, severity }) => ({ rule, severity })) };
  }

  private named(): Resolved {
    const known = new Map<string, RuleDocument>();
    const labels = new Set<string>();
    if (this.documents.length > MOST_RULES) {
      this.documents[MOST_RULES]!.reader.report([], {
        found: `more than ${MOST_RULES} rules`,
        remedy: 'remove some',
      });
    }
    for (const document of this.documents) {
      const names = new Set([document.rule, ...document.names]);
      const taken = [...names].find((name) => known.has(name) || labels.has(name));
      if (taken !== undefined) this.reportTaken(document, taken, known.get(taken));
      for (const name of document.names) known.set(name, document);
      labels.add(document.rule);
    }
    return known;
  }

  private reportTaken(document: RuleDocument, name: string, first: RuleDocument | undefined): void {
    const { reader } = document;
    const key = ['name', 'id', 'title'].find((one) => reader.at([one]) === name) ?? 'title';
    const place = first?.reader.document;
    const where = place && ` (${place.file}:${place.placeOf(['title']).line})`;
    reader.report([key], {
      found: `another rule is called \`${name}\` too${where ?? ''}`,
      remedy: 'give it a `name` of its own',
    });
  }

  /** @param around - correlations that are being compiled, each referring to the next */
  private one(
    document: RuleDocument,
    around: readonly RuleDocument[],
  ): CompiledDetection | CompiledCorrelation | undefined {
    if (this.compiled.has(document)) return this.compiled.get(document);
    const compiled =
      'correlation' in document
        ? this.correlation(document, [...around, document])
        : this.detection(document);
    this.compiled.set(document, compiled);
    if (compiled !== undefined) this.inOrder.push(compiled);
    return compiled;
  }

  private common(document: RuleDocument, references: readonly CompiledRule[] = []): CompiledRule {
    return {
      index: this.inOrder.length,
      rule: document.rule,
      title: document.title,
      severity: document.severity ?? 'medium',
      raises: !this.referred.has(document) || this.generated.has(document),
      realert: document.realert ?? 0,
      recommendedAction: document.recommendedAction,
      fingerprint: fingerprintOf(document, references),
    };
  }

  private detection(document: DetectionRule): CompiledDetection {
    const { detection } = document;
    return { ...this.common(document), expression: detection, matches: compileExpression(detection) };
  }

  private correlation(
    document: CorrelationRule,
    around: readonly RuleDocument[],
  ): CompiledCorrelation | undefined {
    const { correlation, reader } = document;
    const references: (CompiledDetection | CompiledCorrelation)[] = [];
    for (const [index, name] of correlation.rules.entries()) {
      const isList = Array.isArray(reader.at([...CORRELATION_PATH, 'rules']));
      const path = [...CORRELATION_PATH, 'rules', ...(isList ? [index] : [])];
      const target = this.byName.get(name);
      if (target === undefined) {
        reader.report(path, {
          found: `no rule has the name or id \`${name}\``,
          remedy: this.remedyFor(name),
        });
      } else if (around.includes(target)) {
        reader.report(path, {
          found: `\`${name}\` is a correlation of this one`,
          remedy: 'refer to rules that do not refer back',
        });
      } else {
        const reference = this.one(target, around);
        if (reference !== undefined) references.push(reference);
      }
    }
    const groupBy = correlation.rules.map((name) => fieldsOf(document, this.byName.get(name)));
    if (references.length < correlation.rules.length || !groupBy.every((one) => one !== undefined))
      return undefined;
    const worst = Math.max(...references.map(({ severity }) => rankOf(severity)));
    return {
      ...this.common(document, references),
      severity: document.severity ?? SEVERITIES[worst]!,
      realert: document.realert ?? correlation.timespan,
      correlation,
      references,
      groupBy,
    };
  }

  private remedyFor(name: string): string {
    const meant = nearest(name, [...this.byName.keys()]);
    return meant === undefined
      ? 'give the rule that is meant this `name`, in one of the files of `monitor.rules`'
      : `did you mean \`${meant}\`?`;
  }
}
