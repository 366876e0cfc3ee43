/** Reads a policy file. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
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
  readonly files: readonly string[];
}

/** What must not be printed with a loaded policy is no property of it. */
const hidden = new WeakMap<LoadedPolicy, Hidden>();

const MAX_BYTES = 1_048_576;

/**
 * Reads and validates a policy, YAML or JSON; activates nothing.
 *
 * @throws PolicyError with every problem, its line and column, and what to do about it
 */
export function loadPolicy(path: string): LoadedPolicy {
  const file = resolve(path);
  const folder = dirname(file);
  const document = PolicyDocument.parse(file, readText(file));
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
  if (missing.length > 0 || problems.length > 0) {
    throw new PolicyError(file, inOrder([...missing, ...problems]));
  }
  return loaded(document, parsed.data, filled, warnings);
}

/** The policy with what `${env:NAME}` and `${file:PATH}` stand for, and absolute paths of our own files: never to be printed. */
export function resolvedPolicy(policy: LoadedPolicy): Policy {
  return hiddenOf(policy).resolved;
}

/** Every file that the policy was made of: itself, and those of `${file:PATH}`. */
export function filesOf(policy: LoadedPolicy): readonly string[] {
  return [policy.file, ...hiddenOf(policy).files];
}

/**
 * Files and folders that no tool may touch, for who changes them changes what is decided or what was logged: the policy
 * itself, what it was made of, its lock, state and key files and its audit log.
 */
export function protectedPaths(policy: LoadedPolicy): readonly string[] {
  const named = Object.values(OWN_FILES).map((path) => valueAt(resolvedPolicy(policy), path));
  const state = valueAt(resolvedPolicy(policy), OWN_FILES.state);
  const lock = typeof state === 'string' ? `${state}.lock` : undefined;
  const all = [...filesOf(policy), ...named, lock, keyFileOfEnvironment()];
  return [...new Set(all.filter((one) => typeof one === 'string'))];
}

/** Whether two loads would decide alike: same text, same values filled in. */
export function isSamePolicy(one: LoadedPolicy, other: LoadedPolicy): boolean {
  return (
    one.digest === other.digest &&
    canonicalize(hiddenOf(one).resolved) === canonicalize(hiddenOf(other).resolved)
  );
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
  warnings: readonly PolicyProblem[],
): LoadedPolicy {
  const { file } = document;
  const policy = structuredClone(resolved);
  for (const { path, written } of texts) put(policy, path, written);
  resolveOwnFiles(resolved, dirname(file));
  const result: LoadedPolicy = {
    policy: deepFreeze(policy),
    digest: createHash('sha256').update(canonicalize(document.value)).digest('hex'),
    file,
    warnings: inOrder([...warnings, ...writableFiles(document, resolved, files)]),
  };
  hidden.set(result, { resolved: deepFreeze(resolved), files });
  return Object.freeze(result);
}

function put(policy: Policy, path: Path, written: string): void {
  const parent = valueAt(policy, path.slice(0, -1)) as Record<string | number, unknown> | undefined;
  const key = path.at(-1);
  if (parent !== undefined && key !== undefined) parent[key] = written;
}

function readText(file: string): string {
  const fail = (found: string, remedy: string): never => {
    throw new PolicyError(file, [{ file, path: '', found, remedy }]);
  };
  const bytes = readBytes(file, fail);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('the file is not UTF-8', 'save it as UTF-8');
  }
}

function readBytes(file: string, fail: (found: string, remedy: string) => never): Buffer {
  try {
    const stat = statSync(file);
    if (stat.isFile() && stat.size <= MAX_BYTES) return readFileSync(file);
    if (!stat.isFile()) return fail('it is no file', 'name the policy file itself');
    return fail(`the file is larger than ${MAX_BYTES} bytes`, 'write a smaller policy');
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return fail(`the file cannot be read (${code})`, 'name a file that is there and that the agent may read');
  }
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
