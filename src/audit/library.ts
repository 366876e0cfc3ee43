/** The public door to what reads, verifies, converts and prunes audit logs: each is loaded when somebody goes through it. */
import type * as Convert from './convert';
import type * as Prune from './prune';
import type * as Reader from './reader';
import type { AuditRecord } from './schema';
import type * as Verify from './verify';

/**
 * The records of audit logs, one at a time, in constant memory. Lines may have any text before the record.
 *
 * @param inputs - paths, folders, globs, `.gz` files, or `-` for standard input
 * @throws when an input names nothing, or a file cannot be read
 */
export function readAuditRecords(inputs: readonly string[]): AsyncGenerator<AuditRecord> {
  return (require('./reader') as typeof Reader).readAuditRecords(inputs);
}

/**
 * Tells whether audit logs are as they were written: edits, deletions, reordering, splices, truncation, a wrong key and
 * crashes apart. Without the key a keyed log is checked by its links alone; a log without a key proves nothing against
 * somebody who can write to it.
 *
 * @param inputs - paths, folders, globs, or `-` for standard input
 * @throws when an input names nothing, or a file cannot be read
 */
export function verifyAudit(
  inputs: readonly string[],
  options?: Verify.VerifyOptions,
): Promise<Verify.VerifyResult> {
  return (require('./verify') as typeof Verify).verifyAudit(inputs, options);
}

/**
 * A record in the form of another system: an OCSF event (API Activity, 6003), a CEF line or a CloudEvent.
 *
 * @param text - the line as it was written: its hash stands for it
 */
export function convertAuditRecord(record: AuditRecord, text: string, format: Convert.AuditFormat): string {
  return (require('./convert') as typeof Convert).convertRecord(record, text, format);
}

/**
 * Deletes whole audit files that are older than a number of days, never below 90.
 *
 * @throws when the folder cannot be read
 */
export function pruneAudit(folder: string, options?: Prune.PruneOptions): Prune.PruneResult {
  return (require('./prune') as typeof Prune).pruneAudit(folder, options);
}
