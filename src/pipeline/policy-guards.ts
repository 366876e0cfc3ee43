/** The guards of a loaded policy, as the pipeline asks them. */
import type { McpCall, Session } from '../core/call';
import type { CompiledPolicy } from '../guards/compile';
import type { Ruling } from '../guards/ruling';
import { denialError } from '../guards/errors';
import type { Policy } from '../policy/schema';
import type { Refusal } from '../sdk/interceptor';
import type { Admission, Guards } from './guards';

/** Methods that guards decide about. Everything else is traced only. */
const GUARDED = new Set(['tools/call', 'resources/read', 'resources/subscribe', 'prompts/get']);

/** What a server may ask of a client, and what it is answered when that is denied: the protocol's own way to say no. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  'elicitation/create': { result: { action: 'decline' } },
  'sampling/createMessage': { error: { code: -1, message: 'denied by policy' } },
  'roots/list': { result: { roots: [] } },
};

const UNGUARDED: Admission = { decisions: [] };

function isGuarded({ direction, kind, method, session, parent }: McpCall): boolean {
  if (kind !== 'request' || session.role !== 'client') return false;
  if (direction === 'incoming') return method in REFUSALS;
  // Further requests of a call under way were decided about with it.
  return parent === undefined && GUARDED.has(method);
}

export class PolicyGuards implements Guards {
  constructor(
    private readonly compiled: CompiledPolicy,
    private readonly denyAs: Policy['deny_as'],
    private readonly clock: () => number,
  ) {}

  decide(call: McpCall): Admission {
    if (!isGuarded(call)) return UNGUARDED;
    const { engine, servers, timeoutOf } = this.compiled;
    const input = { call, server: servers.of(call.session), now: this.clock() };
    const timeoutMs = call.direction === 'outgoing' ? timeoutOf?.(input) : undefined;
    return this.admission(engine.decide(input), call.method, timeoutMs);
  }

  decideConnection(session: Session): Admission {
    const { engine, servers } = this.compiled;
    const call: McpCall = {
      direction: 'outgoing',
      kind: 'request',
      method: 'initialize',
      target: undefined,
      params: undefined,
      session,
      identity: {},
      requestId: undefined,
    };
    const ruling = engine.decideConnection({ call, server: servers.of(session), now: this.clock() });
    return this.admission(ruling, call.method);
  }

  private admission(ruling: Ruling, method: string, timeoutMs?: number): Admission {
    const { decisions, denial } = ruling;
    if (denial === undefined) {
      return {
        decisions,
        timeoutMs,
        settled: (errorType) => ruling.settled(errorType),
        refund: () => ruling.refund(),
      };
    }
    const error = denialError(denial);
    const asResult = this.denyAs === 'result' && method === 'tools/call';
    const refusal = REFUSALS[method];
    return {
      decisions,
      denial: { errorType: denial.kind, error, ...(asResult ? { result: resultOf(error) } : {}) },
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}

/** What a tool's own failure looks like, so that a model reads why. */
function resultOf({ message }: Error): object {
  return { content: [{ type: 'text', text: message }], isError: true };
}

/** There is no valid policy, and there has to be one. */
export function denialOfAll(): Guards {
  return {
    decide(call) {
      if (!isGuarded(call)) return UNGUARDED;
      const guard = 'policy';
      const decision = {
        guard,
        verdict: 'error',
        action: 'blocked',
        mode: 'enforce',
        reason: 'no_valid_policy',
        stage: 'request',
      } as const;
      const error = denialError({ kind: 'guard_unavailable', guard });
      return { decisions: [decision], denial: { errorType: 'guard_unavailable', error } };
    },
  };
}
