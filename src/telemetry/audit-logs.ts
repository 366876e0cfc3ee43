/** The audit log in log records: its lines, where a policy wants them, and the head of its chain. */
import type { Context } from '@opentelemetry/api';

import type { LoggerLike } from './api';

const ANCHOR_EVENT = 'mcpguard.audit.anchor';
const RECORD_EVENT = 'mcpguard.audit.record';
const INFO = 9;

/** Names of one line of one writer's chain. */
export interface AuditAnchor {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

/** Kept elsewhere, the head shows that lines were cut off at the end. */
export function emitAnchor(
  logger: LoggerLike | undefined,
  context: Context,
  { writer, seq, hash }: AuditAnchor,
): void {
  const attributes = {
    'mcpguard.audit.writer': writer,
    'mcpguard.audit.seq': seq,
    'mcpguard.audit.hash': hash,
  };
  logger?.emit({ eventName: ANCHOR_EVENT, severityNumber: INFO, context, attributes });
}

/** One attribute per field that is no object, and the others as JSON. */
export function emitAuditRecord(
  logger: LoggerLike | undefined,
  context: Context,
  record: Readonly<Record<string, unknown>>,
): void {
  const attributes: Record<string, string | number | boolean> = {};
  for (const [field, value] of Object.entries(record)) {
    if (value === undefined || value === null) continue;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    attributes[`mcpguard.audit.${field}`] = isPlain ? value : JSON.stringify(value);
  }
  logger?.emit({ eventName: RECORD_EVENT, severityNumber: INFO, context, attributes });
}
