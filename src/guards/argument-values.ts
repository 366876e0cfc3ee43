/** Finds the strings among a call's arguments whose names say that they are paths, or URLs. */
import { globMatches } from '../core/glob';

/** Enough for any arguments that the size guard lets through by its defaults. */
const MAX_DEPTH = 32;
const MAX_NODES = 20_000;

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

  /** Every string under such a name, those in arrays included. */
  stringsIn(args: unknown): string[] {
    const found: string[] = [];
    this.collect(args, 0, false, found, { nodes: 0 });
    return found;
  }

  private collect(
    value: unknown,
    depth: number,
    isNamed: boolean,
    found: string[],
    seen: { nodes: number },
  ): void {
    seen.nodes += 1;
    if (typeof value === 'string') {
      if (isNamed) found.push(value);
      return;
    }
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH || seen.nodes > MAX_NODES) return;
    if (Array.isArray(value)) {
      for (const element of value) this.collect(element, depth + 1, isNamed, found, seen);
      return;
    }
    for (const [key, field] of Object.entries(value)) {
      const matches = this.nested.has(key) || (depth === 0 && this.top.has(key));
      this.collect(field, depth + 1, matches, found, seen);
    }
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
