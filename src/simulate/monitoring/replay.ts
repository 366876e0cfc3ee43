/** Looks at the lines of a log as the monitors of the processes that wrote it did: one monitor for each writer. */
import { LRUCache } from 'lru-cache';

import type { AuditLine } from '../../audit/reader';
import type { CompiledMonitor } from '../../monitor/compile';
import { findingFields } from '../../monitor/alert';
import type { Finding } from '../../monitor/finding';
import { findingIn, type Comparison } from './comparison';
import { timedLine, type TimedLine } from './monitored-line';
import type { RaisedFinding } from './raised';
import type { StartState } from './start-state';

export interface ReplayOptions {
  /** Makes a monitor that knows nothing yet. */
  readonly compile: () => CompiledMonitor;
  readonly startState: StartState;
  /** One monitor looks at the lines of all writers. */
  readonly isMerged: boolean;
  /** Milliseconds since 1970: lines from then on are not looked at. */
  readonly until: number | undefined;
  /** Milliseconds since 1970: later lines are not believed. */
  readonly now: number;
  /** Digest of the policy, with which lines are compared. */
  readonly digest: string | undefined;
  readonly raised: (finding: RaisedFinding) => void;
  /** Every line that a monitor has looked at, with what it has raised. */
  readonly observed?:
    | ((line: TimedLine, place: AuditLine, raised: readonly RaisedFinding[]) => void)
    | undefined;
  readonly comparison?: Comparison | undefined;
}

/** Monitors at once: a log that many processes wrote to at the same time. */
const MAX_MONITORS = 64;
/** Writers whose monitor was let go, of which it is noticed when they write again. */
const MAX_LET_GO = 20_000;
const NONE: readonly RaisedFinding[] = [];
/** They are about the log itself, or from a monitor: no process needs one because of them. */
const NO_EVENTS: ReadonlySet<string> = new Set(['audit_start', 'audit_end', 'mcp_security_alert']);

export class MonitorReplay {
  readonly lines = { all: 0, records: 0, after: 0, foreign: 0, otherPolicy: 0 };
  readonly bad = { torn: 0, unreadable: 0, too_long: 0, unusable: 0 };
  /** Lines that a monitor could not look at: a fault of ours. */
  failed = 0;
  /** Monitors that were let go because too many processes wrote at the same time, and were missed. */
  forgottenMonitors = 0;
  first = Infinity;
  last = -Infinity;
  private count = 0;
  private writerCount = 0;
  private readonly monitors: LRUCache<string, CompiledMonitor>;
  private readonly letGo = new LRUCache<string, true>({ max: MAX_LET_GO });

  constructor(private readonly options: ReplayOptions) {
    this.monitors = new LRUCache({
      max: MAX_MONITORS,
      dispose: (_, writer, reason) => {
        // Most have ended without saying so.
        if (reason === 'evict') this.letGo.set(writer, true);
      },
    });
  }

  /** Processes that wrote; one in all where one monitor looks at the lines of all. */
  get writers(): number {
    return this.writerCount;
  }

  add(auditLine: AuditLine): void {
    const { record, problem } = auditLine;
    this.lines.all += 1;
    if (problem === 'other') this.lines.foreign += 1;
    else if (problem !== undefined) this.bad[problem] += 1;
    if (record === undefined) return;
    const timed = timedLine(record, this.options.now);
    if (timed === 'unknown_event') this.lines.foreign += 1;
    else if (timed === 'unusable') this.bad.unusable += 1;
    else this.look(timed, auditLine);
  }

  private look(timed: TimedLine, auditLine: AuditLine): void {
    const { digest, observed, until = Infinity } = this.options;
    const { line, time } = timed;
    const record = auditLine.record!;
    this.compareLive(auditLine, time);
    if (time >= until) {
      this.lines.after += 1;
      return;
    }
    this.lines.records += 1;
    if (time < this.first) this.first = time;
    if (time > this.last) this.last = time;
    if (digest !== undefined && record.policy_digest !== undefined && record.policy_digest !== digest)
      this.lines.otherPolicy += 1;
    const writer = this.options.isMerged ? undefined : (line.writer ?? '');
    const raised = this.observe(timed, auditLine, writer);
    observed?.(timed, auditLine, raised);
    if (writer === undefined) return;
    const { startState } = this.options;
    startState.tell(writer, time);
    if (line.event !== 'audit_end') return;
    startState.end(writer);
    // A process that is over needs no memory.
    this.monitors.delete(writer);
  }

  private observe({ line, time }: TimedLine, { file, line: number }: AuditLine, writer: string | undefined) {
    if (NO_EVENTS.has(line.event)) return NONE;
    const raised: RaisedFinding[] = [];
    try {
      this.monitorOf(writer ?? '', time).monitor.observe(line, (finding) => {
        this.count += 1;
        const one = { finding, time, writer, place: { file, line: number }, number: this.count };
        raised.push(one);
        this.options.raised(one);
        this.compareHere(finding, one);
      });
    } catch {
      this.failed += 1;
    }
    return raised.length === 0 ? NONE : raised;
  }

  private monitorOf(writer: string, time: number): CompiledMonitor {
    let monitor = this.monitors.get(writer);
    if (monitor === undefined) {
      monitor = this.options.compile();
      this.options.startState.begin(writer, monitor, time);
      if (this.letGo.delete(writer)) this.forgottenMonitors += 1;
      else this.writerCount += 1;
      this.monitors.set(writer, monitor);
    }
    return monitor;
  }

  private compareHere(finding: Finding, { time, writer }: RaisedFinding): void {
    const { call_id: callId } = finding.event.line;
    this.options.comparison?.add('only_here', findingFields(finding), { time, writer, callId });
  }

  private compareLive({ record }: AuditLine, time: number): void {
    const { comparison } = this.options;
    if (comparison === undefined || record?.event !== 'mcp_security_alert') return;
    const fields = findingIn(record);
    const { call_id: callId, writer = '' } = record;
    if (fields !== undefined) comparison.add('only_live', fields, { time, writer, callId });
  }
}
