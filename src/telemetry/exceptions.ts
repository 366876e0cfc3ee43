/** What was thrown, as span event or log record: `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN` decides. */
import type { Context, Span } from '@opentelemetry/api';

import type { McpCall } from '../core/call';
import type { LoggerLike } from './api';
import type { TelemetrySettings } from './config';
import { ATTR } from './semconv';

/** Severity of a failed operation (core conventions, exceptions in logs): WARN on the client, ERROR on the server. */
const SEVERITY = { outgoing: 13, incoming: 17 } as const;
export const EXCEPTION_EVENT = {
  outgoing: 'mcp.client.operation.exception',
  incoming: 'mcp.server.operation.exception',
} as const;

export interface ExceptionTargets {
  readonly span: Span | undefined;
  readonly context: Context;
  readonly logger: () => LoggerLike | undefined;
}

export function recordException(
  call: McpCall,
  thrown: unknown,
  signal: TelemetrySettings['exceptions'],
  { span, context, logger }: ExceptionTargets,
): void {
  const { name, message, stack } = described(thrown);
  if (signal !== 'logs') span?.recordException(thrown instanceof Error ? thrown : { name, message });
  if (signal === 'span') return;
  logger()?.emit({
    eventName: EXCEPTION_EVENT[call.direction],
    severityNumber: SEVERITY[call.direction],
    context,
    attributes: {
      [ATTR.EXCEPTION_TYPE]: name,
      [ATTR.EXCEPTION_MESSAGE]: message,
      ...(stack === undefined ? {} : { [ATTR.EXCEPTION_STACKTRACE]: stack }),
    },
  });
}

/** An abort reason may be anything: a string, or an error of another realm. */
function described(thrown: unknown): { name: string; message: string; stack?: string } {
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: String(thrown) };
  const { name, message, stack } = thrown as Partial<Error>;
  return {
    name: name ?? 'Error',
    message: message ?? '',
    ...(stack === undefined ? {} : { stack }),
  };
}
