/**
 * Leaves a failing server, or tool, alone for a while: closed, open after failures in a row, half open when one call may
 * try. The machine is asked before a call and told after it, on the clock that it is given, so that `observe` can run it
 * beside calls that go on.
 */
import { LRUCache } from 'lru-cache';
import { milliseconds } from '../core/duration';
import type { Policy } from '../policy/schema';
import type { GuardInput, Reservation, StatefulGuard } from './guard';

type BreakerSection = NonNullable<Policy['breaker']>;
type Counted = BreakerSection['count'][number];

export type BreakerState = 'closed' | 'half_open' | 'open';

interface Circuit {
  failures: number;
  /** Milliseconds since 1970; absent while closed. */
  openedAt?: number | undefined;
  /** The one call that may try while half open is under way. */
  trying: boolean;
}

const MAX_CIRCUITS = 10_000;

export interface CircuitBreaker extends StatefulGuard {
  /** State by `server_id`, the worst of its circuits, of the servers that have been called. */
  states(now: number): ReadonlyMap<string, BreakerState>;
}

/** @param clock - milliseconds since 1970 */
export function createCircuitBreaker(section: BreakerSection, clock: () => number): CircuitBreaker {
  const { per, consecutive } = section;
  const openMs = milliseconds(section.half_open_after);
  const circuits = new LRUCache<string, Circuit & { readonly serverId: string }>({ max: MAX_CIRCUITS });

  const stateOf = ({ openedAt }: Circuit, now: number): BreakerState => {
    if (openedAt === undefined) return 'closed';
    return now - openedAt >= openMs ? 'half_open' : 'open';
  };

  const settle = (circuit: Circuit, isTrial: boolean, failed: boolean | undefined) => {
    if (isTrial) circuit.trying = false;
    if (failed === undefined) return;
    if (!failed) {
      circuit.failures = 0;
      circuit.openedAt = undefined;
      return;
    }
    circuit.failures += 1;
    if (isTrial || circuit.failures >= consecutive) circuit.openedAt = clock();
  };

  return {
    name: 'circuit_breaker',
    mode: section.mode,
    reserve(input): Reservation {
      const key = circuitKey(per, input);
      let circuit = circuits.get(key);
      if (circuit === undefined) {
        circuit = { failures: 0, trying: false, serverId: input.call.session.serverId };
        circuits.set(key, circuit);
      }
      const state = stateOf(circuit, input.now);
      if (state === 'open' || (state === 'half_open' && circuit.trying)) {
        const retryAfterMs = Math.max(0, (circuit.openedAt ?? 0) + openMs - input.now);
        return { finding: { verdict: 'deny', reason: 'circuit_open', retryAfterMs }, refund() {} };
      }
      const isTrial = state === 'half_open';
      if (isTrial) circuit.trying = true;
      const asked = circuit;
      return {
        finding: { verdict: 'allow', reason: 'allowed' },
        refund: () => settle(asked, isTrial, undefined),
        settled: (errorType) => settle(asked, isTrial, isFailure(errorType, section.count)),
      };
    },
    states(now) {
      const worst = new Map<string, BreakerState>();
      for (const circuit of circuits.values()) {
        const state = stateOf(circuit, now);
        const known = worst.get(circuit.serverId) ?? 'closed';
        worst.set(circuit.serverId, SEVERITY[state] > SEVERITY[known] ? state : known);
      }
      return worst;
    },
  };
}

const SEVERITY: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/** By the transport, and the tenant, so that one tenant's failures do not shut another one out. */
function circuitKey(per: BreakerSection['per'], { call }: GuardInput): string {
  const parts = [call.identity.tenantId ?? '', call.session.identity];
  if (per.includes('tool')) parts.push(call.target?.name ?? call.method);
  return parts.join('\u0000');
}

const TRANSPORT = new Set(['connection_closed', 'not_connected', 'transport_error']);
const NEITHER = new Set(['cancelled', 'process_exit']);

/** `undefined`: it says nothing about the server. */
function isFailure(errorType: string | undefined, count: readonly Counted[]): boolean | undefined {
  if (errorType === undefined) return false;
  if (NEITHER.has(errorType)) return undefined;
  return count.includes(causeOf(errorType));
}

function causeOf(errorType: string): Counted {
  if (errorType === 'timeout' || errorType === 'tool_error') return errorType;
  const isHttpStatus = /^[345]\d\d$/.test(errorType);
  if (TRANSPORT.has(errorType) || isHttpStatus) return 'transport';
  return 'rpc';
}
