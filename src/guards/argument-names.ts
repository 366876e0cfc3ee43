/** Finds the strings among a call's arguments whose names say that they are paths, or URLs. */
import type { NamedText } from './argument-values';
import { globMatches } from '../core/glob';

const ANY_DEPTH = '**.';

/** Names of arguments as a policy writes them: globs, with `**.` before them at any depth, else at the top. */
export class ArgumentNames {
  private readonly top: Names;
  private readonly nested: Names;

  constructor(patterns: readonly string[]) {
    const nested = patterns.filter((pattern) => pattern.startsWith(ANY_DEPTH));
    this.nested = new Names(nested.map((pattern) => pattern.slice(ANY_DEPTH.length)));
    this.top = new Names(patterns.filter((pattern) => !pattern.startsWith(ANY_DEPTH)));
  }

  /** Those under such a name, in arrays too. */
  among(texts: readonly NamedText[]): string[] {
    const found: string[] = [];
    for (const { text, name, isTop } of texts) {
      if (name === undefined) continue;
      if (this.nested.has(name) || (isTop && this.top.has(name))) found.push(text);
    }
    return found;
  }
}

class Names {
  private readonly exact: ReadonlySet<string>;
  private readonly globs: readonly string[];

  constructor(patterns: readonly string[]) {
    this.exact = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
    this.globs = patterns.filter((pattern) => /[*?]/.test(pattern));
  }

  has(name: string): boolean {
    return this.exact.has(name) || this.globs.some((glob) => globMatches(glob, name));
  }
}
