/** The text of a policy, or of a file of its rules, YAML or JSON (which is YAML), with the place of every node. */
import type { Document, Node, ParsedNode } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, parseDocument, visit } from 'yaml';

import type { Path, PolicyProblem } from './problem';
import { PolicyError } from './problem';

/** Aliases are a convenience; a file that expands them into millions of nodes is an attack. */
const MAX_ALIASES = 100;
const TOO_MANY_ALIASES = 'TOO_MANY_ALIASES';

/** What the parser's errors mean for someone who writes a policy. The parser's own messages may quote the file. */
const SYNTAX: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  BAD_ALIAS: [
    'an alias without its anchor',
    'define `&name` before `*name`, or put a glob that begins with `*` in quotes',
  ],
  BAD_DQ_ESCAPE: ['an unknown escape in double quotes', 'write a backslash twice, or use single quotes'],
  BAD_INDENT: [
    'wrong indentation, or a bracket that is not closed',
    'indent the keys of one map equally and close every bracket',
  ],
  BAD_SCALAR_START: ['a value that begins with a reserved character', 'put it in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'a map inside a line that is a key already',
    'put the value in quotes if it has a colon, or begin a new line',
  ],
  DUPLICATE_KEY: ['a key that is there twice', 'keep one of the two'],
  MISSING_CHAR: [
    'a missing character: a quote, bracket, comma or colon',
    'close what was opened, and put a space after a colon',
  ],
  MULTILINE_IMPLICIT_KEY: ['a key over several lines', 'put a colon after the key, on its line'],
  MULTIPLE_DOCS: ['a second document', 'remove the line `---` and what follows'],
  NON_STRING_KEY: ['a key that is no text', 'write a word, or put it in quotes'],
  RESOURCE_EXHAUSTION: ['nesting without end', 'write a policy that is less deep'],
  TAB_AS_INDENT: ['a tab as indentation', 'indent with spaces'],
  TAG_RESOLVE_FAILED: [
    'a tag, a word with `!` before it',
    'remove it, or put a value that begins with `!` in quotes',
  ],
  [TOO_MANY_ALIASES]: [
    `aliases that stand for too much, more than ${MAX_ALIASES} times`,
    'write the values out instead of repeating them by `*name`',
  ],
  UNEXPECTED_TOKEN: [
    'something that cannot stand here',
    'put a value with special characters in quotes, and check the indentation',
  ],
};

const OPTIONS = {
  prettyErrors: false,
  stringKeys: true,
  strict: true,
  uniqueKeys: true,
  version: '1.2',
} as const;

/** A key of {@link SYNTAX}, and where in the text. */
type Fault = readonly [code: string, at: number];

export class PolicyDocument {
  private constructor(
    readonly file: string,
    private readonly document: Document.Parsed,
    private readonly lines: LineCounter,
    /** What is written, as plain data. */
    readonly value: unknown,
  ) {}

  /** @throws PolicyError when the text is no YAML */
  static parse(file: string, text: string): PolicyDocument {
    const lines = new LineCounter();
    return PolicyDocument.of(file, [parseDocument(text, { ...OPTIONS, lineCounter: lines })], lines)[0]!;
  }

  /**
   * The documents of a text with `---` between them; empty ones are left out.
   *
   * @throws PolicyError when the text is no YAML
   */
  static parseAll(file: string, text: string): readonly PolicyDocument[] {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { ...OPTIONS, lineCounter: lines });
    const written = [...documents].filter(({ contents, errors }) => contents !== null || errors.length > 0);
    return PolicyDocument.of(file, written, lines).filter(({ value }) => value !== null);
  }

  private static of(
    file: string,
    documents: readonly Document.Parsed[],
    lines: LineCounter,
  ): readonly PolicyDocument[] {
    const faults = documents.flatMap(faultsOf);
    if (faults.length > 0) {
      throw new PolicyError(
        file,
        faults.map(([code, at]) => syntaxProblem(file, lines, code, at)),
      );
    }
    return documents.map((document) => new PolicyDocument(file, document, lines, plain(file, document)));
  }

  /** Place of the value at `path`, or of the innermost node around it that is written. */
  placeOf(path: Path): Pick<PolicyProblem, 'line' | 'column'> {
    let node = this.resolve(this.document.contents);
    let at: Node | null = node;
    for (const part of path) {
      const found = this.childOf(node, part);
      if (found === undefined) break;
      at = isWritten(found.value) ? found.value : found.key;
      node = this.resolve(found.value);
    }
    return this.place(at);
  }

  /** Place of the key at the end of `path`. */
  placeOfKey(path: Path): Pick<PolicyProblem, 'line' | 'column'> {
    let node = this.resolve(this.document.contents);
    for (const part of path.slice(0, -1)) node = this.resolve(this.childOf(node, part)?.value ?? null);
    const found = this.childOf(node, path.at(-1) ?? '');
    return found?.key == null ? this.placeOf(path) : this.place(found.key);
  }

  private place(node: Node | null): Pick<PolicyProblem, 'line' | 'column'> {
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  private childOf(node: Node | null, part: string | number): Child | undefined {
    if (isSeq(node)) {
      const value = typeof part === 'number' ? node.items[part] : undefined;
      return value === undefined ? undefined : { key: null, value: value as Node };
    }
    if (!isMap(node)) return undefined;
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
    return pair && { key: pair.key as Node, value: pair.value as Node | null };
  }

  private resolve(node: Node | ParsedNode | null): Node | null {
    return isAlias(node) ? (node.resolve(this.document) ?? null) : node;
  }
}

interface Child {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Whether there is text of a value: there is none after `key:` at the end of a line. */
function isWritten(node: Node | null): node is Node {
  return node !== null && !(isScalar(node) && node.value === null && node.source === '');
}

function faultsOf(document: Document.Parsed): Fault[] {
  const faults = [...document.errors, ...document.warnings].map(({ code, pos }): Fault => [code, pos[0]]);
  return faults.length > 0 ? faults : wrongAliases(document);
}

/** Aliases without an anchor, which the parser takes; one, with another code, where there are too many aliases. */
function wrongAliases(document: Document.Parsed): Fault[] {
  const wrong: Fault[] = [];
  let count = 0;
  visit(document, {
    Alias(_key, node) {
      count += 1;
      const at = node.range?.[0] ?? 0;
      if (count > MAX_ALIASES) wrong.push([TOO_MANY_ALIASES, at]);
      else if (node.resolve(document) === undefined) wrong.push(['BAD_ALIAS', at]);
      return count > MAX_ALIASES ? visit.BREAK : undefined;
    },
  });
  return wrong;
}

function plain(file: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch {
    // Few aliases, but each of them stands for others: the one thing left that it throws for.
    const [found, remedy] = SYNTAX[TOO_MANY_ALIASES]!;
    throw new PolicyError(file, [{ file, path: '', found, remedy }]);
  }
}

function syntaxProblem(file: string, lines: LineCounter, code: string, at: number): PolicyProblem {
  const [found, remedy] = SYNTAX[code] ?? ['something that is no YAML', 'compare the line with an example'];
  const { line, col } = lines.linePos(at);
  return { file, line, column: col, path: '', found, remedy };
}
