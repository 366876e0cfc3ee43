/**
 * Requests as the `fetch` of a transport sees them: the only place where the grant of a token request can be read.
 *
 * A transport keeps the functions in fields, which get wrappers. Left alone are the fields where the function itself is known to
 * the SDK: with `redirectPolicy: 'follow'`, and global `fetch` in the AI SDK. `auth-channel.ts` sees those requests.
 */
import { parseUrl } from '../core/parse-url';
import { safely } from '../core/safe';
import type { AuthRequest } from './auth-operation';
import { authScope } from './auth-scope';
import type { WatchedTransport } from './auth-witness';
import { watch } from './settlement';
import type { AnyFunction } from './shapes';
import { isObject } from './shapes';

const MAX_FORM = 65_536;

export function watchFetches(watched: WatchedTransport): void {
  const fields = watched.transport as unknown as Record<string, unknown>;
  const leavesRedirects = fields['_followRedirects'] === true;
  if (!leavesRedirects) replace(watched, '_fetch');
  if (!leavesRedirects && fields['_redirectPolicy'] !== 'follow') {
    watched.showsFlows = replace(watched, '_fetchWithInit');
  }
  if (isAgentsOwn(fields)) {
    replace(watched, 'fetchFn');
    replace(watched, 'customFetch');
  }
}

/** AI SDK: 1.x keeps global `fetch` itself, 2.x a bound copy of it and nothing as `customFetch`. */
function isAgentsOwn(fields: Record<string, unknown>): boolean {
  if (typeof fields['fetchFn'] !== 'function' || fields['fetchFn'] === globalThis.fetch) return false;
  return !Object.hasOwn(fields, 'customFetch') || typeof fields['customFetch'] === 'function';
}

/** @returns whether the field is of use to us, and has a wrapper now */
function replace(watched: WatchedTransport, name: string): boolean {
  const { transport } = watched;
  const field = Object.getOwnPropertyDescriptor(transport, name);
  if (field === undefined || field.configurable !== true || !('value' in field)) return false;
  const original: unknown = field.value;
  if (original !== undefined && typeof original !== 'function') return false;
  Object.defineProperty(transport, name, { ...field, value: watching(watched, original as AnyFunction) });
  return true;
}

/** @param original - `undefined` where the transport takes the global one that there is when it asks */
function watching(watched: WatchedTransport, original: AnyFunction | undefined): AnyFunction {
  return function fetch(this: unknown, ...args: unknown[]) {
    const proceed = () => (original ?? (globalThis.fetch as AnyFunction)).apply(this, args);
    const scope = authScope.getStore();
    if (scope?.transport !== watched || scope.operation.isWaiting) return proceed();
    const request = safely('sdk', () => requestOf(args, watched));
    if (request === undefined) return proceed();
    const { operation } = scope;
    safely('sdk', () => operation.begins(request));
    return watch(proceed, {
      fulfilled: (response) =>
        safely('sdk', () => operation.answered(request, Number((response as { status?: unknown })?.status))),
      rejected: (error) => safely('sdk', () => operation.failed(request, error)),
    });
  };
}

function requestOf([input, options]: unknown[], watched: WatchedTransport): AuthRequest | undefined {
  const url =
    input instanceof URL ? input : parseUrl(String(isObject(input) && 'url' in input ? input['url'] : input));
  if (url === undefined) return undefined;
  const { body, headers } = (options ?? {}) as {
    body?: unknown;
    headers?: ConstructorParameters<typeof Headers>[0];
  };
  if (watched.leadsTo(url)) {
    return { target: 'mcp', carriesToken: () => new Headers(headers).has('authorization') };
  }
  const grant = grantIn(body);
  return grant === undefined ? { target: 'other' } : { target: 'token', grant };
}

/** The SDKs send a form object, an agent's own code may send its text. */
function grantIn(body: unknown): string | undefined {
  if (body instanceof URLSearchParams) return body.get('grant_type') ?? undefined;
  if (typeof body !== 'string' || body.length > MAX_FORM || !body.includes('grant_type=')) return undefined;
  return new URLSearchParams(body).get('grant_type') ?? undefined;
}
