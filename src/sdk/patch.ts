/**
 * Puts the call layer and the wire layer on the classes that the loader, or the agent itself, hands over.
 *
 * 1.x and v2 are told apart by the members their prototypes have, not by version: one walk serves both majors, every
 * copy, and bundles.
 */
import { safely } from '../core/safe';
import { findAiSdkPrototype } from './ai-sdk-client';
import { patchAiSdkClient } from './ai-sdk-patch';
import { watchAuth } from './auth';
import { Connection, connectionOf, register } from './connection';
import { SdkEndpoint } from './endpoint';
import { wrapGetRequestHandler, wrapOnNotification, wrapOnRequest, wrapOnResponse } from './incoming';
import type { Interceptor } from './interceptor';
import type { OutgoingContext } from './outgoing';
import { wrapCallTool, wrapFunnel, wrapResolveNonCompleteResult } from './outgoing';
import { observeProbes } from './probe';
import { exportedPrototypes, findClientPrototype, findProtocolPrototype, funnelOf } from './prototypes';
import { watch } from './settlement';
import type { AnyFunction, MethodTable, ProtocolLike, TransportLike } from './shapes';
import { isObject } from './shapes';
import { NO_TRANSPORT } from './transport';
import { wrapTransportSend } from './wire';
import { unwrapAll, wrap } from './wrapping';

export class SdkPatch {
  /** Prototypes handed over so far: patched again when switched on again. */
  private readonly known = new Set<MethodTable>();
  private readonly connecting = new WeakSet<object>();
  private enabled = true;

  private readonly outgoing: OutgoingContext;

  constructor(private readonly interceptor: Interceptor) {
    this.outgoing = { interceptor, attach: (protocol) => this.attach(protocol) };
  }

  /** Patches the SDK classes among `exports` (a namespace, or an object with `Client`, `Server` or `Protocol`). */
  adopt(exports: Readonly<Record<string, unknown>>): void {
    for (const prototype of exportedPrototypes(exports)) {
      this.known.add(prototype);
      if (this.enabled) this.patch(prototype);
    }
  }

  enable(): void {
    this.enabled = true;
    for (const prototype of this.known) this.patch(prototype);
  }

  /** Restores every prototype and every transport. */
  disable(): void {
    this.enabled = false;
    unwrapAll();
  }

  private patch(start: MethodTable): void {
    const aiSdkClient = findAiSdkPrototype(start);
    if (aiSdkClient !== undefined) return patchAiSdkClient(aiSdkClient, this.interceptor);
    const protocol = findProtocolPrototype(start);
    if (protocol !== undefined) this.patchProtocol(protocol);
    const client = findClientPrototype(start);
    if (client !== undefined && protocol !== undefined) this.patchClient(client, protocol);
  }

  private patchProtocol(protocol: MethodTable): void {
    const { interceptor } = this;
    const funnel = funnelOf(protocol);
    wrap(protocol, funnel, (original) => wrapFunnel(original, funnel, this.outgoing));
    wrap(protocol, '_onrequest', (original) => wrapOnRequest(original, interceptor));
    wrap(protocol, '_onnotification', (original) => wrapOnNotification(original, interceptor));
    wrap(protocol, '_onresponse', (original) =>
      wrapOnResponse(original, (owner) => (owner as ProtocolLike)._transport),
    );
    wrap(protocol, '_getRequestHandler', (original) => wrapGetRequestHandler(original, interceptor));
    wrap(protocol, '_onclose', (original) => this.wrapOnClose(original));
    wrap(protocol, 'connect', (original) => this.wrapConnect(original));
  }

  private patchClient(client: MethodTable, protocol: MethodTable): void {
    const isV2 = funnelOf(protocol) !== 'request';
    wrap(client, 'callTool', (original) => wrapCallTool(original, isV2 ? 1 : 2, this.outgoing));
    if (Object.hasOwn(client, 'connect')) wrap(client, 'connect', (original) => this.wrapConnect(original));
    if (Object.hasOwn(client, '_resolveNonCompleteResult')) {
      wrap(client, '_resolveNonCompleteResult', wrapResolveNonCompleteResult);
    }
  }

  /** `Client.connect` calls `Protocol.connect`: the outermost of the two speaks for the connection. */
  private wrapConnect(original: AnyFunction): AnyFunction {
    const { connecting, interceptor } = this;
    const begin = (protocol: ProtocolLike, transport: unknown) => this.begin(protocol, transport);
    return function connect(this: unknown, ...args: unknown[]) {
      const proceed = () => original.apply(this, args);
      const protocol = this as ProtocolLike;
      const before = safely('sdk', () => connectionOf(protocol._transport));
      const connection = safely('sdk', () => begin(protocol, args[0]));
      if (connection === undefined) return proceed();
      const denial = safely('sdk', () => refusal(connection, protocol, interceptor));
      if (denial !== undefined) {
        connecting.delete(protocol);
        return Promise.reject(denial);
      }
      const start = () => {
        const returned = proceed();
        // The transport has been started: what we load now is hidden behind the start of a stdio server.
        safely('sdk', () => interceptor.prepare());
        return returned;
      };
      return watch(start, {
        fulfilled() {
          connecting.delete(protocol);
          safely('sdk', () => {
            // Some versions let a client connect anew without a word to the transport it had.
            if (before !== connection) before?.closed();
            connection.opened();
          });
        },
        rejected(error) {
          connecting.delete(protocol);
          safely('sdk', () => connection.failed(error));
        },
      });
    };
  }

  /** `undefined` when the connection is being made already by an outer `connect`. */
  private begin(protocol: ProtocolLike, transport: unknown): Connection | undefined {
    if (!isObject(transport) || typeof transport['send'] !== 'function') return undefined;
    if (this.connecting.has(protocol)) return undefined;
    this.connecting.add(protocol);
    this.adoptInstance(protocol);
    const wire = transport as unknown as TransportLike;
    return this.establish(protocol, wire);
  }

  private establish(protocol: ProtocolLike, wire: TransportLike): Connection {
    const connection = new Connection(this.interceptor, new SdkEndpoint(protocol), wire);
    register(connection);
    wrapTransportSend(wire, this.interceptor);
    observeProbes(wire, this.interceptor);
    watchAuth(connection, this.interceptor);
    return connection;
  }

  /** The connection of a call. One made before we were loaded is taken up at its first call. */
  private attach(protocol: ProtocolLike): Connection {
    const wire = protocol._transport;
    if (wire === undefined) return this.unconnected(protocol);
    const known = connectionOf(wire);
    if (known !== undefined) {
      // Switched off and on again: the protocol is patched anew, and so must be its transport.
      wrapTransportSend(wire, this.interceptor);
      watchAuth(known, this.interceptor);
      return known;
    }
    const late = this.establish(protocol, wire);
    this.interceptor.prepare();
    late.opened();
    return late;
  }

  /** A call without a connection fails as `not_connected`, and is recorded like any other. */
  private unconnected(protocol: ProtocolLike): Connection {
    this.interceptor.prepare();
    return (
      lastConnections.get(protocol) ??
      new Connection(this.interceptor, new SdkEndpoint(protocol), NO_TRANSPORT)
    );
  }

  /** In a bundle only `Protocol` is known: the first instance shows its subclass. */
  private adoptInstance(instance: ProtocolLike): void {
    const prototype = findClientPrototype(instance);
    if (prototype === undefined || this.known.has(prototype)) return;
    this.known.add(prototype);
    this.patch(prototype);
  }

  private wrapOnClose(original: AnyFunction): AnyFunction {
    return function _onclose(this: unknown, ...args: unknown[]) {
      const protocol = this as ProtocolLike;
      safely('sdk', () => {
        const connection = connectionOf(protocol._transport);
        if (connection === undefined) return;
        lastConnections.set(protocol, connection);
        connection.closed();
      });
      return original.apply(this, args);
    };
  }
}

/** Guards decide about clients alone. A client of v2 that negotiates asks for the server's versions first. */
function refusal(
  connection: Connection,
  protocol: ProtocolLike,
  interceptor: Interceptor,
): Error | undefined {
  if (connection.role !== 'client') return undefined;
  const { _versionNegotiation: negotiation } = protocol as { _versionNegotiation?: { mode?: unknown } };
  const method =
    negotiation?.mode === undefined || negotiation.mode === 'legacy' ? 'initialize' : 'server/discover';
  return interceptor.admitConnection(connection, method);
}

/** The connection that a protocol object had last: a call after its end is still a call to that server. */
const lastConnections = new WeakMap<object, Connection>();
