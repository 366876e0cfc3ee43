/** What a policy is worth: problems, warnings, what it enforces and observes, and the checklist of a deployment. */
import { existsSync, readFileSync } from 'node:fs';

import { readSecret } from '../audit/keys';
import type { EnvironmentName } from '../core/environment';
import { readEnvironment } from '../core/environment';
import { requirePackages } from '../guards/limit-stores';
import { ToolLock } from '../guards/tool-lock';
import { loadPolicy } from '../pipeline/load-policy';
import { PolicyDocument } from '../policy/document';
import type { EffectivePolicy } from '../policy/environment';
import { refineByEnvironment } from '../policy/environment';
import type { LoadedPolicy } from '../policy/load';
import { resolvedPolicy } from '../policy/load';
import type { PolicyProblem } from '../policy/problem';
import { PolicyError } from '../policy/problem';
import type { Mode } from '../policy/schema';
import { warningsAbout } from './check-warnings';
import type { ChecklistFacts, ChecklistLine } from './checklist';
import { checklist } from './checklist';
import { compared } from './differences';
import { monitorSummary, type MonitorSummary } from './monitor-summary';
import { serverByTransport, sessionOf } from './servers';
import { SimulatedPolicy } from './simulated-policy';

export interface GuardSummary {
  readonly guard: string;
  /** What it decides by, in each mode. */
  readonly enforce: readonly string[];
  readonly observe: readonly string[];
  readonly off: readonly string[];
}

export interface CheckReport {
  readonly file: string;
  readonly valid: boolean;
  readonly problems: readonly PolicyProblem[];
  readonly warnings: readonly PolicyProblem[];
  /** Absent of a policy that is not valid. */
  readonly policy?: { readonly id: string; readonly mode: Mode; readonly digest: string };
  readonly guards: readonly GuardSummary[];
  readonly environment: {
    /** Variables that are set and refine policies. */
    readonly variables: readonly EnvironmentName[];
    /** What they change of this one, in words. */
    readonly changes: readonly string[];
  };
  readonly checklist: readonly ChecklistLine[];
  /** Absent of a policy that is not valid. */
  readonly monitor?: MonitorSummary;
}

const REFINING = [
  'MCP_GUARD_MODE',
  'MCP_DEFAULT_TIMEOUT',
  'MCP_ENABLE_FILESYSTEM',
  'MCP_FILESYSTEM_SAFE_ROOT',
  'MCP_FILESYSTEM_READ_ONLY',
  'CONTEXT_REQUIRE_USER_ID',
  'CONTEXT_MAX_PER_USER',
  'CONTEXT_CLEANUP_INTERVAL_HOURS',
  'CONTEXT_MAX_AGE_HOURS',
] as const satisfies readonly EnvironmentName[];

/** @param facts - what is known beyond the policy; a function is asked once the policy is valid */
export function checkPolicyFile(
  path: string,
  facts: (loaded: LoadedPolicy) => Omit<ChecklistFacts, 'policy'>,
): CheckReport {
  try {
    return checked(loadPolicy(path), facts);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return invalid(error.file, error.problems);
  }
}

function invalid(file: string, problems: readonly PolicyProblem[]): CheckReport {
  const environment = { variables: [], changes: [] };
  return { file, valid: false, problems, warnings: [], guards: [], environment, checklist: [] };
}

function checked(
  loaded: LoadedPolicy,
  facts: (loaded: LoadedPolicy) => Omit<ChecklistFacts, 'policy'>,
): CheckReport {
  const { digest, file, policy } = loaded;
  const document = PolicyDocument.parse(file, readFileSync(file, 'utf8'));
  const problems = unusable(loaded, document);
  if (problems.length > 0) return invalid(file, problems);
  const refined = refineByEnvironment(resolvedPolicy(loaded));
  return {
    file,
    valid: true,
    problems: [],
    warnings: [
      ...loaded.warnings,
      ...warningsAbout(document, policy),
      ...lockProblems(refined, document),
      ...missingPackages(refined, file),
    ],
    policy: { id: policy.id, mode: refined.mode, digest },
    guards: guardSummaries(new SimulatedPolicy(loaded).process().names, refined),
    environment: {
      variables: REFINING.filter((name) => readEnvironment(name) !== undefined),
      // Of what is written: nothing that stands for `${…}` is shown.
      changes: changesByEnvironment(policy),
    },
    checklist: checklist({ policy: refined, ...facts(loaded) }),
    monitor: monitorSummary(policy),
  };
}

/** What keeps a policy that is well written from being in force. */
function unusable(loaded: LoadedPolicy, document: PolicyDocument): readonly PolicyProblem[] {
  const key = resolvedPolicy(loaded).audit?.key_file;
  if (key === undefined) return [];
  try {
    readSecret(key);
    return [];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const found =
      code === undefined ? 'a key file that is too short' : `a key file that cannot be read (${code})`;
    const remedy =
      'write 32 random bytes or more into it, such as by `openssl rand -hex 32`, and let the agent read it';
    const at = ['audit', 'key_file'];
    return [{ file: loaded.file, ...document.placeOf(at), path: at.join('.'), found, remedy }];
  }
}

/** What the guard of definitions would find at its first call. */
function lockProblems(
  { tools_pin: pin }: EffectivePolicy,
  document: PolicyDocument,
): readonly PolicyProblem[] {
  if (pin === undefined) return [];
  const at = ['tools_pin', 'file'];
  const problem = (found: string, remedy: string): PolicyProblem[] => [
    { file: document.file, ...document.placeOf(at), path: at.join('.'), found, remedy },
  ];
  try {
    new ToolLock(pin.file).digestOf(sessionOf(serverByTransport('unknown')), '', 0);
  } catch (error) {
    return problem(
      (error as Error).message,
      'correct it, or remove it and let `on_new: allow` write a new one',
    );
  }
  return pin.on_new === 'deny' && !existsSync(pin.file)
    ? problem(
        'there is no lock file yet, and `on_new` denies every tool',
        'let `on_new: allow` write it first',
      )
    : [];
}

/** Only a warning: it is the agent that needs them, and this command may run elsewhere. */
function missingPackages({ limits }: EffectivePolicy, file: string): readonly PolicyProblem[] {
  try {
    requirePackages(limits, file);
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}

function changesByEnvironment(policy: LoadedPolicy['policy']): readonly string[] {
  const { filesystem: _, ...refined } = refineByEnvironment(policy);
  return compared(policy, refined, []).map(({ text }) => text);
}

const byId = (list: readonly { readonly id: string; readonly mode?: Mode | undefined }[] = []): Entry[] =>
  list.map(({ id, mode }) => [id, mode]);

/** Every guard of the policy with the entries that it decides by, by their modes. */
function guardSummaries(guards: readonly string[], policy: EffectivePolicy): readonly GuardSummary[] {
  return guards.map((guard) => {
    const entries = entriesOf(guard, policy);
    const inMode = (mode: Mode): string[] =>
      entries.filter(([, own]) => (own ?? policy.mode) === mode).map(([name]) => name);
    return { guard, enforce: inMode('enforce'), observe: inMode('observe'), off: inMode('off') };
  });
}

type Entry = readonly [name: string, mode: Mode | undefined];

function entriesOf(guard: string, policy: EffectivePolicy): readonly Entry[] {
  const { breaker, content, identity, limits, paths, rules, servers, tools_pin: pin, urls } = policy;
  switch (guard) {
    case 'server_allowlist':
      return serverEntries(servers);
    case 'identity':
      return [['a user id', identity?.mode]];
    case 'tenant':
      return [['one user for a connection', identity?.mode]];
    case 'tool_allowlist':
      return rules.length === 0 ? [['tools that the agent’s code narrows', undefined]] : byId(rules);
    case 'input_size':
      return [[`${limits?.size?.request_bytes} bytes`, limits?.size?.mode]];
    case 'tool_pin':
      return [['definitions', pin?.mode]];
    case 'path_traversal':
      return paths === undefined
        ? [['files of this package', undefined]]
        : [[paths.root === undefined ? 'paths' : `paths in ${paths.root}`, paths.mode]];
    case 'url':
      return [['URLs', urls?.mode]];
    case 'content':
      return [
        [`hidden characters`, content?.hidden_characters === 'observe' ? 'observe' : content?.mode],
        ...byId(content?.patterns.map((one) => ({ ...one, mode: one.mode ?? content.mode }))),
      ];
    case 'circuit_breaker':
      return [[`${breaker?.consecutive} failures in a row`, breaker?.mode]];
    case 'rate_limit':
      return byId(limits?.rate);
    case 'budget':
      return byId(limits?.budget);
    default:
      return [['', undefined]];
  }
}

function serverEntries(servers: EffectivePolicy['servers']): readonly Entry[] {
  const denied = Object.entries(servers).filter(([, { action }]) => action === 'deny');
  return [
    ...denied.map(([alias, { mode }]): Entry => [alias === '*' ? 'every other server' : alias, mode]),
    ['file system servers', undefined],
  ];
}
