/**
 * Runs a policy over the calls of an audit log. What the log does not tell, no guard is asked about: it is said which
 * guards could have denied which calls.
 */
import type { McpCall, Session } from '../core/call';
import type { Finding, GuardInput, PureGuard } from '../guards/guard';
import { ToolDefinitions } from '../guards/tool-definitions';
import type { Admission } from '../pipeline/guards';
import type { LoadedPolicy } from '../policy/load';
import type { Policy } from '../policy/schema';
import { targetOf } from '../sdk/target';
import type { Arrival } from './arrivals';
import type { Decided } from './decided';
import { decided } from './decided';
import type { KnownParams } from './known-call';
import { knownParams, knownResult } from './known-call';
import type { LoggedServer } from './logged-servers';
import { LoggedServers } from './logged-servers';
import { sessionOf } from './servers';
import { RecordedFindings } from './recorded-findings';
import { SimulatedPolicy, type SimulatedProcess } from './simulated-policy';
import { sizedArguments } from './sized';
import { Timeline } from './timeline';

export interface ReplayOptions {
  /** The policy that was in force when the log was written, where it is known: whose aliases are the log’s. */
  readonly recorded?: LoadedPolicy | undefined;
  /** Transports by `server_id`, as somebody says. */
  readonly transports?: ReadonlyMap<string, string> | undefined;
}

export interface Replayed {
  readonly arrival: Arrival;
  readonly decided: Decided;
  /** Guards that could have denied the call, for all that the log says. */
  readonly undecided: readonly Undecided[];
}

/** What the log does not tell, and where it would. */
export type Undecided =
  | 'path_traversal'
  | 'url'
  | 'content'
  | 'content_results'
  | 'input_size'
  | 'size_details'
  | 'tool_pin'
  | 'tenant'
  | 'server';

interface ReplayedProcess {
  readonly process: SimulatedProcess;
  readonly sessions: Map<string, Session>;
}

/** Errors of calls that never left. */
const UNSENT = new Set(['not_connected']);

/** What the log has of the call that is decided about. */
interface Current {
  readonly arrival: Arrival;
  readonly known: KnownParams;
  readonly server: LoggedServer;
}

export class Replay {
  private readonly simulated: SimulatedPolicy;
  private readonly recordedServers: Policy['servers'] | undefined;
  private readonly servers: LoggedServers;
  private readonly known = new Map<string, LoggedServer>();
  private readonly processes = new Map<string, ReplayedProcess>();
  private readonly timeline = new Timeline();
  private current: Current | undefined;
  private undecided = new Set<Undecided>();
  private readonly findings: RecordedFindings | undefined;

  constructor(
    loaded: LoadedPolicy,
    private readonly options: ReplayOptions = {},
  ) {
    this.simulated = new SimulatedPolicy(loaded, {
      around: (guard, keepsOwnFiles) => this.around(guard, keepsOwnFiles),
      definitions: new LoggedDefinitions(() => this.current?.arrival.toolDigest),
    });
    const { recorded } = options;
    this.findings = recorded && new RecordedFindings(recorded.digest, recorded.policy, loaded.policy);
    this.recordedServers = recorded?.policy.servers;
    this.servers = new LoggedServers(this.simulated.policy.servers, options.transports ?? new Map());
  }

  get policy(): Policy {
    return this.simulated.policy;
  }

  /** Servers of the log that may be another entry’s, and why. */
  doubts(): ReadonlyMap<string, string> {
    const doubts = [...this.known.values()].filter(({ doubt }) => doubt !== undefined);
    return new Map(doubts.map(({ serverId, doubt }) => [serverId, doubt!]));
  }

  /** @param arrival - the next one: they come in the order of their times */
  next(arrival: Arrival): Replayed {
    this.timeline.until(arrival.at);
    const { process, sessions } = this.processOf(arrival.writer);
    const server = this.serverOf(arrival);
    const known = knownParams(arrival);
    this.current = { arrival, known, server };
    this.undecided = new Set(server.doubt === undefined ? [] : ['server']);
    const call = callOf(arrival, known, this.sessionIn(sessions, process, arrival, server));
    const admission = process.decide(call, arrival.at);
    const decisions = [...admission.decisions, ...this.review(arrival, admission)];
    this.settleLater(process, arrival, admission);
    const found = decided(decisions, this.simulated.policy.mode);
    if (decisions.some(({ guard, verdict }) => guard === 'tenant' && verdict === 'deny'))
      this.undecided.add('tenant');
    return {
      arrival,
      decided: found,
      undecided: found.action === 'blocked' ? doubtsOfDenial(this.undecided) : [...this.undecided],
    };
  }

  private processOf(writer: string): ReplayedProcess {
    let known = this.processes.get(writer);
    if (known === undefined) {
      known = { process: this.simulated.process(), sessions: new Map() };
      this.processes.set(writer, known);
    }
    return known;
  }

  private serverOf({ serverId, policyDigest }: Arrival): LoggedServer {
    const isRecorded = policyDigest === undefined || policyDigest === this.options.recorded?.digest;
    const key = `${isRecorded} ${serverId}`;
    let server = this.known.get(key);
    if (server === undefined) {
      server = this.servers.of(serverId, isRecorded ? this.recordedServers : undefined);
      this.known.set(key, server);
    }
    return server;
  }

  /** Connections are told apart by the session that the line names, where it does. */
  private sessionIn(
    sessions: Map<string, Session>,
    process: SimulatedProcess,
    { serverId, session: id = '' }: Arrival,
    server: LoggedServer,
  ): Session {
    const key = `${serverId} ${id}`;
    let session = sessions.get(key);
    if (session === undefined) {
      session = sessionOf(server, id === '' ? undefined : id);
      process.servers.put(session, server.alias);
      sessions.set(key, session);
    }
    return session;
  }

  private review(arrival: Arrival, admission: Admission): Admission['decisions'] {
    if (admission.review === undefined || admission.denial !== undefined || !arrival.hasResult) return [];
    return admission.review(knownResult(arrival)?.value).decisions;
  }

  /** What the call set aside is kept until it ended; one that never left gives it back. */
  private settleLater(process: SimulatedProcess, arrival: Arrival, admission: Admission): void {
    const { endedAt = Number.POSITIVE_INFINITY, errorType, outcome } = arrival;
    if (admission.denial !== undefined || (this.policy.breaker === undefined && !UNSENT.has(errorType ?? '')))
      return;
    this.timeline.add(endedAt, () => {
      process.now = endedAt;
      // Of a call that the log’s own policy denied nobody knows how it would have ended.
      if (outcome === 'denied' || UNSENT.has(errorType ?? '')) admission.refund?.();
      else admission.settled?.(errorType);
    });
  }

  private around(guard: PureGuard, keepsOwnFiles: boolean): PureGuard {
    const check = keepsOwnFiles ? 'checkOwnFiles' : CHECKS[guard.name as keyof typeof CHECKS];
    if (check === undefined) return guard;
    const { checkResult } = guard;
    return Object.create(guard, {
      check: { value: (input: GuardInput) => this[check](guard, input) },
      ...(checkResult === undefined
        ? {}
        : {
            checkResult: {
              value: (input: GuardInput, value: unknown) =>
                value === undefined ? this.recorded(guard, 'result') : checkResult(input, value),
            },
          }),
    }) as PureGuard;
  }

  /** Of a guard that looks into the arguments: what it denies without them, it denies; else what it found then holds. */
  private checkArguments(guard: PureGuard, input: GuardInput): Finding | undefined {
    const found = guard.check(input);
    if (this.current?.known.isComplete === true || found?.verdict === 'deny') return found;
    if (guard.name === 'content' && this.policy.content?.in.includes('arguments') !== true) return undefined;
    return this.recorded(guard, 'request');
  }

  private recorded(guard: PureGuard, stage: 'request' | 'result'): Finding | undefined {
    const { current, findings } = this;
    const isAsked = current !== undefined && findings !== undefined;
    const found = isAsked ? findings.of(guard.name, current.arrival, stage) : 'unknown';
    if (found !== 'unknown') return this.inOwnMode(found);
    this.undecided.add(stage === 'result' ? 'content_results' : (guard.name as Undecided));
    return undefined;
  }

  /** Patterns, and hidden characters that are only observed, have modes of their own. */
  private inOwnMode(found: Finding | undefined): Finding | undefined {
    const { content } = this.policy;
    if (found === undefined || content === undefined) return found;
    const pattern =
      found.reason === 'pattern_matched' ? content.patterns.find(({ id }) => id === found.rule) : undefined;
    const isWatched = found.reason === 'hidden_characters' && content.hidden_characters === 'observe';
    return { ...found, mode: isWatched ? 'observe' : pattern?.mode, also: this.inOwnMode(found.also) };
  }

  /** Every policy keeps tools away from these: what was found then would be found again. */
  private checkOwnFiles(guard: PureGuard, input: GuardInput): Finding | undefined {
    if (this.current?.known.isComplete === true) return guard.check(input);
    const found = this.current?.arrival.decisions.find(({ reason }) => reason === 'own_file');
    return found && { verdict: 'deny', reason: 'own_file' };
  }

  private checkSize(guard: PureGuard, input: GuardInput): Finding | undefined {
    const { current, policy, options } = this;
    const limits = policy.limits?.size;
    if (current === undefined || limits === undefined || current.known.isComplete) return guard.check(input);
    const recorded = options.recorded;
    const isRecorded = recorded !== undefined && current.arrival.policyDigest === recorded.digest;
    const sized = sizedArguments(
      current.known,
      current.arrival,
      limits,
      isRecorded ? recorded.policy.limits?.size : undefined,
    );
    if (sized.arguments === undefined) {
      this.undecided.add('input_size');
      return undefined;
    }
    const { call } = input;
    const found = guard.check({
      ...input,
      call: { ...call, params: { ...call.params, arguments: sized.arguments } },
      read: undefined,
    });
    if (found?.verdict !== 'deny' && sized.doubt !== undefined) this.undecided.add(sized.doubt);
    return found;
  }

  /** The lock file knows servers by the hash of their transport. */
  private checkPin(guard: PureGuard, input: GuardInput): Finding | undefined {
    const { current } = this;
    if (current?.server.isExact === true || current?.arrival.toolDigest === undefined)
      return guard.check(input);
    this.undecided.add('tool_pin');
    return undefined;
  }
}

const CHECKS = {
  path_traversal: 'checkArguments',
  url: 'checkArguments',
  content: 'checkArguments',
  input_size: 'checkSize',
  tool_pin: 'checkPin',
} as const;

/** What stays open where something decided denies the call anyway. */
function doubtsOfDenial(undecided: ReadonlySet<Undecided>): readonly Undecided[] {
  return [...undecided].filter((one) => one === 'server' || one === 'tenant');
}

/** Digests of definitions as the log has them, at each call. */
class LoggedDefinitions extends ToolDefinitions {
  constructor(private readonly logged: () => string | undefined) {
    super();
  }

  override digestOf(): string | undefined {
    return this.logged();
  }
}

const INCOMING = new Set(['sampling/createMessage', 'elicitation/create', 'roots/list']);

function callOf(arrival: Arrival, { params }: KnownParams, session: Session): McpCall {
  const { method, target, userId, tenantId, agentName, roles, decisions } = arrival;
  // Which tools the agent’s code allowed is not in the log; that it did not allow this one is.
  const isNarrowed = decisions.some(({ reason }) => reason === 'not_in_context');
  const known = targetOf(method, params);
  return {
    direction: INCOMING.has(method) ? 'incoming' : 'outgoing',
    kind: 'request',
    method,
    target: known ?? (target === undefined ? undefined : targetOf(method, { name: target, uri: target })),
    params,
    session,
    identity: { userId, tenantId, agentName, roles, allowTools: isNarrowed ? [] : undefined },
    requestId: undefined,
  };
}
