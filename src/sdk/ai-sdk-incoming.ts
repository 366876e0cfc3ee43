/**
 * Call layer of the AI SDK's client, incoming: requests of the server. It takes no notifications: they are an error to
 * it, and there is nothing to trace.
 */
import { safely } from '../core/safe';
import type { AiSdkClientLike } from './ai-sdk-client';
import { noteHandlerError } from './ai-sdk-errors';
import { connectionOf } from './connection';
import { During } from './during';
import { beginInbound, handleEmbedded, isRefused } from './incoming';
import type { Interceptor } from './interceptor';
import { watch } from './settlement';
import type { Watcher } from './settlement';
import type { AnyFunction } from './shapes';
import { wrap } from './wrapping';

/** A request of the server is being handed to its handler, synchronously. */
const dispatching = new During<true>();

export function wrapOnRequestMessage(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function onRequestMessage(this: unknown, ...args: unknown[]) {
    const proceed = () => dispatching.apply(true, original, this, args);
    if (!interceptor.interested()) return proceed();
    const connection = connectionOf((this as AiSdkClientLike).transport);
    const active = safely('sdk', () => beginInbound(connection, args, 'request', interceptor));
    if (active === undefined || connection === undefined) return proceed();
    if (isRefused(active, connection)) return undefined;
    const id = active.call.requestId as string | number;
    connection.answering.set(id, active);
    // The answer ends the call as it leaves. Without one, it is over when its handler is.
    const unanswered = () => {
      if (connection.answering.get(id) !== active) return;
      connection.answering.delete(id);
      active.end({ type: 'failure', errorType: '_OTHER' });
    };
    return watch(() => active.run(proceed), { fulfilled: unanswered, rejected: unanswered });
  };
}

/** 2.x: the handler also serves requests that come inside an `input_required` result, without a wire request. */
export function wrapOnElicitationRequest(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function onElicitationRequest(this: unknown, ...args: unknown[]) {
    const returned = original.apply(this, args);
    safely('sdk', () => wrapElicitationHandler(this as AiSdkClientLike, interceptor));
    return returned;
  };
}

/** Does nothing where it is done, or where there is no handler. */
export function wrapElicitationHandler(client: AiSdkClientLike, interceptor: Interceptor): void {
  wrap(client, 'elicitationRequestHandler', (handler) => wrapHandler(handler, client, interceptor));
}

const HANDLER: Watcher = { fulfilled: () => {}, rejected: noteHandlerError };

function wrapHandler(handler: AnyFunction, client: AiSdkClientLike, interceptor: Interceptor): AnyFunction {
  return function elicitationRequestHandler(this: unknown, ...args: unknown[]) {
    if (dispatching.current === true || !interceptor.interested()) return handler.apply(this, args);
    const work = () => watch(() => handler.apply(this, args), HANDLER);
    const connection = connectionOf(client.transport);
    return handleEmbedded(connection, args, interceptor, work);
  };
}
