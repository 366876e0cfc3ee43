/** What is wrong with a policy, and where. No text here holds a value that `${env:…}` or `${file:…}` stood for. */

/** Keys and indices from the top of the policy. */
export type Path = readonly (string | number)[];

export interface PolicyProblem {
  readonly file: string;
  /** From 1; absent when the file as a whole is meant. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Such as `rules[2].allow.tool`; empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  /** What may stand there, where that can be said. */
  readonly allowed?: string | undefined;
  /** What to do about it. */
  readonly remedy: string;
}

/** A policy that cannot be used. Its message lists every problem, one a line. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'MCP_POLICY_INVALID';

  constructor(
    readonly file: string,
    readonly problems: readonly PolicyProblem[],
  ) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`${count} in the policy\n${problems.map((problem) => `  ${problemText(problem)}`).join('\n')}`);
  }
}

/** `FILE:LINE:COLUMN: PATH: FOUND; REMEDY; ALLOWED`, as editors and people read it. */
export function problemText({ file, line, column, path, found, allowed, remedy }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const choice = allowed === undefined || remedy.includes(allowed) ? '' : `; allowed: ${allowed}`;
  return `${place}: ${path === '' ? '' : `${path}: `}${found}; ${remedy}${choice}`;
}

export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** The value at a path; `undefined` where there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}
