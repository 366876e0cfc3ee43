/** What the schema cannot say: names that have to exist, patterns that have to compile. */
import picomatch from 'picomatch';
import { RE2JS, RE2JSSyntaxException } from 're2js';

import { globMatches } from '../core/glob';
import type { PolicyDocument } from './document';
import type { Report, Written } from './limit-checks';
import { checkLimits, checkScopes, unknownAlias } from './limit-checks';
import type { Path, PolicyProblem } from './problem';
import { pathText, valueAt } from './problem';
import type { Policy } from './schema';

interface Findings {
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
}

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
  checkMonitor(policy, report, written);
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

function checkMonitor({ monitor }: Policy, report: Report, written: Written): void {
  const entries = monitor?.rules ?? [];
  for (const [index, entry] of entries.entries()) {
    if (entries.indexOf(entry) === index) continue;
    const path = ['monitor', 'rules', index];
    report(path, { found: `\`${written(path)}\` is there twice`, remedy: 'keep one of the two' });
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
