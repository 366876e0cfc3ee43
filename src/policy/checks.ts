/** What the schema cannot say: names that have to exist, patterns that have to compile, limits that could never work. */
import picomatch from 'picomatch';
import { RE2JS, RE2JSSyntaxException } from 're2js';

import { globMatches } from '../core/glob';
import { nearest } from '../core/suggest';
import type { PolicyDocument } from './document';
import type { Path, PolicyProblem } from './problem';
import { pathText, valueAt } from './problem';
import type { Policy } from './schema';
import { milliseconds } from './schema';

/** Told of a problem at `path`. */
type Report = (path: Path, text: Pick<PolicyProblem, 'found' | 'allowed' | 'remedy'>) => void;

interface Findings {
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
}

/** What stands at `path` in the file. The policy itself may hold what an interpolated text stands for, which is never quoted. */
type Written = (path: Path) => string;

const ANY = '*';

export function checkPolicy(document: PolicyDocument, policy: Policy): Findings {
  const problems: PolicyProblem[] = [];
  const warnings: PolicyProblem[] = [];
  const into =
    (list: PolicyProblem[]): Report =>
    (path, text) =>
      list.push({ file: document.file, ...document.placeOf(path), path: pathText(path), ...text });
  const report = into(problems);
  const written: Written = (path) => valueAt(document.value, path) as string;
  checkServers(policy, report);
  checkIds(document, policy, report, written);
  checkRules(policy, report, written);
  checkLimits(policy, report, written);
  checkPatterns(policy, report);
  checkScopes(policy, report, into(warnings), written);
  return { problems, warnings };
}

function checkServers({ servers }: Policy, report: Report): void {
  const known = new Map<string, string>();
  for (const [alias, { match }] of Object.entries(servers)) {
    const path = ['servers', alias];
    if (alias === ANY) {
      if (match === undefined) continue;
      report([...path, 'match'], {
        found: '`*` with a `match`',
        remedy: 'remove it, or give the server an alias',
      });
    } else if (match === undefined) {
      report(path, {
        found: 'an alias without `match` is no server',
        remedy: 'add `match` with `url`, or with `command` and `args`',
      });
    } else {
      const same = JSON.stringify([match.url, match.command, match.args]);
      const first = known.get(same);
      if (first !== undefined) {
        report([...path, 'match'], {
          found: `the same as that of \`${first}\`, which comes first`,
          remedy: 'remove one of the two aliases',
        });
      }
      known.set(same, alias);
    }
  }
}

function checkIds(
  document: PolicyDocument,
  { rules, limits, content }: Policy,
  report: Report,
  written: Written,
): void {
  unique('rules', rules);
  // Both kinds of limits are counted in one store.
  unique('limits', [
    ...(limits?.rate ?? []).map(({ id }, index) => ({ id, path: ['limits', 'rate', index] })),
    ...(limits?.budget ?? []).map(({ id }, index) => ({ id, path: ['limits', 'budget', index] })),
  ]);
  unique('content.patterns', content?.patterns ?? []);

  function unique(list: string, entries: readonly { readonly id: string; readonly path?: Path }[]): void {
    const seen = new Map<string, Path>();
    for (const [index, { id, path = [...list.split('.'), index] }] of entries.entries()) {
      const first = seen.get(id);
      if (first === undefined) {
        seen.set(id, path);
        continue;
      }
      const { line } = document.placeOf([...first, 'id']);
      report([...path, 'id'], {
        found: `\`${written([...path, 'id'])}\` is the id of ${pathText(first)} too (line ${line})`,
        remedy: 'give it an id of its own',
      });
    }
  }
}

function checkRules({ rules, servers }: Policy, report: Report, written: Written): void {
  const aliases = Object.keys(servers);
  for (const [index, rule] of rules.entries()) {
    for (const kind of ['allow', 'deny', 'require'] as const) {
      const wanted = rule[kind]?.server;
      if (wanted === undefined) continue;
      const path = ['rules', index, kind, 'server'];
      for (const [at, glob] of [wanted].flat().entries()) {
        if (aliases.some((alias) => globMatches(glob, alias))) continue;
        const where = Array.isArray(wanted) ? [...path, at] : path;
        report(where, unknownAlias(written(where), aliases));
      }
    }
  }
}

function unknownAlias(
  glob: string,
  aliases: readonly string[],
): Pick<PolicyProblem, 'found' | 'allowed' | 'remedy'> {
  if (aliases.length === 0) {
    return { found: `\`${glob}\`, but \`servers\` names none`, remedy: 'add the server to `servers`' };
  }
  const meant = nearest(glob, aliases);
  return {
    found: `\`${glob}\` is no alias of \`servers\``,
    allowed: aliases.map((alias) => `\`${alias}\``).join(', '),
    remedy: meant === undefined ? 'add it to `servers`, or name one of these' : `did you mean \`${meant}\`?`,
  };
}

function checkLimits({ limits }: Policy, report: Report, written: Written): void {
  for (const [index, { points, window, burst }] of (limits?.rate ?? []).entries()) {
    if (burst === undefined) continue;
    const path = ['limits', 'rate', index, 'burst'];
    if (milliseconds(burst.window) >= milliseconds(window)) {
      report([...path, 'window'], {
        found: `\`${written([...path, 'window'])}\` is not shorter than the limit’s own window`,
        remedy: `write less than ${written(['limits', 'rate', index, 'window'])}`,
      });
    }
    if (burst.points > points) {
      report([...path, 'points'], {
        found: `${burst.points} is more than the limit’s own points`,
        remedy: `write ${points} or less`,
      });
    }
  }
  for (const [index, { points, cost }] of (limits?.budget ?? []).entries()) {
    checkCosts(['limits', 'budget', index], points, cost, report);
  }
}

function checkCosts(
  path: Path,
  points: number,
  cost: Readonly<Record<string, number>>,
  report: Report,
): void {
  const globs = Object.keys(cost);
  for (const [index, glob] of globs.entries()) {
    const first = globs.slice(0, index).find((earlier) => covers(earlier, glob));
    const price = cost[glob] ?? 0;
    if (first !== undefined) {
      report([...path, 'cost', glob], {
        found: `it never counts, because \`${first}\` comes first and matches all of it`,
        remedy: `move it before \`${first}\``,
      });
    } else if (price > points) {
      report([...path, 'cost', glob], {
        found: `${price} is more than the budget’s ${points} points: no such call could ever be made`,
        remedy: 'lower the cost or raise `points`; what nobody may call belongs into `rules`',
      });
    }
  }
  if (globs.every((glob) => cost[glob] === 0)) {
    report([...path, 'cost'], {
      found: 'nothing costs anything: the budget can never be spent',
      remedy: 'give at least one glob a cost above 0, such as `"*": 1`',
    });
  }
}

/** Whether everything that `inner` matches is matched by `outer`; `false` where that is not plain to see. */
function covers(outer: string, inner: string): boolean {
  if (outer.includes('?') && inner.includes('*')) return false;
  return globMatches(outer, inner);
}

function checkPatterns({ content, paths }: Policy, report: Report): void {
  for (const [index, { regex }] of (content?.patterns ?? []).entries()) {
    const wrong = regexError(regex);
    if (wrong === undefined) continue;
    report(['content', 'patterns', index, 'regex'], {
      found: `a regular expression that does not compile (${wrong})`,
      remedy: 'write it in RE2 syntax, which has no backreferences and no lookaround',
    });
  }
  for (const [index, glob] of (paths?.deny ?? []).entries()) {
    const wrong = globError(glob);
    if (wrong === undefined) continue;
    report(['paths', 'deny', index], {
      found: `a glob that does not compile (${wrong})`,
      remedy: 'close every bracket, or put a backslash before one that stands for itself',
    });
  }
}

/** The description alone: the whole message quotes the pattern. */
function regexError(regex: string): string | undefined {
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (error) {
    return error instanceof RE2JSSyntaxException ? error.getDescription() : 'it is too large';
  }
}

function globError(glob: string): string | undefined {
  try {
    picomatch.makeRe(glob, { dot: true, strictBrackets: true });
    return undefined;
  } catch (error) {
    return /^Missing \w+: "(.)"/.exec((error as Error).message)?.[1] === undefined
      ? 'it is too long'
      : 'a bracket is not closed';
  }
}

/** Globs over `server/tool`. A server without an alias goes by its `server_id`, so that a name may be meant: a warning. */
function checkScopes(policy: Policy, report: Report, warn: Report, written: Written): void {
  const aliases = Object.keys(policy.servers);
  for (const { path, glob, shown } of scopesOf(policy, written)) {
    const slash = glob.indexOf('/');
    const head = slash === -1 ? glob.slice(0, glob.indexOf('*') + 1) : glob.slice(0, slash);
    if (slash === -1 && !glob.includes('*')) {
      report(path, {
        found: `\`${shown}\` has no slash and matches no \`server/tool\``,
        remedy: `write \`${shown}/*\` for a server, \`*/${shown}\` for a tool`,
      });
    } else if (
      aliases.length > 0 &&
      !/^[*?]/.test(head) &&
      !aliases.some((alias) => globMatches(head, alias))
    ) {
      warn(path, unknownAlias(shown === glob ? head : shown, aliases));
    }
  }
}

interface Scope {
  readonly path: Path;
  readonly glob: string;
  readonly shown: string;
}

const byKey = (path: Path, glob: string): Scope => ({ path: [...path, glob], glob, shown: glob });

function* scopesOf({ limits, timeout }: Policy, written: Written): Generator<Scope> {
  for (const kind of ['rate', 'budget'] as const) {
    for (const [index, { for: scope = [] }] of (limits?.[kind] ?? []).entries()) {
      for (const [at, glob] of [scope].flat().entries()) {
        const path = ['limits', kind, index, 'for', ...(Array.isArray(scope) ? [at] : [])];
        yield { path, glob, shown: written(path) };
      }
    }
  }
  for (const [index, { cost }] of (limits?.budget ?? []).entries()) {
    for (const glob of Object.keys(cost)) yield byKey(['limits', 'budget', index, 'cost'], glob);
  }
  for (const glob of Object.keys(timeout ?? {})) if (glob !== 'default') yield byKey(['timeout'], glob);
}
