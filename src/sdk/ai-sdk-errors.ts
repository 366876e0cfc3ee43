/**
 * Reads the errors of the AI SDK's MCP client: one class, marked by a global symbol, whose message alone tells a time-out
 * from a closed connection.
 */
import type { ErrorKind } from '../core/call';
import { isObject } from './shapes';

const MARKER = Symbol.for('vercel.ai.error.AI_MCPClientError');

const KIND_BY_MESSAGE: readonly (readonly [RegExp, ErrorKind])[] = [
  [/ timed out after \d+ms$/, 'timeout'],
  [/^MCP client initialization was aborted$/, 'cancelled'],
  [/^Connection closed$/, 'connection_closed'],
  [/^Attempted to send a request from a closed client$/, 'not_connected'],
  [/\bnot connected$/i, 'not_connected'],
  [/^Failed to parse server response$|^Modern MCP result is missing resultType$/, 'invalid_result'],
  [/^Server sent invalid initialize result$/, 'invalid_result'],
  [/^MCP (?:HTTP|SSE) Transport Error: /, 'transport_error'],
];

/** What an elicitation handler of the agent has thrown: no fault of the transport, whatever it is. */
const ofHandlers = new WeakSet<object>();

export function noteHandlerError(error: unknown): void {
  if (isObject(error)) ofHandlers.add(error);
}

/** 2.x, protocol 2026-07-28: whatever stops a request that may take several rounds is thrown inside this one. */
export function isPassedOn(error: unknown): error is { readonly cause: object } {
  return (
    isAiSdkError(error) &&
    error.message === 'Failed to process server response' &&
    isObject(error.cause) &&
    !ofHandlers.has(error.cause)
  );
}

export function isAiSdkError(
  error: unknown,
): error is { readonly message: string; readonly cause?: unknown } {
  return isObject(error) && error[MARKER as unknown as string] === true;
}

/** What the client itself says of an error; `undefined` when it only wraps another one. */
export function aiSdkErrorKind(error: { readonly message: string }): ErrorKind | undefined {
  return KIND_BY_MESSAGE.find(([pattern]) => pattern.test(error.message))?.[1];
}

/** Whether a signal was aborted for a time-out or the end of the client, not by the caller. */
export function isGivenUpByClient(reason: unknown): boolean {
  return isAiSdkError(reason);
}
