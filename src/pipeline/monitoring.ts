/**
 * The monitor while the agent runs: it is told of audit lines after the agent has its results, and what it finds goes to
 * telemetry, to the audit log, and into a short memory for health checks. Loaded only where a policy has a `monitor` section.
 */
import type { RecordFields } from '../audit/record';
import type { TraceIds } from '../core/call';
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import { findingFields } from '../monitor/alert';
import type { CompiledMonitorWithUsage } from '../monitor/compile';
import type { Finding } from '../monitor/finding';
import type { MonitoredLine } from '../monitor/line';
import type { MonitorSnapshot } from '../monitor/snapshot';
import type { FindingSignal } from '../telemetry/findings';
import type { Observation } from '../telemetry/ledger';
import { AuthAttempts } from './auth-attempts';
import type { MonitorReadings } from './guard-state';
import { WorkQueue } from './work-queue';

/** Where findings go. */
export interface FindingOutlets {
  signal(finding: FindingSignal, trace: TraceIds | undefined): void;
  /** Writes a line of the audit log, where there is one. */
  write(fields: RecordFields): void;
}

const MAX_RECENT = 100;

export class Monitoring implements MonitorReadings {
  private compiled: CompiledMonitorWithUsage | undefined;
  private readonly counts = new Map<string, Observation & { value: number }>();
  private readonly lost = { queue_full: 0, failed: 0 };
  private readonly queue = new WorkQueue((count) => (this.lost.queue_full += count));
  readonly attempts = new AuthAttempts();
  /** Lines that the monitor has looked at. */
  observed = 0;
  /** The latest last. */
  readonly recent: Finding[] = [];
  isStateKept: boolean | undefined;

  constructor(private readonly outlets: FindingOutlets) {}

  /** From now on this monitor looks at lines; `undefined`: none. What it raises is counted from zero on. */
  use(compiled: CompiledMonitorWithUsage | undefined): void {
    this.compiled = compiled;
    for (const { rule, severity } of compiled?.kinds ?? []) this.countOf(rule, severity);
  }

  /** A line about a call was written. Nobody may change it afterwards. */
  readonly told = (line: MonitoredLine, trace?: TraceIds): void => {
    if (this.compiled !== undefined) this.queue.add(() => this.observe(line, trace));
  };

  /**
   * Does `work` when the agent has its result; it may tell of lines by {@link observe}.
   *
   * @param characters - about as many it holds until then
   */
  later(work: () => void, characters: number): void {
    if (this.compiled !== undefined) this.queue.add(work, characters);
  }

  observe(line: MonitoredLine, trace: TraceIds | undefined): void {
    this.observed += 1;
    try {
      this.compiled?.monitor.observe(line, (finding) => this.raise(finding, trace));
    } catch (error) {
      this.lost.failed += 1;
      countInternalError('monitor', error);
    }
  }

  /** The process ends. */
  close(): void {
    safely('monitor', () => this.queue.finish());
  }

  findings(): Iterable<Observation> {
    return this.counts.values();
  }

  authAttempts(): Iterable<Observation> {
    return this.attempts.readings();
  }

  *monitorDropped(): Generator<Observation> {
    for (const [reason, value] of Object.entries(this.lost)) yield { attributes: { reason }, value };
  }

  snapshot(top: number | undefined): MonitorSnapshot | undefined {
    if (this.compiled === undefined) return undefined;
    const findings = this.recent.map((finding) => ({
      timestamp: new Date(finding.event.timestamp).toISOString(),
      ...findingFields(finding),
    }));
    return { usage: this.compiled.usage.snapshot({ top }), findings };
  }

  private raise(finding: Finding, trace: TraceIds | undefined): void {
    this.countOf(finding.rule, finding.severity).value += 1;
    this.recent.push(finding);
    if (this.recent.length > MAX_RECENT) this.recent.shift();
    safely('telemetry', () => this.outlets.signal(signalOf(finding), trace));
    safely('audit', () => this.outlets.write(alertOf(finding)));
  }

  private countOf(rule: string, severity: string): { value: number } {
    const key = `${rule} ${severity}`;
    let count = this.counts.get(key);
    if (count === undefined) {
      count = { attributes: { rule, severity }, value: 0 };
      this.counts.set(key, count);
    }
    return count;
  }
}

function signalOf({ rule, severity, score, description, event: { line } }: Finding): FindingSignal {
  return {
    rule,
    severity,
    score,
    description,
    userId: line.user_id ?? undefined,
    agentName: line.agent_name ?? undefined,
    toolName: line.tool_name ?? undefined,
  };
}

function alertOf(finding: Finding): RecordFields {
  const { line } = finding.event;
  return {
    event: 'mcp_security_alert',
    agent_name: line.agent_name,
    call_id: line.call_id,
    finding: findingFields(finding),
    method: line.method,
    server_id: line.server_id,
    session: line.session,
    span_id: line.span_id,
    target: line.target,
    tenant_id: line.tenant_id,
    tool_name: line.tool_name,
    trace_id: line.trace_id,
    user_id: line.user_id,
  };
}
