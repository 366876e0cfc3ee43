/**
 * How clients authenticate, for whoever wants to know.
 *
 * Seen is what the HTTP transports of both SDK majors and of the AI SDK do: their operations (`auth-methods.ts`), the requests
 * made in them (`auth-fetch.ts`, `auth-channel.ts`), and what follows of the two (`auth-operation.ts`). Nothing is changed on the
 * way, and where nobody wants to know, none of it is loaded.
 */
import { safely } from '../core/safe';
import type * as Methods from './auth-methods';
import type { Connection } from './connection';
import type { Interceptor } from './interceptor';

/** Watches the transport of a client from now on. Does nothing where it is watched already, or nobody wants to know. */
export function watchAuth(connection: Connection, interceptor: Interceptor): void {
  if (connection.role !== 'client' || !interceptor.wantsAuth()) return;
  safely('sdk', () => (require('./auth-methods') as typeof Methods).watchTransport(connection, interceptor));
}
