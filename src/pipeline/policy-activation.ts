/**
 * Puts the policy that the environment names into force. Loaded only where `MCP_GUARD_POLICY` or `MCP_GUARD_REQUIRED` is
 * set: without them nothing of policy, guards and audit is in the process.
 */
import { countInternalError, say } from '../core/diagnostics';
import { readEnvironment, readSwitch } from '../core/environment';
import { nameServersBy } from '../core/server-names';
import { compilePolicy } from '../guards/compile';
import { denialError } from '../guards/errors';
import { refineByEnvironment } from '../policy/environment';
import type { LoadedPolicy } from '../policy/load';
import { loadPolicy, resolvedPolicy } from '../policy/load';
import { PolicyError, problemText } from '../policy/problem';
import type { PolicyTelemetry } from '../telemetry/decisions';
import type { Guards } from './guards';
import { isGuarded, PolicyGuards } from './policy-guards';

/** Digits of the digest that telemetry shows. */
const SHOWN_DIGITS = 12;

interface Activation {
  /** Puts guards into force, or takes them out of it. */
  readonly use: (guards: Guards | undefined, policy?: PolicyTelemetry) => void;
}

/** Never throws: an agent with a broken policy runs, unguarded or, with `MCP_GUARD_REQUIRED`, with every guarded call denied. */
export function activatePolicy({ use }: Activation): void {
  const path = readEnvironment('MCP_GUARD_POLICY');
  try {
    if (path !== undefined) return putIntoForce(loadPolicy(path), use);
    say('MCP_GUARD_REQUIRED is set and MCP_GUARD_POLICY names no policy: every guarded call is denied');
  } catch (error) {
    if (!(error instanceof PolicyError)) countInternalError('policy', error);
    say(`${error instanceof PolicyError ? error.message : String(error)}\n  ${consequence()}`);
  }
  if (readSwitch('MCP_GUARD_REQUIRED') === true) use(DENY_ALL);
}

function putIntoForce(loaded: LoadedPolicy, use: Activation['use']): void {
  const policy = refineByEnvironment(resolvedPolicy(loaded));
  const compiled = compilePolicy(policy, { clock: Date.now, evicted: () => {} });
  nameServersBy((identity) => compiled.servers.named(identity));
  for (const warning of loaded.warnings) say(`policy: ${problemText(warning)}`);
  use(new PolicyGuards(compiled, policy.deny_as, Date.now), {
    id: policy.id,
    digest: loaded.digest.slice(0, SHOWN_DIGITS),
    events: policy.telemetry?.decisions ?? 'summary',
    userLabel: policy.metrics?.user_label,
    guards: compiled.engine.guards,
  });
}

function consequence(): string {
  return readSwitch('MCP_GUARD_REQUIRED') === true
    ? 'MCP_GUARD_REQUIRED is set: every guarded call is denied'
    : 'no guard is in force and nothing is audited; set MCP_GUARD_REQUIRED=true to deny calls in this state';
}

/** There is no valid policy, and there has to be one. */
const DENY_ALL: Guards = {
  decide(call) {
    if (!isGuarded(call)) return { decisions: [] };
    const guard = 'policy';
    const error = denialError({ kind: 'guard_unavailable', guard });
    return {
      decisions: [
        {
          guard,
          verdict: 'error',
          action: 'blocked',
          mode: 'enforce',
          reason: 'no_valid_policy',
          stage: 'request',
        },
      ],
      denial: { errorType: 'guard_unavailable', error },
    };
  },
};
