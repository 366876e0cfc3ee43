/**
 * Requests that pass no `fetch` of ours: those of transports that call the global one (1.x before 1.15, flows before 1.16, the
 * AI SDK) or that follow redirects. Node's `fetch` tells of its requests on diagnostics channels. A body cannot be seen there, so
 * a request to a token endpoint is known by its form, and its grant is not.
 */
import { subscribe } from 'node:diagnostics_channel';

import { parseUrl } from '../core/parse-url';
import { safely } from '../core/safe';
import type { AuthOperation, AuthRequest } from './auth-operation';
import { authScope } from './auth-scope';
import type { WatchedTransport } from './auth-witness';

/** Of undici: headers are one text, or since 7 a list of names and values. */
interface Request {
  readonly origin: unknown;
  readonly path: string;
  readonly method: string;
  readonly headers: unknown;
}

const FORM = /content-type[:,]\s*application\/x-www-form-urlencoded/i;
const AUTHORIZATION = /(?:^|[\r\n,])authorization[:,]/i;

const seen = new WeakMap<object, { readonly operation: AuthOperation; readonly request: AuthRequest }>();
let isSubscribed = false;

/** Requests of operations are looked at from now on; the process's others are nobody's. */
export function watchChannel(): void {
  if (isSubscribed) return;
  isSubscribed = true;
  on('undici:request:create', ({ request }) => created(request));
  on('undici:request:headers', ({ request, response }) => {
    const known = seen.get(request);
    known?.operation.answered(known.request, response.statusCode);
  });
  on('undici:request:error', ({ request, error }) => {
    const known = seen.get(request);
    known?.operation.failed(known.request, error);
  });
}

interface Message {
  readonly request: Request;
  readonly response: { readonly statusCode: number };
  readonly error: unknown;
}

function on(channel: string, listener: (message: Message) => void): void {
  subscribe(channel, (message) => safely('sdk', () => listener(message as Message)));
}

function created(request: Request): void {
  const scope = authScope.getStore();
  if (scope === undefined || scope.operation.isWaiting) return;
  const { operation, transport } = scope;
  const found = requestOf(request, transport);
  if (found === undefined) return;
  seen.set(request, { operation, request: found });
  operation.begins(found);
}

function requestOf(request: Request, transport: WatchedTransport): AuthRequest | undefined {
  const url = parseUrl(`${String(request.origin)}${request.path}`);
  if (url === undefined) return undefined;
  const headers = String(request.headers);
  if (transport.leadsTo(url)) return { target: 'mcp', carriesToken: () => AUTHORIZATION.test(headers) };
  // A provider may ask for whatever it wants meanwhile: of flows that we see otherwise, this is none.
  if (transport.showsFlows) return undefined;
  return { target: request.method === 'POST' && FORM.test(headers) ? 'token' : 'other' };
}
