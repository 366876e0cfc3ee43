/** Makes an `Outcome` of how a call ended: the one place that decides what counts as an error. */
import type { McpCall, Outcome } from '../core/call';
import type { Ending } from '../sdk/interceptor';

/**
 * JSON-RPC codes that say the caller was wrong, not the server: on the server's span they leave the status unset and
 * set no `error.type` (semantic conventions for MCP, server span status).
 */
export const NOT_THE_SERVERS_ERROR = new Set([-32700, -32600, -32601, -32602, -32002]);

export function outcomeOf(call: McpCall, ending: Ending): Outcome {
  switch (ending.type) {
    case 'result':
      return isToolError(call, ending.value)
        ? { status: 'error', errorType: 'tool_error', result: ending.value }
        : { status: 'success', result: ending.value };
    case 'rpc_error': {
      const answer = { rpcCode: ending.code, message: ending.message, exception: ending.thrown };
      if (call.direction === 'incoming' && NOT_THE_SERVERS_ERROR.has(ending.code)) {
        return { status: 'success', ...answer };
      }
      return { status: 'error', errorType: String(ending.code), ...answer };
    }
    case 'failure':
      return { status: 'error', errorType: ending.errorType, exception: ending.thrown };
  }
}

/** A tool that ran and failed answers with a result, flagged. */
function isToolError(call: McpCall, value: unknown): boolean {
  if (call.method !== 'tools/call' || typeof value !== 'object' || value === null) return false;
  return (value as { isError?: unknown }).isError === true;
}
