/**
 * The operations of HTTP transports: wrappers on the methods of their classes, which leave alone every instance that is not
 * watched. A class, because an agent may finish an authorization on a transport that it has not connected.
 */
import { safely } from '../core/safe';
import { watchChannel } from './auth-channel';
import { watchFetches } from './auth-fetch';
import { AuthOperation } from './auth-operation';
import { authScope } from './auth-scope';
import { WatchedTransport } from './auth-witness';
import { Connection } from './connection';
import type { Interceptor } from './interceptor';
import { watch } from './settlement';
import type { MethodTable, TransportLike } from './shapes';
import { isObject } from './shapes';
import { wrap } from './wrapping';

/** Methods, each with the group that it belongs to: what an operation calls of its own group is its own next attempt. */
const GROUPS: Readonly<Record<string, string>> = {
  send: 'send',
  _startOrAuth: 'stream',
  _startOrAuthSse: 'stream',
  _authThenStart: 'stream',
  openInboundSse: 'stream',
  finishAuth: 'finishAuth',
  terminateSession: 'terminateSession',
};

/** Open streams. Where a transport has none of them, `start` does. */
const OPENERS = ['_startOrAuth', '_startOrAuthSse', 'openInboundSse'] as const;

const watchedTransports = new WeakMap<object, WatchedTransport>();

export function watchTransport(connection: Connection, interceptor: Interceptor): void {
  const { behind, transport: kind } = connection;
  if (kind !== 'streamable_http' && kind !== 'sse') return;
  const watched = watchedTransports.get(behind) ?? take(behind, connection, interceptor);
  watched.serve(connection);
  const { send } = Object.getPrototypeOf(behind) as MethodTable;
  // Asked again at every call: a class loses its wrappers when we are switched off.
  if (send === watched.wrappedSend) return;
  wrapClasses(behind, interceptor);
  watched.wrappedSend = (Object.getPrototypeOf(behind) as MethodTable)['send'];
}

function take(transport: TransportLike, connection: Connection, interceptor: Interceptor): WatchedTransport {
  const watched = new WatchedTransport(transport, connection, interceptor);
  watchedTransports.set(transport, watched);
  watchFetches(watched);
  watchChannel();
  return watched;
}

function wrapClasses(transport: TransportLike, interceptor: Interceptor): void {
  for (
    let prototype: unknown = Object.getPrototypeOf(transport);
    isObject(prototype) && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, group] of Object.entries(GROUPS)) wrapOwn(prototype, name, group, interceptor);
    if (!OPENERS.some((name) => name in transport)) wrapOwn(prototype, 'start', 'stream', interceptor);
  }
}

function wrapOwn(prototype: MethodTable, name: string, group: string, interceptor: Interceptor): void {
  if (!Object.hasOwn(prototype, name)) return;
  wrap(prototype, name, (original) => {
    return function operation(this: unknown, ...args: unknown[]) {
      const watched = safely('sdk', () => watchedBy(this, group, interceptor));
      if (watched === undefined) return original.apply(this, args);
      const proceed = () => original.apply(this, args);
      return operate(
        watched,
        group,
        name === '_authThenStart',
        group === 'send' ? args[0] : undefined,
        proceed,
      );
    };
  });
}

/** A transport that was never connected is known by its authorization being finished. */
function watchedBy(
  transport: unknown,
  group: string,
  interceptor: Interceptor,
): WatchedTransport | undefined {
  const known = watchedTransports.get(transport as object);
  if (known !== undefined || group !== 'finishAuth' || !interceptor.wantsAuth()) return known;
  const wire = transport as TransportLike;
  return take(wire, new Connection(interceptor, undefined, wire), interceptor);
}

function operate(
  transport: WatchedTransport,
  group: string,
  startsWithFlow: boolean,
  message: unknown,
  proceed: () => unknown,
): unknown {
  const running = authScope.getStore();
  if (running?.transport === transport && isNextAttempt(running.operation, group, message)) {
    // Not where the flow itself comes next.
    if (!startsWithFlow) safely('sdk', () => running.operation.retried());
    return proceed();
  }
  const operation = new AuthOperation(transport, group, message, startsWithFlow || group === 'finishAuth');
  return watch(() => authScope.run({ transport, operation }, proceed), {
    fulfilled: () => safely('sdk', () => operation.fulfilled()),
    rejected: (error) => safely('sdk', () => operation.rejected(error)),
  });
}

/** In code of the agent that an operation calls, the agent may send something else. */
function isNextAttempt(operation: AuthOperation, group: string, message: unknown): boolean {
  if (!operation.isPending || operation.group !== group) return false;
  const before = operation.message;
  if (before === message) return true;
  if (!isObject(before) || !isObject(message)) return false;
  return before['id'] === message['id'] && before['method'] === message['method'];
}
