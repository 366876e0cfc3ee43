/** What guards, audit log and policy are like now, for the metrics that show it. */
import type { AuditLog } from '../audit/log';
import type { BreakerState, CircuitBreaker } from '../guards/circuit-breaker';
import type { Finding } from '../monitor/finding';
import type { MonitorSnapshot } from '../monitor/snapshot';
import type { GuardReadings } from '../telemetry/instruments';

type Observation = { readonly attributes: Record<string, string>; readonly value: number };

const STATES: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Label sets that are remembered: more than are ever shown at once in earnest. */
const MAX_GONE = 500;

/**
 * Observations whose label sets come and go. An SDK repeats the last value of a set that is observed no more for as long as the
 * process lives, so such a set is shown as 0.
 */
class ComingAndGoing {
  private readonly shown = new Map<string, Observation['attributes']>();

  *with(current: Iterable<Observation>): Generator<Observation> {
    const present = new Set<string>();
    for (const observation of current) {
      const key = JSON.stringify(observation.attributes);
      present.add(key);
      if (this.shown.size < MAX_GONE) this.shown.set(key, observation.attributes);
      yield observation;
    }
    for (const [key, attributes] of this.shown) if (!present.has(key)) yield { attributes, value: 0 };
  }
}

/** What the monitor's metrics show, and what it has found last. */
export interface MonitorReadings extends Pick<GuardReadings, 'findings' | 'authAttempts' | 'monitorDropped'> {
  /** The latest last. */
  readonly recent: readonly Finding[];
  /** Whether what it learns is kept in a file; `undefined`: nobody asks for it. */
  readonly isStateKept: boolean | undefined;
  /** @returns `undefined` when the policy in force has no monitor */
  snapshot(top: number | undefined): MonitorSnapshot | undefined;
}

export class GuardState implements GuardReadings {
  /** What the metric of the policy in force says of it. */
  policy: { readonly policy: string; readonly digest: string; readonly mode: string } | undefined;
  breaker: CircuitBreaker | undefined;
  /** Stays when a later policy has none: counters do not go back. */
  monitor: MonitorReadings | undefined;
  private audit: AuditLog | undefined;
  /** Counts of logs that another one has followed. */
  private auditBefore = { records: 0, dropped: new Map<string, number>() };
  private loadErrors = 0;
  private storeFailures = 0;
  private readonly evictions = new Map<string, number>();
  private readonly policies = new ComingAndGoing();
  private readonly breakers = new ComingAndGoing();

  loadFailed(): void {
    this.loadErrors += 1;
  }

  readonly storeFailed = (): void => {
    this.storeFailures += 1;
  };

  readonly evicted = (state: string): void => {
    this.evictions.set(state, (this.evictions.get(state) ?? 0) + 1);
  };

  /** The log that is written from now on. */
  useAudit(log: AuditLog | undefined): void {
    if (this.audit !== undefined) {
      const { records, dropped } = this.audit.counters();
      this.auditBefore.records += records;
      for (const [reason, lines] of dropped) addTo(this.auditBefore.dropped, reason, lines);
    }
    this.audit = log;
  }

  /** `undefined` where nothing is audited. */
  isAuditWritable(): boolean | undefined {
    return this.audit?.isWritable();
  }

  policyInfo(): Iterable<Observation> {
    return this.policies.with(this.policy === undefined ? [] : [{ attributes: this.policy, value: 1 }]);
  }

  policyLoadErrors(): Observation[] {
    return [plain(this.loadErrors)];
  }

  breakerState(): Iterable<Observation> {
    const states = this.breaker?.states(Date.now()) ?? new Map<string, BreakerState>();
    return this.breakers.with(
      Array.from(states, ([server_id, state]) => ({ attributes: { server_id }, value: STATES[state] })),
    );
  }

  storeErrors(): Observation[] {
    return [plain(this.storeFailures)];
  }

  *auditRecords(): Generator<Observation> {
    if (this.audit !== undefined) yield plain(this.auditBefore.records + this.audit.counters().records);
  }

  *auditDropped(): Generator<Observation> {
    if (this.audit === undefined) return;
    const dropped = new Map(this.auditBefore.dropped);
    for (const [reason, lines] of this.audit.counters().dropped) addTo(dropped, reason, lines);
    for (const [reason, value] of dropped) yield { attributes: { reason }, value };
  }

  *auditHeadSeq(): Generator<Observation> {
    if (this.audit !== undefined) yield plain(this.audit.counters().headSeq);
  }

  *stateEvictions(): Generator<Observation> {
    for (const [state, value] of this.evictions) yield { attributes: { state }, value };
  }

  findings(): ReturnType<GuardReadings['findings']> {
    return this.monitor?.findings() ?? [];
  }

  authAttempts(): ReturnType<GuardReadings['authAttempts']> {
    return this.monitor?.authAttempts() ?? [];
  }

  monitorDropped(): ReturnType<GuardReadings['monitorDropped']> {
    return this.monitor?.monitorDropped() ?? [];
  }
}

function plain(value: number): Observation {
  return { attributes: {}, value };
}

function addTo(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
