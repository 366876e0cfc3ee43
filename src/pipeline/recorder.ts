/** What subscribes to finished calls: the audit writer and the monitor do, and `./testing` for users' own tests. */
import type { CallRecord, SessionRecord } from '../core/call';

export interface Recorder {
  /** Named in the count of swallowed failures. */
  readonly name: string;
  /** A call is over. What it throws is swallowed and counted. */
  record(record: CallRecord): void;
  /** A connection is over. */
  recordSession?(record: SessionRecord): void;
}
