/** Reads what transports throw when they are refused, or have sent the user to an authorization server. */
import { httpStatus } from './errors';
import { isObject } from './shapes';

/**
 * A transport says so once it has handed the user over to the authorization server. 1.x gives the error no name, and a minifier
 * takes that of its class: its message then tells.
 */
export function isRedirectPending(error: unknown): boolean {
  if (!isObject(error)) return false;
  const { name, message } = error;
  if (name === 'UnauthorizedError' || error.constructor?.name === 'UnauthorizedError') return true;
  return name === 'Error' && message === 'Unauthorized';
}

/** The status with which a request was refused, where the error tells it. */
export function refusalIn(error: unknown): '401' | '403' | undefined {
  if (isRedirectPending(error)) return '401';
  if (!isObject(error)) return undefined;
  if (error['name'] === 'InsufficientScopeError') return '403';
  const status = httpStatus(error) ?? /\bTransport Error:.* (40[13])\b/.exec(String(error['message']))?.[1];
  return status === '401' || status === '403' ? status : undefined;
}
