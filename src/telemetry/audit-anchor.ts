/** The head of the audit log's chain as a log record: kept elsewhere, it shows that lines were cut off at the end. */
import type { Context } from '@opentelemetry/api';

import type { LoggerLike } from './api';

const EVENT = 'mcpguard.audit.anchor';
const INFO = 9;

/** Names of one line of one writer's chain. */
export interface AuditAnchor {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

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
  logger?.emit({ eventName: EVENT, severityNumber: INFO, context, attributes });
}
