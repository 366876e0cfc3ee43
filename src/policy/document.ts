/** The text of a policy, YAML or JSON (which is YAML), with the place of every node. */
import type { Document, Node, ParsedNode, YAMLError } from 'yaml';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

import type { Path, PolicyProblem } from './problem';
import { PolicyError } from './problem';

/** Aliases are a convenience; a file that expands them into millions of nodes is an attack. */
const MAX_ALIASES = 100;

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
  UNEXPECTED_TOKEN: [
    'something that cannot stand here',
    'put a value with special characters in quotes, and check the indentation',
  ],
};

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
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      strict: true,
      uniqueKeys: true,
      version: '1.2',
    });
    const errors = [...document.errors, ...document.warnings];
    if (errors.length > 0) {
      throw new PolicyError(
        file,
        errors.map((error) => syntaxProblem(file, lines, error)),
      );
    }
    return new PolicyDocument(file, document, lines, plain(file, document));
  }

  /** Place of the value at `path`, or of the innermost node around it that is written. */
  placeOf(path: Path): Pick<PolicyProblem, 'line' | 'column'> {
    let node = this.resolve(this.document.contents);
    let at: Node | null = node;
    for (const part of path) {
      const found = this.childOf(node, part);
      if (found === undefined) break;
      at = found.value ?? found.key;
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

function plain(file: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
  } catch {
    // The one thing that it throws for.
    const found = `aliases that stand for too much, more than ${MAX_ALIASES} times`;
    throw new PolicyError(file, [
      { file, path: '', found, remedy: 'write the values out instead of repeating them by `*name`' },
    ]);
  }
}

function syntaxProblem(file: string, lines: LineCounter, { code, pos }: YAMLError): PolicyProblem {
  const [found, remedy] = SYNTAX[code] ?? ['something that is no YAML', 'compare the line with an example'];
  const { line, col } = lines.linePos(pos[0]);
  return { file, line, column: col, path: '', found, remedy };
}
