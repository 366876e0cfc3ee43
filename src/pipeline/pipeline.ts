/**
 * The one path of every call, in both directions and for every SDK: begin, guard, send, outcome, record.
 *
 * Recorders get a finished call in the order telemetry, then as they subscribed. A recorder that fails is counted and
 * harms nobody.
 */
import type { CallRecord, McpCall, Session } from '../core/call';
import { monotonicSeconds } from '../core/clock';
import { IterableWeakMap } from '../core/iterable-weak-map';
import { safely } from '../core/safe';
import type { ActiveCall, CallStart, Interceptor } from '../sdk/interceptor';
import type { Telemetry } from '../telemetry/telemetry';
import { CallInProgress } from './call-in-progress';
import type { GuardHook } from './guard-hook';
import { currentIdentity } from './identity';
import type { Recorder } from './recorder';

export class Pipeline implements Interceptor {
  private telemetry: Telemetry | undefined;
  private guards: GuardHook | undefined;
  private recorders: readonly Recorder[] = [];
  private readonly inFlight = new Set<CallInProgress>();
  /** Monotonic seconds. Clients dropped without `close()` must stay collectable. */
  private readonly connectedSince = new IterableWeakMap<Session, number>();

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
  setGuardHook(guards: GuardHook | undefined): void {
    this.guards = guards;
  }

  prepare(): void {
    safely('telemetry', () => this.loadTelemetry()?.prepare());
  }

  begin(start: CallStart): ActiveCall | undefined {
    const { session } = start;
    const clientName = session.role === 'client' ? session.clientName : undefined;
    const identity = currentIdentity(clientName, () => this.telemetry?.baggageIdentity() ?? {});
    const call: McpCall = { ...start, identity, requestId: undefined };
    const span = safely('telemetry', () => this.loadTelemetry()?.begin(call));
    const guards = start.direction === 'outgoing' ? this.guards : undefined;
    if (span === undefined && guards === undefined && this.recorders.length === 0) return undefined;
    const active = new CallInProgress(call, span, guards, (done, record) => this.finished(done, record));
    this.inFlight.add(active);
    return active;
  }

  connected(session: Session): void {
    this.connectedSince.set(session, monotonicSeconds());
    const identity = currentIdentity(session.clientName, () => this.telemetry?.baggageIdentity() ?? {});
    safely('telemetry', () => this.loadTelemetry()?.connected(session, identity.agentName));
  }

  disconnected(session: Session, errorType?: string): void {
    const since = this.connectedSince.get(session);
    this.connectedSince.delete(session);
    const seconds = since === undefined ? 0 : monotonicSeconds() - since;
    const record = { session, seconds, errorType };
    safely('telemetry', () => this.telemetry?.disconnected(record, since !== undefined));
    if (since === undefined) return;
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.recordSession?.(record));
  }

  /** The process is about to end: what is under way ends with it. */
  endAll(): void {
    for (const call of this.inFlight) call.end({ type: 'failure', errorType: 'process_exit' });
    for (const session of this.connectedSince.keys()) this.disconnected(session);
  }

  private finished(call: CallInProgress, record: CallRecord): void {
    this.inFlight.delete(call);
    for (const recorder of this.recorders) safely(recorder.name, () => recorder.record(record));
  }

  private loadTelemetry(): Telemetry | undefined {
    this.telemetry ??= this.createTelemetry();
    return this.telemetry;
  }
}
