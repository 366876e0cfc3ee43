/** Spans that a framework's server makes of what `drive.ts` asks. */
import type { ExpectedSpan } from './row';

/**
 * A SERVER span below the span of the one who asked.
 *
 * @param rpc - the code of a JSON-RPC error. Codes that say the request itself was wrong are no error of the server.
 */
const served = (name: string, error?: string, rpc?: string): ExpectedSpan => ({
  kind: 'SERVER',
  name,
  parent: 'caller',
  error,
  rpc,
});

/**
 * The usual requests, of which the last asks for a tool that the program does not have.
 *
 * @param unknownTool - how the framework refuses it: an error result, or the code of a JSON-RPC error
 */
export function servedRequests(unknownTool: 'tool_error' | '-32601' | '-32602' | '-32603'): ExpectedSpan[] {
  const isServersFault = unknownTool === 'tool_error' || unknownTool === '-32603';
  return [
    served('initialize'),
    served('notifications/initialized'),
    served('tools/list'),
    served('tools/call echo'),
    served('tools/call fail', 'tool_error'),
    served(
      'tools/call broken',
      isServersFault ? unknownTool : undefined,
      unknownTool === 'tool_error' ? undefined : unknownTool,
    ),
  ];
}

/** A server with the preload adds, below every span of its client, one of its own with the same outcome. */
export const withServer = (spans: readonly ExpectedSpan[]): ExpectedSpan[] =>
  spans.flatMap((span) => [span, { ...span, kind: 'SERVER', parent: span.name }]);
