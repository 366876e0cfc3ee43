/**
 * Puts the policy that the environment names into force, and keeps it there as its file changes. Loaded only where
 * `MCP_GUARD_POLICY` or `MCP_GUARD_REQUIRED` is set: without them nothing of policy, guards and audit is in the process.
 */
import type { TraceIds } from '../core/call';
import { countInternalError, say } from '../core/diagnostics';
import { readEnvironment, readSwitch } from '../core/environment';
import { PolicyError } from '../policy/problem';
import type { PolicyChange } from '../policy/watch';
import { watchPolicy } from '../policy/watch';
import type { LoadedPolicy } from '../policy/load';
import { loadPolicy } from '../policy/load';
import type { AuditAnchor } from '../telemetry/audit-logs';
import type { PolicyTelemetry } from '../telemetry/decisions';
import type { FindingSignal } from '../telemetry/findings';
import type { GuardState } from './guard-state';
import type { Guards } from './guards';
import { denialOfAll } from './policy-guards';
import { PolicyInForce } from './policy-in-force';
import type { Recorder } from './recorder';

/** Where a policy comes into force. */
export interface Force {
  /** Puts guards into the path of every call. */
  use(guards: Guards | undefined, policy?: PolicyTelemetry, readings?: GuardState): void;
  /**
   * Does `work` when the process ends, after the calls that are under way have: calls that end with the process are lines of
   * the log, too. At a signal as well where an SDK of ours flushes then. It may be done more than once.
   */
  atEnd(work: () => void): void;
  /** Makes the head of the audit log's chain known outside of this process. */
  anchor(anchor: AuditAnchor): void;
  /** Makes a line of the audit log a log record. */
  log(record: Readonly<Record<string, unknown>>): void;
  /** Tells telemetry of what the monitor has found. */
  found(finding: FindingSignal, trace: TraceIds | undefined): void;
  /** @returns a function that takes the recorder out again */
  subscribe(recorder: Recorder): () => void;
}

/**
 * Never throws: an agent with a broken policy runs, unguarded or, with `MCP_GUARD_REQUIRED`, with every guarded call
 * denied, until its file is mended.
 */
export function activatePolicy(force: Force): void {
  const path = readEnvironment('MCP_GUARD_POLICY');
  if (path === undefined) {
    if (readSwitch('MCP_GUARD_REQUIRED') !== true) return;
    say('MCP_GUARD_REQUIRED is set and MCP_GUARD_POLICY names no policy: every guarded call is denied');
    return force.use(denialOfAll());
  }
  const inForce = new PolicyInForce(force);
  force.atEnd(() => inForce.close());
  const loaded = tryToLoad(path, inForce);
  if (loaded === undefined) {
    // Without guards as well: that the policy could not be loaded is a metric.
    const isRequired = readSwitch('MCP_GUARD_REQUIRED') === true;
    force.use(isRequired ? denialOfAll() : undefined, undefined, inForce.state);
  }
  watchPolicy(loaded ?? path, (change) => changed(change, inForce));
}

function tryToLoad(path: string, inForce: PolicyInForce): LoadedPolicy | undefined {
  try {
    const loaded = loadPolicy(path);
    inForce.put(loaded);
    return loaded;
  } catch (error) {
    inForce.state.loadFailed();
    sayFailure(error, unguarded());
    return undefined;
  }
}

function changed(change: PolicyChange, inForce: PolicyInForce): void {
  switch (change.kind) {
    case 'loaded':
      try {
        inForce.put(change.loaded);
        return say(`the policy ${change.loaded.policy.id} has changed and is in force`);
      } catch (error) {
        inForce.state.loadFailed();
        return sayFailure(error, kept(inForce));
      }
    case 'failed':
      inForce.state.loadFailed();
      return sayFailure(change.error, kept(inForce));
    case 'restored':
      return say('the policy file says again what is in force');
  }
}

function sayFailure(error: unknown, consequence: string): void {
  if (!(error instanceof PolicyError)) countInternalError('policy', error);
  say(`${error instanceof Error ? error.message : String(error)}\n  ${consequence}`);
}

function kept({ id }: PolicyInForce): string {
  return id === undefined ? unguarded() : `the policy ${id} stays in force as it was`;
}

function unguarded(): string {
  return readSwitch('MCP_GUARD_REQUIRED') === true
    ? 'MCP_GUARD_REQUIRED is set: every guarded call is denied'
    : 'no guard is in force and nothing is audited; set MCP_GUARD_REQUIRED=true to deny calls in this state';
}
