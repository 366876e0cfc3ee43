/** What a valid policy says that somebody may not have meant. */
import type { Globs } from '../core/glob';
import { globMatches } from '../core/glob';
import type { PolicyDocument } from '../policy/document';
import type { Path, PolicyProblem } from '../policy/problem';
import { pathText } from '../policy/problem';
import type { Mode, Policy } from '../policy/schema';

type Rule = Policy['rules'][number];
type Selector = NonNullable<Rule['allow']>;
type Match = NonNullable<Policy['servers'][string]['match']>;
type Warn = (path: Path, found: string, remedy: string) => void;

/** @param policy - with its defaults, as it is written */
export function warningsAbout(document: PolicyDocument, policy: Policy): readonly PolicyProblem[] {
  const warnings: PolicyProblem[] = [];
  const warn: Warn = (path, found, remedy) => {
    const { file } = document;
    warnings.push({ file, ...document.placeOf(path), path: pathText(path), found, remedy });
  };
  checkServers(policy, warn);
  for (const [index, rule] of policy.rules.entries()) checkRule(policy, rule, index, warn);
  checkLimits(policy, warn);
  checkModes(policy, warn);
  return warnings;
}

/** Programs that start others: their name alone says nothing of the server. */
const LAUNCHERS = new Set(
  'npx npm pnpm pnpx yarn bun bunx deno node python python3 uv uvx pipx docker podman sh bash cmd pwsh env'.split(
    ' ',
  ),
);

function checkServers({ mode, servers }: Policy, warn: Warn): void {
  const before: [string, Match][] = [];
  for (const [alias, { match }] of Object.entries(servers)) {
    if (match === undefined) continue;
    const { command, args = [] } = match;
    const program = command?.replace(/^.*[\\/]/, '');
    if (
      program !== undefined &&
      LAUNCHERS.has(program) &&
      args.every((arg) => /^[-*?]/.test(arg) && !/\w{2}/.test(arg))
    ) {
      warn(
        ['servers', alias, 'match'],
        `every server that \`${program}\` starts is taken for \`${alias}\``,
        'name the package or script in `args`',
      );
    }
    const covering = before.find(([, earlier]) => coversMatch(earlier, match))?.[0];
    if (covering !== undefined) {
      warn(
        ['servers', alias, 'match'],
        `it never matches, because \`${covering}\` comes first and matches all of it`,
        `move it before \`${covering}\``,
      );
    }
    before.push([alias, match]);
  }
  if (before.length > 0 && mode === 'enforce' && !('*' in servers)) {
    warn(
      ['servers'],
      'servers that no entry matches may be used',
      "add `'*': { action: deny }`, or `'*': {}` if that is meant",
    );
  }
}

function coversMatch(outer: Match, inner: Match): boolean {
  if (outer.url !== undefined && inner.url !== undefined) return covers(outer.url, inner.url);
  if (outer.command === undefined || inner.command === undefined || !covers(outer.command, inner.command))
    return false;
  return (outer.args ?? []).every((arg, index) => {
    const own = inner.args?.[index];
    return own !== undefined && covers(arg, own);
  });
}

const METHODS_OF = {
  tool: ['tools/call'],
  resource: ['resources/read', 'resources/subscribe'],
  prompt: ['prompts/get'],
} as const;
const GUARDED = [
  ...Object.values(METHODS_OF).flat(),
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
];

function checkRule(policy: Policy, rule: Rule, index: number, warn: Warn): void {
  for (const kind of ['allow', 'deny', 'require'] as const) {
    const selector = rule[kind];
    if (selector === undefined) continue;
    const path = ['rules', index, kind];
    const never = neverMatches(selector, policy);
    if (never !== undefined) warn(path, ...never);
    else if (kind === 'allow') checkAllow(policy, rule, selector, path, warn);
    const earlier = policy.rules.slice(0, index).find((other) => {
      const same = other[kind];
      return (
        same !== undefined && other.mode === rule.mode && kind !== 'require' && coversSelector(same, selector)
      );
    });
    if (earlier !== undefined) {
      warn(
        path,
        `it adds nothing to \`${earlier.id}\`, which says the same of more calls`,
        'remove it, or narrow the other one',
      );
    }
  }
}

/** @returns what was found and what to do about it */
function neverMatches(selector: Selector, { servers }: Policy): [found: string, remedy: string] | undefined {
  const { method, server } = selector;
  if (method !== undefined) {
    const named = (Object.keys(METHODS_OF) as (keyof typeof METHODS_OF)[]).filter(
      (one) => selector[one] !== undefined,
    );
    const possible = named.length === 0 ? GUARDED : named.flatMap((one) => METHODS_OF[one]);
    if (!possible.some((one) => listOf(method).some((glob) => globMatches(glob, one)))) {
      return named.length === 0
        ? ['it can never match: guards decide about no such method', `name one of ${GUARDED.join(', ')}`]
        : [
            `it can never match: a call with a ${named.join(' or ')} has the method ${possible.join(' or ')}`,
            'remove `method`',
          ];
    }
  }
  const aliases =
    server === undefined
      ? []
      : Object.keys(servers).filter((alias) => listOf(server).some((glob) => globMatches(glob, alias)));
  if (
    aliases.length > 0 &&
    aliases.every((alias) => servers[alias]?.action === 'deny' && servers[alias].mode === undefined)
  ) {
    return [
      `it makes no difference: ${aliases.map((alias) => `\`${alias}\``).join(', ')} is denied as a server`,
      'remove it, or allow the server',
    ];
  }
  return undefined;
}

function checkAllow({ rules }: Policy, { mode }: Rule, allow: Selector, path: Path, warn: Warn): void {
  const denying = rules.find(
    ({ deny, mode: other }) => deny !== undefined && other === mode && coversSelector(deny, allow),
  );
  if (denying === undefined) return;
  warn(
    path,
    `it allows nothing, because \`${denying.id}\` denies all of it`,
    `narrow \`${denying.id}\`, or remove one of the two`,
  );
}

/** Whether all that `inner` selects is selected by `outer`; `false` where that is not plain to see. */
function coversSelector(outer: Selector, inner: Selector): boolean {
  return Object.entries(outer).every(([key, wanted]) => {
    const own = inner[key as keyof Selector];
    if (wanted === undefined) return true;
    return own !== undefined && listOf(own).every((glob) => listOf(wanted).some((one) => covers(one, glob)));
  });
}

const listOf = (globs: Globs): readonly string[] => (typeof globs === 'string' ? [globs] : globs);

/** A pattern as text: what matches `*` of it matches what it stands for. */
function covers(outer: string, inner: string): boolean {
  return !(outer.includes('?') && inner.includes('*')) && globMatches(outer, inner);
}

function checkLimits({ identity, limits }: Policy, warn: Warn): void {
  const all = [...(limits?.rate ?? []), ...(limits?.budget ?? [])];
  if (limits === undefined || all.length === 0) return;
  const isShared = typeof limits.store === 'object' && limits.store.redis !== undefined;
  if (!isShared) {
    warn(
      ['limits', 'store'],
      'limits are counted in memory, in each process and worker thread by itself: five of them admit five times as much',
      'name Redis in `limits.store`, or divide the points by the number of processes',
    );
  }
  for (const kind of ['rate', 'budget'] as const) {
    for (const [index, { per }] of limits[kind].entries()) {
      if (!per.includes('user') || identity?.required === true) continue;
      warn(
        ['limits', kind, index, 'per'],
        'all calls without a user id share one counter of a tenant',
        'require one by `identity: { required: true }`, if every call has a user',
      );
    }
  }
}

const ACTING = ['timeout', 'retry'] as const;

function checkModes(policy: Policy, warn: Warn): void {
  const { audit, content, mode } = policy;
  if (mode !== 'enforce') {
    for (const key of ACTING) {
      if (policy[key] !== undefined)
        warn([key], 'it acts under `enforce` alone', 'nothing, if observing is what is meant for now');
    }
  }
  const isStripping = content?.hidden_characters === 'strip' && effective(content.mode, mode) !== 'enforce';
  if (isStripping)
    warn(
      ['content', 'hidden_characters'],
      '`strip` acts under `enforce` alone',
      'nothing, if observing is what is meant for now',
    );
  if (audit === undefined) {
    warn(
      [],
      'there is no audit log: nothing for `report`, and nothing to replay a stricter policy over',
      'add `audit: { dir: ./audit }`',
    );
  }
}

const effective = (own: Mode | undefined, around: Mode): Mode => own ?? around;
