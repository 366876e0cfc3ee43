/** What each word of the closed `error.type` list means: span, convention histogram and `error_type` label alike. */
import type { DenialKind, ErrorKind } from '../core/call';

export const ERROR_TYPES = {
  tool_error: 'The tool ran and failed: its result has `isError: true`.',
  timeout: 'No answer came within the request’s timeout.',
  cancelled:
    'The caller’s own signal was aborted. On a SERVER span: the peer called the request off, or its stream closed.',
  connection_closed: 'The connection ended while the answer was awaited.',
  not_connected: 'There was no connection to send on.',
  invalid_result: 'An answer came and failed a schema: the protocol’s or the tool’s own output schema.',
  transport_error: 'The transport could not hand the message over, such as a refused TCP connection.',
  process_exit: 'The call was in flight when the process ended.',
  access_denied: 'A guard on access refused the call.',
  rate_limited: 'A rate limit refused the call.',
  budget_exceeded: 'A budget refused the call.',
  input_rejected: 'A guard on the input refused the call.',
  circuit_open: 'The server’s circuit breaker is open.',
  guard_unavailable: 'A guard could not decide, and is set to refuse then.',
  _OTHER: 'Anything else. On metrics also: a value past the limit of distinct ones.',
} as const satisfies Record<ErrorKind, string>;

/** The values that only guards give. */
export const DENIALS = {
  access_denied: true,
  rate_limited: true,
  budget_exceeded: true,
  input_rejected: true,
  circuit_open: true,
  guard_unavailable: true,
} as const satisfies Record<DenialKind, true>;

/** Values that are digits, and what they stand for. */
export const NUMERIC_ERROR_TYPES = {
  'JSON-RPC code, such as `-32602`':
    'A JSON-RPC error response was really received (CLIENT) or sent (SERVER). `rpc.response.status_code` has the same value.',
  'HTTP status, such as `401`': 'The request was refused by HTTP before there was any JSON-RPC answer.',
} as const;
