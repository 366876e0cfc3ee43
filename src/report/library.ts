/** The public door to the report, which is loaded when somebody goes through it. */
import type * as Build from './build';
import type { ReportOptions } from './build';
import type { Report } from './model';

/**
 * The daily report of audit logs, as `otel-mcp report --format json` prints it: calls, denials, alerts, objectives, who
 * and what was busiest, suggested limits. Any size of log in constant memory; what is no record is counted.
 *
 * @param inputs - paths, folders, globs, `.gz` files, or `-` for standard input
 * @throws when an input names nothing, a file cannot be read, or an option makes no sense
 */
export async function buildReport(inputs: readonly string[], options?: ReportOptions): Promise<Report> {
  return (require('./build') as typeof Build).buildReport(inputs, options);
}
