/** Call layer, incoming: wraps the dispatch of inbound requests and notifications. */
import { countInternalError } from '../core/diagnostics';
import { safely } from '../core/safe';
import { connectionOf } from './connection';
import type { Connection } from './connection';
import type { ActiveCall, CallStart, Interceptor, Refusal } from './interceptor';
import { watch } from './settlement';
import type { AnyFunction, ProtocolLike, TransportLike, WireMessage } from './shapes';
import { isObject, text } from './shapes';
import { protocolVersionOf, targetOf } from './target';
import { receiveAnswer, wrapTransportSend } from './wire';

export function wrapOnRequest(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function _onrequest(this: unknown, ...args: unknown[]) {
    if (!interceptor.interested()) return original.apply(this, args);
    const protocol = this as ProtocolLike;
    const proceed = () => original.apply(this, args);
    const connection = connectionOf(protocol._transport);
    const active = safely('sdk', () => beginInbound(connection, args, 'request', interceptor));
    if (active === undefined || connection === undefined) return proceed();
    const id = active.call.requestId as string | number;
    if (isRefused(active, connection)) return undefined;
    connection.answering.set(id, active);
    const returned = active.run(proceed);
    safely('sdk', () => endWithHandler(protocol, connection, id, active));
    return returned;
  };
}

function notAnswered(error: unknown): void {
  countInternalError('sdk', error);
}

/** Answers a request that guards deny, so that the agent's handler never sees it. */
export function isRefused(active: ActiveCall, connection: Connection): boolean {
  const refusal = safely('sdk', () => active.refusal());
  if (refusal === undefined) return false;
  const id = active.call.requestId as string | number;
  Promise.resolve(connection.wire.send({ jsonrpc: '2.0', id, ...refusal })).catch(notAnswered);
  return true;
}

/** The same for a request inside a result: what its handler would have returned, or thrown. */
function refusedWithin(refusal: Refusal): Promise<unknown> {
  if ('result' in refusal) return Promise.resolve(refusal.result);
  return Promise.reject(Object.assign(new Error(refusal.error.message), { code: refusal.error.code }));
}

/**
 * No answer is sent for a request that was aborted, by its peer or because its stream closed. A request that the SDK
 * dropped has no handler that could be aborted: it is over at once.
 */
function endWithHandler(
  protocol: ProtocolLike,
  connection: Connection,
  id: string | number,
  active: ActiveCall,
): void {
  const abandon = (errorType: string) => {
    if (connection.answering.get(id) !== active) return;
    connection.answering.delete(id);
    active.end({ type: 'failure', errorType });
  };
  const handler = protocol._requestHandlerAbortControllers?.get(id);
  if (handler === undefined) abandon('_OTHER');
  else handler.signal.addEventListener('abort', () => abandon('cancelled'), { once: true });
}

export function wrapOnNotification(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function _onnotification(this: unknown, ...args: unknown[]) {
    if (!interceptor.interested()) return original.apply(this, args);
    const protocol = this as ProtocolLike;
    const proceed = () => original.apply(this, args);
    const connection = connectionOf(protocol._transport);
    const active = safely('sdk', () => beginInbound(connection, args, 'notification', interceptor));
    if (active === undefined) return proceed();
    const restore = safely('sdk', () => observeHandler(protocol, active));
    try {
      return active.run(proceed);
    } finally {
      if (restore !== undefined) safely('sdk', restore);
    }
  };
}

/**
 * The SDK looks the handler up, returns, and runs it in a microtask. For the length of the lookup the handler is one
 * of ours that ends the call when the real one is done. The returned function puts the real one back; when no handler
 * has run by the microtask after the SDK's, there was none, and the call is over.
 */
function observeHandler(protocol: ProtocolLike, active: ActiveCall): () => void {
  const handlers = protocol._notificationHandlers;
  const { method } = active.call;
  const registered = handlers?.get(method);
  const handler = registered ?? protocol.fallbackNotificationHandler;
  let invoked = false;
  const observed = (...args: unknown[]) => {
    invoked = true;
    return endWith(active, () => handler?.apply(protocol, args));
  };
  const put = (current: AnyFunction | undefined) => {
    if (registered !== undefined) handlers?.set(method, current as AnyFunction);
    else if (handler !== undefined) protocol.fallbackNotificationHandler = current;
  };
  put(observed);
  return () => {
    put(handler);
    queueMicrotask(() => {
      if (!invoked) active.end({ type: 'result', value: undefined });
    });
  };
}

/** Runs a handler; the call ends with it. */
function endWith(active: ActiveCall, handle: () => unknown): unknown {
  return watch(handle, {
    fulfilled: () => active.end({ type: 'result', value: undefined }),
    rejected: (thrown) => active.end({ type: 'failure', errorType: '_OTHER', thrown }),
  });
}

/** The raw answer is what tells a JSON-RPC error of the peer from an error that the SDK made up. */
export function wrapOnResponse(
  original: AnyFunction,
  transportOf: (owner: unknown) => TransportLike | undefined,
): AnyFunction {
  return function onResponse(this: unknown) {
    const args = arguments as unknown as unknown[];
    try {
      const connection = connectionOf(transportOf(this));
      if (connection !== undefined) receiveAnswer(args[0] as WireMessage, connection);
    } catch (error) {
      countInternalError('sdk', error);
    }
    return original.apply(this, args);
  };
}

/** v2: handlers of requests that are embedded in an `input_required` result run without a wire request. */
export function wrapGetRequestHandler(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function _getRequestHandler(this: unknown, ...args: unknown[]) {
    const handler = original.apply(this, args);
    if (typeof handler !== 'function') return handler;
    const protocol = this as ProtocolLike;
    return function embedded(this: unknown, ...handlerArgs: unknown[]) {
      const handle = () => (handler as AnyFunction).apply(this, handlerArgs);
      const connection = connectionOf(protocol._transport);
      return handleEmbedded(connection, handlerArgs, interceptor, handle);
    };
  };
}

/** Handles a request that came inside a result, unless guards deny it. */
export function handleEmbedded(
  connection: Connection | undefined,
  args: readonly unknown[],
  interceptor: Interceptor,
  handle: () => unknown,
): unknown {
  const active = safely('sdk', () => beginInbound(connection, args, 'request', interceptor, true));
  if (active === undefined) return handle();
  const refusal = safely('sdk', () => active.refusal());
  return refusal === undefined ? active.run(() => endWith(active, handle)) : refusedWithin(refusal);
}

/**
 * @param args - the message, and what its transport passes along with it
 * @param embedded - it came inside the result of a request of ours, and has no id of its own
 */
export function beginInbound(
  connection: Connection | undefined,
  [message, extra]: readonly unknown[],
  kind: CallStart['kind'],
  interceptor: Interceptor,
  embedded = false,
): ActiveCall | undefined {
  if (!isObject(message)) return undefined;
  const { method, params, id } = message as WireMessage;
  const name = text(method);
  if (connection === undefined || name === undefined) return undefined;
  // Switched off and on again: the answer would leave unseen.
  wrapTransportSend(connection.wire, interceptor);
  const begin = () =>
    interceptor.begin({
      direction: 'incoming',
      kind,
      method: name,
      target: targetOf(name, params),
      params,
      protocolVersion: protocolVersionOf(params, embedded ? undefined : extra),
      session: connection,
    });
  const reported =
    name === 'notifications/progress' ? connection.waiting.get(progressTokenOf(params)) : undefined;
  const active = reported === undefined ? begin() : reported.active.run(begin);
  if (active === undefined) return undefined;
  if (kind === 'request' && !embedded && id !== undefined && id !== null) active.call.requestId = id;
  return active;
}

/** The SDKs use a request's id as its progress token, so progress is known to belong to the request that waits. */
function progressTokenOf(params: WireMessage['params']): string | number {
  return params?.['progressToken'] as string | number;
}
