import type { McpCall } from './call';

/** Whether a call is one of the monitoring guide's tool calls: a client's own `tools/call`, retry legs not again. */
export function countsAsToolCall({ method, kind, direction, session, parent }: McpCall): boolean {
  return (
    method === 'tools/call' &&
    kind === 'request' &&
    direction === 'outgoing' &&
    session.role === 'client' &&
    parent === undefined
  );
}
