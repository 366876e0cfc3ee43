/**
 * The one path of every call, in both directions and for every SDK: begin, guard, send, outcome, record.
 *
 * Recorders get a finished call in the order telemetry, then as they subscribed. A recorder that fails is counted and
 * harms nobody.
 */
import type {
  AuthOutcome,
  CallRecord,
  Decision,
  Identity,
  McpCall,
  ReportedDecision,
  Session,
} from '../core/call';
import { monotonicSeconds } from '../core/clock';
import { countInternalError } from '../core/diagnostics';
import { IterableWeakSet } from '../core/iterable-weak-set';
import { safely } from '../core/safe';
import type { CallStart, Interceptor } from '../sdk/interceptor';
import type { CallSpan } from '../telemetry/call-span';
import type { Telemetry } from '../telemetry/telemetry';
import type { CallObserver } from './call-in-progress';
import { CallInProgress, CallList } from './call-in-progress';
import type { Guards } from './guards';
import { currentIdentity } from './identity';
import type { Recorder } from './recorder';

export class Pipeline implements Interceptor, CallObserver {
  private telemetry: Telemetry | undefined;
  private guards: Guards | undefined;
  private recorders: readonly Recorder[] = [];
  private readonly inFlight = new CallList();
  /** Connections that are up. Clients dropped without `close()` must stay collectable. */
  private readonly open = new IterableWeakSet<Session>();

  /** @param createTelemetry - called at the first MCP use: nothing of OpenTelemetry is loaded before it */
  constructor(private readonly createTelemetry: () => Telemetry | undefined) {}

  /** @returns a function that takes the recorder out again */
  subscribe(recorder: Recorder): () => void {
    this.recorders = [...this.recorders, recorder];
    return () => {
      this.recorders = this.recorders.filter((other) => other !== recorder);
    };
  }

  /** Puts guards into the path of every outgoing call, or takes them out. */
  setGuards(guards: Guards | undefined): void {
    this.guards = guards;
  }

  prepare(): void {
    safely('telemetry', () => this.loadTelemetry()?.prepare());
  }

  interested(): boolean {
    if (this.guards !== undefined || this.recorders.length > 0) return true;
    try {
      return this.loadTelemetry()?.interested() === true;
    } catch (error) {
      countInternalError('telemetry', error);
      return false;
    }
  }

  begin(start: CallStart): CallInProgress | undefined {
    const { direction, kind, method, target, params, protocolVersion, session, parent } = start;
    const identity = this.identityOf(session);
    const call: McpCall = {
      direction,
      kind,
      method,
      target,
      params,
      protocolVersion,
      session,
      identity,
      parent,
      requestId: undefined,
    };
    const span = this.startSpan(call);
    // Inbound calls of a server are traced, and never guarded.
    const guards = session.role === 'client' ? this.guards : undefined;
    if (span === undefined && guards === undefined && this.recorders.length === 0) return undefined;
    if (guards !== undefined) call.trace = safely('telemetry', () => span?.ids());
    const active = new CallInProgress(call, span, guards, this);
    this.inFlight.add(active);
    return active;
  }

  admitConnection(session: Session, method: string): Error | undefined {
    const admission = safely('guards', () => this.guards?.decideConnection?.(session));
    if (admission?.denial === undefined) return undefined;
    const refused = this.begin({
      direction: 'outgoing',
      kind: 'request',
      method,
      target: undefined,
      params: undefined,
      session,
    });
    refused?.decide(admission);
    return admission.denial.error;
  }

  connected(session: Session): void {
    this.open.add(session);
    const { agentName } = this.identityOf(session);
    safely('telemetry', () => this.loadTelemetry()?.connected(session, agentName));
  }

  disconnected(session: Session, errorType?: string): void {
    const wasConnected = this.open.delete(session);
    const record = { session, seconds: monotonicSeconds() - session.startedAt, errorType };
    safely('telemetry', () => this.telemetry?.disconnected(record, wasConnected));
    if (!wasConnected) return;
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.recordSession?.(record));
  }

  wantsAuth(): boolean {
    return this.recorders.some((recorder) => recorder.authenticated !== undefined);
  }

  authenticated(session: Session, outcome: AuthOutcome): void {
    const record = { session, identity: this.identityOf(session), ...outcome };
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.authenticated?.(record));
  }

  /** The process is about to end: what is under way ends with it. */
  endAll(): void {
    for (const call of this.inFlight.all()) call.end({ type: 'failure', errorType: 'process_exit' });
    for (const session of this.open) this.disconnected(session);
  }

  decided(call: McpCall, decisions: readonly Decision[]): void {
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.decided?.(call, decisions));
  }

  /** A decision of a guard of the agent's own. */
  report(report: ReportedDecision): void {
    safely('telemetry', () => this.loadTelemetry()?.report(report));
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.reported?.(report));
  }

  finished(call: CallInProgress, record: CallRecord): void {
    this.inFlight.remove(call);
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.record(record));
  }

  private readonly baggageIdentity = (): Identity => this.telemetry?.baggageIdentity() ?? {};

  private identityOf(session: Session): Identity {
    return currentIdentity(session.role === 'client' ? session.clientName : undefined, this.baggageIdentity);
  }

  private startSpan(call: McpCall): CallSpan | undefined {
    try {
      return this.loadTelemetry()?.begin(call);
    } catch (error) {
      countInternalError('telemetry', error);
      return undefined;
    }
  }

  private loadTelemetry(): Telemetry | undefined {
    this.telemetry ??= this.createTelemetry();
    return this.telemetry;
  }
}
