/** The audit log as the pipeline sees it: a recorder of calls. */
import type { AuthRecord, CallRecord, Decision, McpCall, ReportedDecision, TraceIds } from '../core/call';
import { safely } from '../core/safe';
import type { Policy } from '../policy/schema';
import { VERSION } from '../version';
import type { AuditKeys } from './keys';
import { AuditLines } from './lines';
import type { AuditCounters } from './loss';
import type { CallFacts, RecordDraft, RecordFields } from './record';
import { newRecord } from './record';
import type { AuditRecord } from './schema';
import { AuditWriter, type Anchor } from './writer';

type AuditPolicy = NonNullable<Policy['audit']>;

export interface AuditLogOptions {
  /** The policy's `audit` section, paths resolved. */
  readonly policy: AuditPolicy;
  readonly policyDigest: string;
  readonly keys: AuditKeys;
  /** `error.type` of a denial by this guard. */
  readonly denialKind: (decision: Decision) => string;
  /** What is known of a call beyond itself; asked once per call, when the guards decide. */
  readonly facts?: ((call: McpCall) => CallFacts | undefined) | undefined;
  /** Makes the head of the chain known outside. */
  readonly anchored?: ((anchor: Anchor) => void) | undefined;
  /** Every line that was written, such as for a log record of OpenTelemetry. */
  readonly written?: ((record: AuditRecord) => void) | undefined;
  /**
   * Every line about a call, also one that could not be written, once it was tried; with the call's span, and without its
   * arguments and result.
   */
  readonly told?: ((line: AuditRecord, trace?: TraceIds) => void) | undefined;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

const PREFIX_IN_FILE = 'MCP_AUDIT: ';

export class AuditLog {
  readonly name = 'audit';
  private readonly writer: AuditWriter;
  private readonly lines: AuditLines;
  private policyDigest: string;
  /** While authentications are lines, too. */
  authenticated?: (record: AuthRecord) => void;

  /** Opens the log. A log that cannot be opened is tried again every 5 s, while calls are made. */
  constructor(private readonly options: AuditLogOptions) {
    const { policy, policyDigest, keys, denialKind, facts, anchored, written, now } = options;
    this.policyDigest = policyDigest;
    this.lines = new AuditLines({
      capture: { level: policy.level, maxBytes: policy.max_bytes, redact: new Set(policy.redact) },
      keys,
      denialKind,
      facts,
      emit: (draft, trace) => this.writeLine(draft, trace),
    });
    this.writer = new AuditWriter({
      dir: policy.dir,
      file: policy.file,
      prefix: policy.prefix ?? (policy.file === undefined ? '' : PREFIX_IN_FILE),
      fsync: policy.fsync,
      rotateBytes: policy.rotate_bytes,
      keys,
      start: () => ({ policy_digest: this.policyDigest, package_version: VERSION }),
      anchored,
      written,
      now,
    });
  }

  /** The policy was replaced by one with the same `audit` section. */
  usePolicy(digest: string): void {
    this.policyDigest = digest;
  }

  /** Whether authentications are lines from now on; only then are transports watched for them. Default: no. */
  useAuthEvents(wanted: boolean): void {
    if (wanted) this.authenticated = (record) => this.lines.authenticated(record);
    else delete this.authenticated;
  }

  decided(call: McpCall, decisions: readonly Decision[]): void {
    this.lines.decided(call, decisions);
  }

  record(record: CallRecord): void {
    this.lines.record(record);
  }

  reported(report: ReportedDecision): void {
    this.lines.reported(report);
  }

  /** Writes a line that is about no call of ours; `told` is not told of it. */
  write(fields: RecordFields): void {
    safely('audit', () => void this.append(Object.assign(newRecord(fields.event), fields)));
  }

  /** Whether the next line can be expected to reach the log. */
  isWritable(): boolean {
    return safely('audit', () => this.writer.isWritable()) ?? false;
  }

  counters(): AuditCounters {
    return this.writer.counters();
  }

  /** Writes `audit_end`: the process ends, or another log takes over. */
  close(): void {
    safely('audit', () => this.writer.close());
  }

  private writeLine(draft: RecordDraft, trace?: TraceIds): void {
    const { told } = this.options;
    const isWritten = this.append(draft);
    if (told === undefined) return;
    // What the line captures of the call may be large, and is for the file alone.
    draft.arguments = undefined;
    draft.result = undefined;
    if (!isWritten) draft.timestamp = new Date(this.options.now?.() ?? Date.now()).toISOString();
    safely('monitor', () => told(draft, trace));
  }

  /** @returns whether the line is in the log */
  private append(draft: RecordDraft): boolean {
    draft.policy_digest = this.policyDigest;
    return this.writer.write(draft);
  }
}
