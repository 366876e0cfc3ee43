/** Reads a policy file. */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';

import { canonicalize } from 'json-canonicalize';

import { readEnvironment } from '../core/environment';
import { checkPolicy } from './checks';
import { PolicyDocument } from './document';
import type { Interpolated } from './interpolate';
import { interpolate } from './interpolate';
import { schemaProblems } from './issues';
import { isWritableByOthers, OWN_FILES, resolveOwnFiles } from './own-files';
import type { Path, PolicyProblem } from './problem';
import { PolicyError, pathText, valueAt } from './problem';
import { readText } from './read-text';
import type { RuleFile } from './rule-files';
import { readRuleFiles, resolveRuleFiles } from './rule-files';
import type { Policy } from './schema';
import { policySchema } from './schema';

/** A policy that was read and found in order. Nothing of it is in force by that. */
export interface LoadedPolicy {
  /** With its defaults; `${env:NAME}` and `${file:PATH}` stand in it as they are written. */
  readonly policy: Policy;
  /** SHA-256, 64 hex digits, over the canonical JSON (RFC 8785) of what is written: the same for YAML and JSON. */
  readonly digest: string;
  /** Absolute path. */
  readonly file: string;
  readonly warnings: readonly PolicyProblem[];
}

interface Hidden {
  readonly resolved: Policy;
  /** Those of `${file:PATH}`. */
  readonly files: readonly string[];
  readonly ruleFiles: readonly RuleFile[];
}

/** What must not be printed with a loaded policy is no property of it. */
const hidden = new WeakMap<LoadedPolicy, Hidden>();

/**
 * Reads and validates a policy, YAML or JSON; activates nothing.
 *
 * @throws PolicyError with every problem, its line and column, and what to do about it
 */
export function loadPolicy(path: string): LoadedPolicy {
  const file = resolve(path);
  const folder = dirname(file);
  const document = PolicyDocument.parse(file, policyText(file));
  const filled = interpolate(document.value, folder);
  const missing = filled.problems.map(({ path: at, ...text }) => ({ ...placed(document, at), ...text }));
  const parsed = policySchema.safeParse(filled.value);
  if (!parsed.success) {
    // What could not be filled in is reported as that alone.
    const places = new Set(missing.map((problem) => problem.path));
    const wrong = schemaProblems(document, parsed.error.issues).filter(
      (problem) => !places.has(problem.path),
    );
    throw new PolicyError(file, inOrder([...missing, ...wrong]));
  }
  const { problems, warnings } = checkPolicy(document, parsed.data);
  const rules = readRuleFiles(parsed.data, folder);
  const unreadable = rules.problems.map(({ path: at, ...text }) => ({ ...placed(document, at), ...text }));
  if (missing.length > 0 || problems.length > 0 || unreadable.length > 0) {
    throw new PolicyError(file, inOrder([...missing, ...problems, ...unreadable]));
  }
  return loaded(document, parsed.data, filled, rules.files, warnings);
}

/** The policy with what `${env:NAME}` and `${file:PATH}` stand for, and absolute paths of our own files: never to be printed. */
export function resolvedPolicy(policy: LoadedPolicy): Policy {
  return hiddenOf(policy).resolved;
}

/** Every file that the policy was made of: itself, those of `${file:PATH}`, and those of rules. */
export function filesOf(policy: LoadedPolicy): readonly string[] {
  const { files, ruleFiles } = hiddenOf(policy);
  return [policy.file, ...files, ...ruleFiles.map(({ file }) => file)];
}

/** The files that `monitor.rules` names, as they were when the policy was read. */
export function ruleFilesOf(policy: LoadedPolicy): readonly RuleFile[] {
  return hiddenOf(policy).ruleFiles;
}

/**
 * Files and folders that no tool may touch, for who changes them changes what is decided or what was logged: the policy
 * itself, what it was made of, its lock, state and key files and its audit log.
 */
export function protectedPaths(policy: LoadedPolicy): readonly string[] {
  const named = Object.values(OWN_FILES).map((path) => valueAt(resolvedPolicy(policy), path));
  const states = [OWN_FILES.state, OWN_FILES.monitorState].map((path) =>
    valueAt(resolvedPolicy(policy), path),
  );
  const locks = states.map((state) => (typeof state === 'string' ? `${state}.lock` : undefined));
  const all = [...filesOf(policy), ...named, ...locks, keyFileOfEnvironment()];
  return [...new Set(all.filter((one) => typeof one === 'string'))];
}

/** Whether two loads would decide and watch alike: same text, same values filled in, same files of rules. */
export function isSamePolicy(one: LoadedPolicy, other: LoadedPolicy): boolean {
  const made = (policy: LoadedPolicy): string => {
    const { resolved, ruleFiles } = hiddenOf(policy);
    return canonicalize({ resolved, ruleFiles });
  };
  return one.digest === other.digest && made(one) === made(other);
}

function hiddenOf(policy: LoadedPolicy): Hidden {
  const found = hidden.get(policy);
  if (found === undefined) throw new TypeError('not a policy of loadPolicy()');
  return found;
}

function loaded(
  document: PolicyDocument,
  resolved: Policy,
  { texts, files }: Interpolated,
  ruleFiles: readonly RuleFile[],
  warnings: readonly PolicyProblem[],
): LoadedPolicy {
  const { file } = document;
  const policy = structuredClone(resolved);
  for (const { path, written } of texts) put(policy, path, written);
  resolveOwnFiles(resolved, dirname(file));
  resolveRuleFiles(resolved, dirname(file));
  const others = [...files, ...ruleFiles.map((rules) => rules.file)];
  const result: LoadedPolicy = {
    policy: deepFreeze(policy),
    digest: createHash('sha256').update(canonicalize(document.value)).digest('hex'),
    file,
    warnings: inOrder([...warnings, ...writableFiles(document, resolved, others)]),
  };
  hidden.set(result, { resolved: deepFreeze(resolved), files, ruleFiles });
  return Object.freeze(result);
}

function put(policy: Policy, path: Path, written: string): void {
  const parent = valueAt(policy, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
  const key = path.at(-1);
  if (parent !== undefined && key !== undefined) parent[key] = written;
}

function policyText(file: string): string {
  const text = readText(file, 'policy');
  if (typeof text === 'string') return text;
  throw new PolicyError(file, [{ file, path: '', ...text }]);
}

/** Who can write to these files can change what is decided, or make a log look whole. */
function writableFiles(
  document: PolicyDocument,
  policy: Policy,
  interpolated: readonly string[],
): PolicyProblem[] {
  const { file } = document;
  const warning = (name: string, place: Partial<PolicyProblem>): PolicyProblem => ({
    file,
    path: '',
    ...place,
    found: `group or others can write to ${name}`,
    remedy: `chmod go-w ${name}`,
  });
  const named = [OWN_FILES.lock, OWN_FILES.key].flatMap((path) => {
    const name = valueAt(policy, path);
    return typeof name === 'string' && isWritableByOthers(name)
      ? [warning(name, placed(document, path))]
      : [];
  });
  const key = keyFileOfEnvironment();
  const others = [file, ...interpolated, ...(key === undefined ? [] : [key])];
  return [
    ...[...new Set(others)].filter((name) => isWritableByOthers(name)).map((name) => warning(name, {})),
    ...named,
  ];
}

function keyFileOfEnvironment(): string | undefined {
  const key = readEnvironment('MCP_AUDIT_KEY_FILE');
  return key === undefined ? undefined : resolve(key);
}

function placed(
  document: PolicyDocument,
  path: Path,
): Pick<PolicyProblem, 'file' | 'line' | 'column' | 'path'> {
  return { file: document.file, ...document.placeOf(path), path: pathText(path) };
}

function inOrder(problems: readonly PolicyProblem[]): readonly PolicyProblem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const entry of Object.values(value)) deepFreeze(entry);
  return Object.freeze(value);
}
