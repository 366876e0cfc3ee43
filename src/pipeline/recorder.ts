/** What subscribes to finished calls: the audit writer and the monitor do, and `./testing` for users' own tests. */
import type {
  AuthRecord,
  CallRecord,
  Decision,
  McpCall,
  ReportedDecision,
  SessionRecord,
} from '../core/call';

export interface Recorder {
  /** Named in the count of swallowed failures. */
  readonly name: string;
  /** Guards have decided about a call that is not over yet. */
  decided?(call: McpCall, decisions: readonly Decision[]): void;
  /** A guard of the agent's own has decided. */
  reported?(report: ReportedDecision): void;
  /** A call is over. What it throws is swallowed and counted. */
  record(record: CallRecord): void;
  /** A connection is over. */
  recordSession?(record: SessionRecord): void;
  /** An authentication is over. Transports are watched for them only where a recorder has this. */
  authenticated?(record: AuthRecord): void;
}
