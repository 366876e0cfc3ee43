/** The policy: none, in force, or wrong; and its audit log. */
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

import { loadPolicy } from '../../pipeline/load-policy';
import { resolvedPolicy, type LoadedPolicy } from '../../policy/load';
import { PolicyError, type PolicyProblem } from '../../policy/problem';
import { saidLines, type Evidence } from './evidence';
import { checkMonitor } from './check-monitor';
import { findingsOf, type Finding, type Findings } from './finding';

const { ok, warn, problem } = findingsOf('policy');
const DIGITS = 12;

export function* checkPolicy(evidence: Evidence): Findings {
  const { environment, cwd, agent } = evidence;
  const path = environment['MCP_GUARD_POLICY']?.trim();
  if (path === undefined || path === '') {
    yield* noPolicy(evidence);
    return;
  }
  const file = resolve(cwd, path);
  const loaded = load(file);
  if (loaded instanceof PolicyError) {
    yield invalid(loaded, evidence);
    return;
  }
  const { policy: inForce } = agent ?? {};
  if (inForce !== undefined && inForce.id === undefined) {
    yield notInForce(evidence, path);
    return;
  }
  const { policy, digest, warnings } = loaded;
  const mode = inForce?.mode ?? policy.mode;
  yield ok(
    'policy',
    `${policy.id}@${digest.slice(0, DIGITS)}, mode ${mode}${inForce === undefined ? '; comes into force at the first MCP use' : ', in force'}`,
  );
  for (const one of warnings) {
    yield warn(
      'policy-warning',
      `${placed(one)}${one.found}`,
      'the policy may not do what was meant',
      one.remedy,
    );
  }
  yield* auditLog(loaded, evidence);
  yield* checkMonitor(loaded, evidence);
}

function* noPolicy({ environment }: Evidence): Findings {
  if (!/^(?:true|1)$/i.test(environment['MCP_GUARD_REQUIRED']?.trim() ?? '')) {
    yield ok('no-policy', 'none: nothing is guarded and nothing audited (MCP_GUARD_POLICY)');
    return;
  }
  yield problem(
    'policy-not-in-force',
    'MCP_GUARD_REQUIRED is set, and MCP_GUARD_POLICY names no policy',
    'every guarded call is denied',
    'name a policy: npx otel-mcp policy init > policy.yaml && export MCP_GUARD_POLICY=policy.yaml',
  );
}

function load(file: string): LoadedPolicy | PolicyError {
  try {
    return loadPolicy(file);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

function placed(one: {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  path: string;
}): string {
  const place = one.line === undefined ? one.file : `${one.file}:${one.line}:${one.column ?? 1}`;
  return `${place}: ${one.path === '' ? '' : `${one.path}: `}`;
}

function whatIsAllowed({ allowed, remedy }: PolicyProblem): string {
  return allowed === undefined || remedy.includes(allowed) ? '' : `; allowed: ${allowed}`;
}

function invalid({ file, problems }: PolicyError, { environment }: Evidence): Finding {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return problem(
    'policy-invalid',
    [
      `the policy ${basename(file)} has ${count} and is not in force:`,
      ...problems.map((one) => `  ${placed(one)}${one.found}`),
    ].join('\n'),
    unguarded(environment),
    ...problems.map((one) => `${placed(one)}${one.remedy}${whatIsAllowed(one)}`),
    `then see that it is in order: npx otel-mcp policy check ${file}`,
  );
}

function unguarded(environment: Evidence['environment']): string {
  return /^(?:true|1)$/i.test(environment['MCP_GUARD_REQUIRED']?.trim() ?? '')
    ? 'MCP_GUARD_REQUIRED is set: every guarded call is denied'
    : 'no guard is in force and nothing is audited';
}

/** Valid here and not there: another working directory, a missing key, another environment. */
function notInForce(evidence: Evidence, path: string): Finding {
  const said = saidLines(evidence, /policy|key/i);
  return problem(
    'policy-not-in-force',
    [`the policy ${path} is valid, and not in force in the agent`, ...said].join('\n'),
    unguarded(evidence.environment),
    'do what the agent says on stderr; give the path of the policy from the root: the agent may change its directory',
  );
}

function* auditLog(loaded: LoadedPolicy, { agent }: Evidence): Findings {
  const { audit } = resolvedPolicy(loaded);
  const target = audit?.file ?? audit?.dir;
  if (audit === undefined || target === undefined) return;
  const isWritable = agent?.policy?.isAuditWritable ?? canWrite(target, audit.file !== undefined);
  if (isWritable) {
    yield ok('audit-log', `the audit log ${target} can be written`);
    return;
  }
  yield problem(
    'audit-not-writable',
    `the audit log ${target} cannot be written`,
    audit.on_failure === 'block' ? 'every guarded call is denied (on_failure: block)' : 'no call is audited',
    `let the agent’s user write there: mkdir -p ${audit.file === undefined ? target : dirname(target)} && chown USER it, and look at the disk: df`,
  );
}

function canWrite(target: string, isFile: boolean): boolean {
  let place = target;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  try {
    accessSync(place, place === target && isFile ? constants.W_OK : constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
