/** The nine lines that a deployment is verified by, with the state that they are really in. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';

import { readSecret } from '../audit/keys';
import { milliseconds } from '../core/duration';
import { hashKey } from '../core/hash-key';
import type { EffectivePolicy } from '../policy/environment';
import type { Mode } from '../policy/schema';

export interface ChecklistLine {
  readonly item: string;
  readonly done: boolean;
  readonly why: string;
}

export interface ChecklistFacts {
  readonly policy: EffectivePolicy;
  /** Where metrics go, as the environment says; `undefined`: nowhere, or it was not looked. */
  readonly metrics?: string | undefined;
  /** Outcome of the policy’s cases; `undefined`: none were run. */
  readonly cases?: { readonly passed: number; readonly total: number } | undefined;
}

export function checklist(facts: ChecklistFacts): readonly ChecklistLine[] {
  const { policy } = facts;
  return [
    line('All security tests passing', tests(facts)),
    line('Audit logging working', audit(policy)),
    line('Prometheus metrics available (if installed)', metrics(facts)),
    line('Content sanitization active', content(policy)),
    line('Multi-tenant isolation enforced', tenants(policy)),
    line('Filesystem safety enabled', filesystem(policy)),
    line('Rate limiting configured', limits(policy, 'rate')),
    line('Budget tracking enabled', limits(policy, 'budget')),
    line('Scheduled cleanup running', cleanup(policy)),
  ];
}

type State = readonly [done: boolean, why: string];

const line = (item: string, [done, why]: State): ChecklistLine => ({ item, done, why });

function tests({ cases }: ChecklistFacts): State {
  if (cases === undefined)
    return [
      false,
      'none were run: `--cases FILE` runs cases of calls and what the policy has to say of them',
    ];
  const { passed, total } = cases;
  return [passed === total && total > 0, `${passed} of ${total} cases pass`];
}

function audit({ audit: section }: EffectivePolicy): State {
  if (section === undefined) return [false, 'the policy has no `audit`'];
  const place = section.dir ?? dirname(section.file ?? '.');
  if (!isWritable(place)) return [false, `${place} cannot be written by this user`];
  const [isKeyed, problem] = keyOf(section.key_file);
  if (problem !== undefined) return [false, problem];
  const where =
    section.dir === undefined ? `lines in ${section.file}` : `one file per process and day in ${section.dir}`;
  const proof = isKeyed
    ? 'chained with a key'
    : 'chained without a key, which shows accidents and no tampering';
  return [true, `${where}, level ${section.level}, ${proof}`];
}

function keyOf(file: string | undefined): [isKeyed: boolean, problem?: string] {
  if (file === undefined) return [hashKey() !== undefined];
  try {
    readSecret(file);
    return [true];
  } catch (error) {
    return [false, (error as Error).message];
  }
}

/** Of a folder that is not there yet, where it would be made. */
function isWritable(folder: string): boolean {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function metrics({ metrics: where }: ChecklistFacts): State {
  return where === undefined
    ? [false, 'no metrics leave the process: `otel-mcp env` says why']
    : [true, `metrics go to ${where}`];
}

function content({ content: section, mode }: EffectivePolicy): State {
  if (section === undefined) return [false, 'the policy has no `content`'];
  const effective = section.hidden_characters === 'observe' ? 'observe' : (section.mode ?? mode);
  const what = `hidden characters: ${section.hidden_characters}, in ${section.in.join(', ')}`;
  return [effective === 'enforce', acts(effective, what)];
}

function tenants({ identity, mode }: EffectivePolicy): State {
  if (identity === undefined) {
    return [
      false,
      'the policy has no `identity`; limits and breakers are counted for each tenant by itself all the same',
    ];
  }
  const { required, bind_session: isBound, mode: own } = identity;
  const missing = [
    ...(required ? [] : ['`identity.required`']),
    ...(isBound ? [] : ['`identity.bind_session`']),
  ];
  if (missing.length > 0)
    return [false, `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} off`];
  const effective = own ?? mode;
  return [
    effective === 'enforce',
    acts(effective, 'every call has a user, and a connection stays with its first one'),
  ];
}

function filesystem({ filesystem: anywhere, mode, paths, servers }: EffectivePolicy): State {
  const open = Object.entries(servers).filter(([, entry]) => entry.filesystem?.enabled === true);
  const rootless = open
    .filter(([, entry]) => (entry.filesystem?.root ?? paths?.root) === undefined)
    .map(([alias]) => alias);
  if (rootless.length > 0)
    return [false, `${rootless.join(', ')} may be used and has no \`root\` that paths must stay in`];
  if (anywhere.enabled && paths?.root === undefined) {
    return [
      false,
      'MCP_ENABLE_FILESYSTEM allows every file system server, and there is no root: set `paths.root`',
    ];
  }
  const pathMode = paths?.mode ?? mode;
  const weakest = open.length > 0 && pathMode !== 'enforce' ? pathMode : mode;
  const roots = open.map(([alias, entry]) => {
    const { root = paths?.root, read_only: isReadOnly } = entry.filesystem ?? {};
    return `${alias} stays in ${root}${isReadOnly === true ? ', read-only' : ''}`;
  });
  return [
    weakest === 'enforce',
    acts(weakest, ['file system servers are denied unless enabled', ...roots].join('; ')),
  ];
}

const NAMES = { rate: 'rate limit', budget: 'budget' } as const;

function limits({ limits: section, mode }: EffectivePolicy, kind: 'rate' | 'budget'): State {
  const all = section?.[kind] ?? [];
  if (all.length === 0) return [false, `the policy has no \`limits.${kind}\``];
  const modes = all.map((limit) => limit.mode ?? mode);
  const count = (wanted: Mode): number => modes.filter((one) => one === wanted).length;
  const parts = [
    `${all.length} ${NAMES[kind]}${all.length === 1 ? '' : 's'}`,
    ...(count('enforce') > 0 ? [`${count('enforce')} enforced`] : []),
    ...(count('observe') > 0 ? [`${count('observe')} observed`] : []),
    ...(count('off') > 0 ? [`${count('off')} off`] : []),
    counted(section?.store, kind),
  ];
  return [modes.some((one) => one !== 'off'), parts.join(', ')];
}

function counted(
  store: NonNullable<EffectivePolicy['limits']>['store'] | undefined,
  kind: 'rate' | 'budget',
): string {
  if (typeof store !== 'object') return 'counted in each process by itself';
  if (store.redis !== undefined) return 'counted in Redis';
  return kind === 'budget' && store.memory?.state_file !== undefined
    ? `counted in one process, kept in ${store.memory.state_file}`
    : 'counted in each process by itself';
}

function cleanup({ limits: section }: EffectivePolicy): State {
  if (section === undefined || section.rate.length + section.budget.length === 0) {
    return [false, 'no limits: there is nothing to clean up'];
  }
  const memory = typeof section.store === 'object' ? section.store.memory : undefined;
  const every = memory?.cleanup_interval ?? memory?.max_age;
  if (every !== undefined)
    return [true, `ended windows are looked for every ${durationText(milliseconds(every))}`];
  return [
    false,
    'an ended window is dropped when its key is used again, or past `max_keys`; set `limits.store.memory.cleanup_interval`, or CONTEXT_CLEANUP_INTERVAL_HOURS',
  ];
}

function acts(mode: Mode, what: string): string {
  if (mode === 'enforce') return what;
  return mode === 'off' ? `off: ${what}` : `observed only, nothing is denied: ${what}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** In the largest unit of which it is a whole number. */
function durationText(ms: number): string {
  const [unit, length] = UNITS.find(([, one]) => ms % one === 0) ?? ['ms', 1];
  return `${ms / length}${unit}`;
}
