/** Puts the call layer and the wire layer on the AI SDK's own client. */
import { safely } from '../core/safe';
import type { AiSdkClientLike } from './ai-sdk-client';
import { AiSdkEndpoint } from './ai-sdk-client';
import { wrapElicitationHandler, wrapOnElicitationRequest, wrapOnRequestMessage } from './ai-sdk-incoming';
import type { AiSdkContext } from './ai-sdk-outgoing';
import { wrapCallTool, wrapCallToolWithRetry, wrapRequest, wrapRequestOnce } from './ai-sdk-outgoing';
import { watchAuth } from './auth';
import { Connection, connectionOf, register } from './connection';
import { wrapOnResponse } from './incoming';
import type { Interceptor } from './interceptor';
import { watch } from './settlement';
import type { AnyFunction, MethodTable, TransportLike } from './shapes';
import { isObject } from './shapes';
import { wrapTransportSend } from './wire';
import { wrap } from './wrapping';

export function patchAiSdkClient(prototype: MethodTable, interceptor: Interceptor): void {
  const context: AiSdkContext = { interceptor, attach: (client) => attach(client, interceptor) };
  wrap(prototype, 'init', (original) => wrapInit(original, interceptor));
  wrap(prototype, 'request', (original) => wrapRequest(original, context));
  wrap(prototype, 'requestOnce', (original) => wrapRequestOnce(original, context));
  wrap(prototype, 'callTool', (original) => wrapCallTool(original, context));
  wrap(prototype, 'callToolWithRetry', (original) => wrapCallToolWithRetry(original));
  wrap(prototype, 'onResponse', (original) => wrapOnResponse(original, transportOf));
  wrap(prototype, 'onRequestMessage', (original) => wrapOnRequestMessage(original, interceptor));
  wrap(prototype, 'onElicitationRequest', (original) => wrapOnElicitationRequest(original, interceptor));
  wrap(prototype, 'onClose', (original) => wrapOnClose(original));
}

function transportOf(client: unknown): TransportLike {
  return (client as AiSdkClientLike).transport;
}

/** `init` starts the transport and does the handshake. */
function wrapInit(original: AnyFunction, interceptor: Interceptor): AnyFunction {
  return function init(this: unknown, ...args: unknown[]) {
    const proceed = () => original.apply(this, args);
    const connection = safely('sdk', () => establish(this as AiSdkClientLike, interceptor));
    if (connection === undefined) return proceed();
    const method = discovers(this as AiSdkClientLike) ? 'server/discover' : 'initialize';
    const denial = safely('sdk', () => interceptor.admitConnection(connection, method));
    if (denial !== undefined) return Promise.reject(denial);
    const start = () => {
      const returned = proceed();
      // The transport has been started: what we load now is hidden behind the start of a stdio server.
      safely('sdk', () => interceptor.prepare());
      return returned;
    };
    return watch(start, {
      fulfilled: () => safely('sdk', () => connection.opened()),
      rejected: (error) => safely('sdk', () => connection.failed(error)),
    });
  };
}

/** 2.x asks for the server's versions first where its transport says that it can. */
function discovers({ protocolVersionDiscovery, transport }: AiSdkClientLike): boolean {
  return protocolVersionDiscovery === true && transport.supportsProtocolVersionDiscovery === true;
}

function wrapOnClose(original: AnyFunction): AnyFunction {
  return function onClose(this: unknown, ...args: unknown[]) {
    safely('sdk', () => connectionOf(transportOf(this))?.closed());
    return original.apply(this, args);
  };
}

function establish(client: AiSdkClientLike, interceptor: Interceptor): Connection | undefined {
  const { transport } = client;
  if (!isObject(transport) || typeof transport.send !== 'function') return undefined;
  const connection = new Connection(interceptor, new AiSdkEndpoint(client), transport);
  register(connection);
  wrapTransportSend(transport, interceptor);
  watchAuth(connection, interceptor);
  return connection;
}

/** The connection of a call. One made before we were loaded is taken up at its first call. */
function attach(client: AiSdkClientLike, interceptor: Interceptor): Connection | undefined {
  const known = connectionOf(client.transport);
  if (known !== undefined) {
    // Switched off and on again: the client is patched anew, and so must be its transport and its handler.
    wrapTransportSend(client.transport, interceptor);
    wrapElicitationHandler(client, interceptor);
    watchAuth(known, interceptor);
    return known;
  }
  const late = establish(client, interceptor);
  wrapElicitationHandler(client, interceptor);
  interceptor.prepare();
  late?.opened();
  return late;
}
