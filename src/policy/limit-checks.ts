/** Limits that could never work, and scopes that name no server. */
import { globMatches } from '../core/glob';
import { nearest } from '../core/suggest';
import type { Path, PolicyProblem } from './problem';
import type { Policy } from './schema';
import { milliseconds } from '../core/duration';

/** Told of a problem at `path`. */
export type Report = (path: Path, text: Pick<PolicyProblem, 'found' | 'allowed' | 'remedy'>) => void;

/** What stands at `path` in the file. The policy itself may hold what an interpolated text stands for, which is never quoted. */
export type Written = (path: Path) => string;

export function checkLimits({ limits }: Policy, report: Report, written: Written): void {
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

/** Globs over `server/tool`. A server without an alias goes by its `server_id`, so that a name may be meant: a warning. */
export function checkScopes(policy: Policy, report: Report, warn: Report, written: Written): void {
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

export function unknownAlias(
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
