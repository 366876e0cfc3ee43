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
  among(fields: readonly NamedText[]): string[] {
    const found: string[] = [];
    for (const { text, name, isTop } of fields) {
      if (this.nested.has(name) || (isTop && this.top.has(name))) found.push(text);
    }
    return found;
  }
}

/** Names that calls use are few: what was found of one is kept, up to this many. */
const MAX_KNOWN = 1_000;

class Names {
  private readonly globs: readonly string[];
  private readonly known = new Map<string, boolean>();

  constructor(patterns: readonly string[]) {
    this.globs = patterns;
  }

  has(name: string): boolean {
    let isOne = this.known.get(name);
    if (isOne === undefined) {
      isOne = this.globs.some((glob) => globMatches(glob, name));
      if (this.known.size < MAX_KNOWN) this.known.set(name, isOne);
    }
    return isOne;
  }
}
