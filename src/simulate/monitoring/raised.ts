/** A finding that was raised from a line of a log. */
import type { AuditLine } from '../../audit/reader';
import type { Finding } from '../../monitor/finding';

export interface RaisedFinding {
  readonly finding: Finding;
  /** Milliseconds since 1970, of its event. */
  readonly time: number;
  /** Whose monitor has raised it; `undefined` where one looks at all lines, and of lines without a writer. */
  readonly writer: string | undefined;
  /** Place of the line of its event. */
  readonly place: Pick<AuditLine, 'file' | 'line'>;
  /** In the order in which they were raised. */
  readonly number: number;
}
