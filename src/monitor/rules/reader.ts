/** Reads one document of a rule file and reports what is wrong with it, where. */
import { isPlainObject } from '../../core/plain-object';
import { nearest } from '../../core/suggest';
import type { PolicyDocument } from '../../policy/document';
import { codes, foundText, shortened } from '../../policy/issues';
import { pathText, valueAt, type Path, type PolicyProblem } from '../../policy/problem';

export type ProblemText = Pick<PolicyProblem, 'found' | 'remedy' | 'allowed'>;

export type Mapping = Readonly<Record<string, unknown>>;

export class Reader {
  constructor(
    readonly document: PolicyDocument,
    private readonly problems: PolicyProblem[],
  ) {}

  report(path: Path, text: ProblemText): undefined {
    const { document } = this;
    this.problems.push({ file: document.file, ...document.placeOf(path), path: pathText(path), ...text });
  }

  reportKey(path: Path, text: ProblemText): undefined {
    const { document } = this;
    this.problems.push({ file: document.file, ...document.placeOfKey(path), path: pathText(path), ...text });
  }

  /** Reports that something else stands there than what is allowed. */
  wrong(path: Path, allowed: string, remedy = `write ${allowed}`): undefined {
    const value = this.at(path);
    const key = String(path.at(-1));
    if (value === undefined) {
      return this.report(path, { found: 'is missing', allowed, remedy: `add \`${key}\`: ${allowed}` });
    }
    return this.report(path, { found: foundText(value, path), allowed, remedy });
  }

  /** Reports a word that is none of those known; `isKey`: the last of the path, not what it holds. */
  unknownWord(path: Path, word: string, known: readonly string[], what: string, isKey = false): undefined {
    const meant = nearest(word, known) ?? longer(word, known);
    const remedy = meant === undefined ? `write one of ${codes(known)}` : `did you mean \`${meant}\`?`;
    const text = { found: `unknown ${what} \`${shortened(word)}\``, allowed: codes(known), remedy };
    return isKey ? this.reportKey(path, text) : this.report(path, text);
  }

  at(path: Path): unknown {
    return valueAt(this.document.value, path);
  }

  /** @returns `undefined`, and reports it, where there is no map */
  mapping(path: Path): Mapping | undefined {
    const value = this.at(path);
    if (isPlainObject(value)) return value;
    return this.wrong(path, 'a map of keys and values');
  }

  /** Text, of a number too; `undefined` where there is none. */
  text(path: Path): string | undefined {
    const value = this.at(path);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value !== '') return value;
    return this.wrong(path, 'text', typeof value === 'object' ? 'write text' : 'put it in quotes');
  }

  boolean(path: Path): boolean | undefined {
    const value = this.at(path);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.wrong(path, '`true` or `false`');
  }

  /** @param what - such as `a list of rules`; a single text is a list of it */
  texts(path: Path, what: string): readonly string[] | undefined {
    const value = this.at(path);
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((one) => typeof one === 'string' && one !== ''))
      return list as string[];
    return this.wrong(path, what);
  }

  word<Word extends string>(path: Path, known: readonly Word[], what: string): Word | undefined {
    const value = this.at(path);
    if (typeof value !== 'string') return this.wrong(path, codes(known));
    if ((known as readonly string[]).includes(value)) return value as Word;
    return this.unknownWord(path, value, known, what);
  }

  /** @param unsupported - keys that Sigma has and we do not, each with what to do about it */
  keys(path: Path, known: readonly string[], unsupported: Readonly<Record<string, string>> = {}): void {
    for (const key of Object.keys((path.length === 0 ? this.document.value : this.at(path)) as Mapping)) {
      if (known.includes(key)) continue;
      const remedy = Object.hasOwn(unsupported, key) ? unsupported[key] : undefined;
      if (remedy !== undefined) {
        this.reportKey([...path, key], { found: `\`${key}\` is not supported`, remedy });
        continue;
      }
      const meant = nearest(key, known);
      this.reportKey([...path, key], {
        found: `unknown key \`${shortened(key)}\``,
        allowed: codes(known),
        remedy: meant === undefined ? 'remove it' : `did you mean \`${meant}\`?`,
      });
    }
  }
}

/** The known word that begins with this one, as `user_id` does with `User`. */
function longer(word: string, known: readonly string[]): string | undefined {
  return word.length < 3 ? undefined : known.find((one) => one.startsWith(`${word.toLowerCase()}_`));
}
