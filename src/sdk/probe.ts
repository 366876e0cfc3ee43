/**
 * v2 over stdio asks `server/discover` of a short-lived sibling process, built with the transport's own class and
 * command line. That transport is never given to a protocol, so its class has to show it.
 */
import { safely } from '../core/safe';
import { Connection, connectionOf, register } from './connection';
import type { Interceptor } from './interceptor';
import type { TransportLike, WireMessage } from './shapes';
import { isObject } from './shapes';
import { wrapTransportSend } from './wire';
import { wrap } from './wrapping';

const PROBE_ID = /^server-discover-probe-/;

/** Watches the class of `transport` when v2 would make a sibling of it: it then owns the sibling's reaper. */
export function observeProbes(transport: TransportLike, interceptor: Interceptor): void {
  const prototype: unknown = Object.getPrototypeOf(transport);
  if (!isObject(prototype) || !Object.hasOwn(prototype, '_dispose')) return;
  wrap(prototype, 'send', (original) => {
    return function send(this: unknown, ...args: unknown[]) {
      const sibling = this as TransportLike;
      const id = (args[0] as WireMessage | undefined)?.id;
      if (typeof id !== 'string' || !PROBE_ID.test(id) || connectionOf(sibling) !== undefined) {
        return original.apply(this, args);
      }
      safely('sdk', () => {
        register(new Connection(interceptor, undefined, sibling));
        wrapTransportSend(sibling, interceptor);
      });
      return sibling.send(...(args as Parameters<TransportLike['send']>));
    };
  });
  wrap(prototype, '_dispose', (original) => {
    return function _dispose(this: unknown, ...args: unknown[]) {
      safely('sdk', () => connectionOf(this as TransportLike)?.closed());
      return original.apply(this, args);
    };
  });
}
