/** The lines that an audit log would have, for the monitor of a policy without one: made once the agent has its results. */
import { auditKeys } from '../audit/keys';
import { AuditLines } from '../audit/lines';
import type { CallFacts } from '../audit/record';
import type { AuthRecord, CallRecord, Decision, McpCall, ReportedDecision } from '../core/call';
import { hashKey } from '../core/hash-key';
import { safely } from '../core/safe';
import { charactersIn } from './characters';
import type { Monitoring } from './monitoring';
import type { Recorder } from './recorder';

export interface UnloggedLinesOptions {
  readonly monitoring: Monitoring;
  readonly denialKind: (decision: Decision) => string;
  readonly facts: (call: McpCall) => CallFacts;
}

const WRITER = String(process.pid);

export class UnloggedLines implements Recorder {
  readonly name = 'monitor';
  private readonly lines: AuditLines;
  /** When what is being told of happened: milliseconds since 1970. */
  private at = 0;

  constructor(private readonly options: UnloggedLinesOptions) {
    const { denialKind, facts, monitoring } = options;
    this.lines = new AuditLines({
      capture: { level: 'metadata', maxBytes: 0, redact: new Set() },
      keys: auditKeys(hashKey()),
      denialKind,
      facts,
      emit: (draft, trace) => {
        draft.timestamp = new Date(this.at).toISOString();
        draft.writer = WRITER;
        monitoring.observe(draft, trace);
      },
    });
  }

  decided(call: McpCall, decisions: readonly Decision[]): void {
    // That all guards allowed is no line: the call's end is.
    if (decisions.every(({ verdict }) => verdict === 'allow')) return;
    this.later(() => this.lines.decided(call, decisions));
  }

  record(record: CallRecord): void {
    // Nor is what a server of this process was asked.
    if (record.call.session.role !== 'client') return;
    const { call, outcome } = record;
    const held = safely('monitor', () => charactersIn([call.params, outcome.result]));
    this.later(() => this.lines.record(record), held);
  }

  reported(report: ReportedDecision): void {
    this.later(() => this.lines.reported(report));
  }

  authenticated(record: AuthRecord): void {
    this.later(() => this.lines.authenticated(record));
  }

  private later(work: () => void, characters = 0): void {
    const at = Date.now();
    this.options.monitoring.later(() => {
      this.at = at;
      work();
    }, characters);
  }
}
