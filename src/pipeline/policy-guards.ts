/** The guards of a loaded policy, as the pipeline asks them. */
import type { Decision, McpCall, Session } from '../core/call';
import type { CompiledPolicy } from '../guards/compile';
import type { Ruling } from '../guards/ruling';
import type { Denial } from '../guards/errors';
import { denialError } from '../guards/errors';
import type { GuardInput, ToolDefinition } from '../guards/guard';
import type { Policy } from '../policy/schema';
import type { Refusal } from '../sdk/interceptor';
import { inTurn } from './turns';
import type { Admission, Guards, Review } from './guards';

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

/** The first request of a connection, in either era. */
const CONNECTING = new Set(['initialize', 'server/discover']);

export class PolicyGuards implements Guards {
  /** Connections whose first request was seen: v2 may ask for the server's versions and still initialize. */
  private readonly connecting = new WeakSet<Session>();

  constructor(
    private readonly compiled: CompiledPolicy,
    private readonly denyAs: Policy['deny_as'],
    private readonly clock: () => number,
  ) {}

  decide(call: McpCall): Admission | Promise<Admission> {
    // What is answered at once, and what belongs to a call that was decided about, waits for nothing.
    const mayWait =
      this.compiled.engine.isShared && call.direction === 'outgoing' && call.parent === undefined;
    if (mayWait) return inTurn(call.session, this.decideShared(call));
    if (!isGuarded(call)) return this.unguarded(call);
    const input = this.inputOf(call);
    return this.admitted(input, this.compiled.engine.decide(input));
  }

  private decideShared(call: McpCall): Admission | Promise<Admission> {
    if (!isGuarded(call)) return this.unguarded(call);
    const input = this.inputOf(call);
    const ruling = this.compiled.engine.decideShared(input);
    return ruling instanceof Promise
      ? ruling.then((later) => this.admitted(input, later))
      : this.admitted(input, ruling);
  }

  private admitted(input: GuardInput, ruling: Ruling): Admission {
    const { engine, timeoutOf } = this.compiled;
    const { call } = input;
    const isOutgoing = call.direction === 'outgoing';
    const timeoutMs = isOutgoing ? timeoutOf?.(input) : undefined;
    const retries = isOutgoing ? this.retriesOf(call) : 0;
    const admission = { ...this.admission(ruling, call.method), timeoutMs, retries };
    if (!isOutgoing || !engine.reviewsResults || admission.denial !== undefined) return admission;
    return { ...admission, review: (value) => this.reviewResult(call, value, admission.decisions) };
  }

  /** Only what its server calls read-only or idempotent may be done twice. */
  private retriesOf({ method, session, target }: McpCall): number {
    const { definitions, maxRetries } = this.compiled;
    if (maxRetries === 0 || method !== 'tools/call' || target === undefined) return 0;
    return definitions?.isIdempotent(session, target.name) === true ? maxRetries : 0;
  }

  private inputOf(call: McpCall): GuardInput {
    return { call, server: this.compiled.servers.of(call.session), now: this.clock() };
  }

  /** Of a call that nothing is decided about: a list of tools is looked at, and the further requests of a call are stripped like it. */
  private unguarded(call: McpCall): Admission {
    const { definitions, engine } = this.compiled;
    const { direction, kind, method, parent, session } = call;
    if (direction !== 'outgoing' || kind !== 'request' || session.role !== 'client') return UNGUARDED;
    if (CONNECTING.has(method)) return this.observedConnection(call);
    if (method === 'tools/list' && (definitions !== undefined || engine.reviewsDefinitions)) {
      return { decisions: [], review: (value) => this.reviewList(call, value) };
    }
    const stripped = parent !== undefined && GUARDED.has(method) ? engine.strip(call) : undefined;
    return stripped === undefined ? UNGUARDED : { decisions: [], rewrite: withFields(stripped) };
  }

  /**
   * What was denied is said when the transport would have started, on a call that stands for the first one. What was only
   * observed is said on that call itself.
   */
  private observedConnection(call: McpCall): Admission {
    if (this.connecting.has(call.session)) return UNGUARDED;
    this.connecting.add(call.session);
    const { decisions } = this.compiled.engine.decideConnection(this.inputOf(call));
    const observed = decisions.filter(({ action }) => action === 'observed');
    return observed.length === 0 ? UNGUARDED : { decisions: observed };
  }

  private reviewResult(call: McpCall, value: unknown, before: readonly Decision[]): Review {
    const ruling = this.compiled.engine.review(this.inputOf(call), value);
    const { denial } = ruling;
    // A guard that decided about the request and allows the result has nothing to add.
    const decisions = ruling.decisions.filter(
      ({ guard, verdict }) => verdict !== 'allow' || before.every((decision) => decision.guard !== guard),
    );
    const shown = { decisions, value: ruling.value };
    return denial === undefined ? shown : { ...shown, denial: this.denialOf(denial, call.method) };
  }

  private reviewList(call: McpCall, value: unknown): Review {
    const { definitions, engine } = this.compiled;
    const tools = toolsOf(value);
    if (tools === undefined) return { decisions: [], value };
    definitions?.note(call.session, tools);
    const ruling = engine.reviewDefinitions(this.inputOf(call), tools);
    const { decisions } = ruling;
    return {
      decisions,
      value: ruling.tools === tools ? value : { ...(value as object), tools: ruling.tools },
    };
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

  private admission(ruling: Ruling, method: string): Admission {
    const { decisions, denial } = ruling;
    if (denial === undefined) {
      const { stripped } = ruling;
      return {
        decisions,
        ...(stripped === undefined ? {} : { rewrite: withFields(stripped) }),
        settled: (errorType) => ruling.settled(errorType),
        refund: () => ruling.refund(),
        ...(ruling.later === undefined ? {} : { later: () => ruling.later?.() ?? Promise.resolve([]) }),
      };
    }
    const refusal = REFUSALS[method];
    return {
      decisions,
      denial: this.denialOf(denial, method),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }

  private denialOf(denial: Denial, method: string): NonNullable<Admission['denial']> {
    const error = denialError(denial);
    const asResult = this.denyAs === 'result' && method === 'tools/call';
    return { errorType: denial.kind, error, ...(asResult ? { result: resultOf(error) } : {}) };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function withFields(fields: Fields): (params: Fields) => Fields {
  return (params) => ({ ...params, ...fields });
}

/** The definitions of a list; `undefined` of what is no list of them. */
function toolsOf(value: unknown): readonly ToolDefinition[] | undefined {
  const tools = typeof value === 'object' && value !== null ? (value as Fields)['tools'] : undefined;
  return Array.isArray(tools) && tools.every(isDefinition) ? tools : undefined;
}

function isDefinition(tool: unknown): tool is ToolDefinition {
  return typeof tool === 'object' && tool !== null && typeof (tool as Fields)['name'] === 'string';
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
