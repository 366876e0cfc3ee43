/**
 * Reads what the SDKs throw. Never by `instanceof` (several copies may be loaded) and, minifiers permitting, never by
 * class name alone: by `code`, `status` and, where an SDK offers nothing else, its message.
 */
import type { ErrorKind } from '../core/call';
import { aiSdkErrorKind, isAiSdkError, isPassedOn } from './ai-sdk-errors';
import { isObject } from './shapes';

/** What is known of a request besides the error that ended it. */
export interface RequestState {
  /** The message was handed to the transport. */
  readonly sent: boolean;
  /** A JSON-RPC result came back before the error was thrown. */
  readonly answered: boolean;
  /** The caller's own signal was aborted. */
  readonly aborted: boolean;
}

/** Local errors that the SDKs number like JSON-RPC codes: 1.0 uses -1 and -2, 1.1 and later -32000 and -32001. */
const LOCAL_CODES: Readonly<Record<number, ErrorKind>> = {
  [-1]: 'connection_closed',
  [-32000]: 'connection_closed',
  [-2]: 'timeout',
  [-32001]: 'timeout',
};

/** `SdkError.code` of v2. */
const LOCAL_NAMES: Readonly<Record<string, ErrorKind>> = {
  REQUEST_TIMEOUT: 'timeout',
  CONNECTION_CLOSED: 'connection_closed',
  NOT_CONNECTED: 'not_connected',
  NOT_INITIALIZED: 'not_connected',
  INVALID_RESULT: 'invalid_result',
  UNSUPPORTED_RESULT_TYPE: 'invalid_result',
  SEND_FAILED: 'transport_error',
  // The SDK itself gave up: neither the transport nor the answer was at fault.
  INPUT_REQUIRED_ROUNDS_EXCEEDED: '_OTHER',
  LIST_PAGINATION_EXCEEDED: '_OTHER',
  METHOD_NOT_SUPPORTED_BY_PROTOCOL_VERSION: '_OTHER',
  CAPABILITY_NOT_SUPPORTED: '_OTHER',
  ERA_NEGOTIATION_FAILED: '_OTHER',
  CLIENT_HTTP_UNEXPECTED_CONTENT: 'transport_error',
  CLIENT_HTTP_FAILED_TO_OPEN_STREAM: 'transport_error',
};

/** HTTP refusals that carry their status in their kind only. */
const STATUS_BY_NAME: Readonly<Record<string, string>> = {
  UnauthorizedError: '401',
  CLIENT_HTTP_AUTHENTICATION: '401',
  CLIENT_HTTP_FORBIDDEN: '403',
};

/** How deep a wrapped error is looked into. */
const MAX_CAUSES = 4;

/** `Error POSTing to endpoint (HTTP 404): …`: the only trace of the status in 1.x transports without an error class. */
const STATUS_IN_MESSAGE = /\(HTTP (\d{3})\)/;
const NOT_CONNECTED = /^Not connected\b/;

/**
 * The `error.type` of a failure for which no JSON-RPC error was received: a word of the closed list, or the HTTP
 * status as digits.
 */
export function failureType(error: unknown, state: RequestState): string {
  if (state.aborted) return 'cancelled';
  if (state.answered) return 'invalid_result';
  if (isPassedOn(error)) return failureType(error.cause, state);
  const known = httpStatus(error) ?? localKind(error);
  if (known !== undefined) return known;
  return state.sent ? 'transport_error' : '_OTHER';
}

/** The `error.type` of a `connect()` that failed before any request did; wrapped errors are looked into. */
export function connectFailureType(error: unknown): string {
  for (const inner of causesOf(error)) {
    const known = httpStatus(inner) ?? localKind(inner);
    if (known !== undefined && known !== '_OTHER') return known;
    if (typeof inner['syscall'] === 'string' || isFetchFailure(inner)) return 'transport_error';
  }
  return '_OTHER';
}

/** The error, what it wraps, what that wraps, and so on. */
export function* causesOf(error: unknown): Generator<Record<string, unknown>> {
  for (
    let inner = error, depth = 0;
    isObject(inner) && depth < MAX_CAUSES;
    inner = inner['cause'], depth += 1
  ) {
    yield inner;
  }
}

function localKind(error: unknown): ErrorKind | undefined {
  if (!isObject(error)) return undefined;
  if (isAiSdkError(error)) return aiSdkErrorKind(error) ?? localKind(error.cause) ?? '_OTHER';
  const { code, name, message } = error;
  if (typeof code === 'number' && LOCAL_CODES[code] !== undefined) return LOCAL_CODES[code];
  if (typeof code === 'string' && LOCAL_NAMES[code] !== undefined) return LOCAL_NAMES[code];
  if (typeof message === 'string' && NOT_CONNECTED.test(message)) return 'not_connected';
  if (name === 'ZodError' || Array.isArray(error['issues'])) return 'invalid_result';
  return undefined;
}

export function httpStatus(error: unknown): string | undefined {
  if (!isObject(error)) return undefined;
  const { data } = error;
  for (const candidate of [
    error['status'],
    error['statusCode'],
    error['code'],
    isObject(data) ? data['status'] : undefined,
  ]) {
    if (isHttpError(candidate)) return String(candidate);
  }
  const named = STATUS_BY_NAME[String(error['code'])] ?? STATUS_BY_NAME[String(error['name'])];
  if (named !== undefined) return named;
  return STATUS_IN_MESSAGE.exec(String(error['message']))?.[1];
}

function isHttpError(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 300 && (value as number) <= 599;
}

function isFetchFailure(error: Record<string, unknown>): boolean {
  return error['name'] === 'TypeError' && isObject(error['cause']);
}

/** The JSON-RPC error message without the prefixes that the SDKs' error classes put before it, once per hop. */
export function plainMessage(message: unknown): string {
  return typeof message === 'string' ? message.replace(/^(?:MCP error -?\d+: )+/, '') : '';
}
