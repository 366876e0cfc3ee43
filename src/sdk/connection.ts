/** What we remember of one connection: its description for telemetry, and the calls that wait for an answer. */
import type { Role, Session, TransportKind } from '../core/call';
import { monotonicSeconds } from '../core/clock';
import type { Propagation } from '../core/server-settings';
import { settingsOfServer } from '../core/server-settings';
import type { ActiveCall, Interceptor } from './interceptor';
import type { Endpoint } from './endpoint';
import { connectFailureType } from './errors';
import type { OutgoingRequest } from './outgoing-request';
import { endingBehind } from './outgoing-request';
import type { TransportLike, WireMessage } from './shapes';
import { isObject, text } from './shapes';
import { nameServer } from './server-id';
import { portOf, serverUrl, sessionIdOf, transportKind } from './transport';
import { behindWrappers } from './wrapped-transport';

export class Connection implements Session {
  readonly role: Role;
  readonly startedAt = monotonicSeconds();
  readonly transport: TransportKind;
  readonly identity: string;
  readonly serverId: string;
  readonly propagate: Propagation;
  readonly address: string | undefined;
  readonly port: number | undefined;

  /** Requests on the wire without an answer, by JSON-RPC id. */
  readonly waiting = new Map<string | number, OutgoingRequest>();
  /** Inbound requests without an answer, by JSON-RPC id. */
  readonly answering = new Map<string | number, ActiveCall>();
  /** What the handshake and the transport told last: a client forgets some of it at close, when the session is recorded. */
  private negotiatedVersion: string | undefined;
  private announcedServer: string | undefined;
  private lastSessionId: string | undefined;
  private open = false;
  /** The transport that leads to the server, where `wire` only wraps it. */
  readonly behind: TransportLike;

  /** @param endpoint - `undefined` for a connection that no client object holds, as v2's probe */
  constructor(
    private readonly interceptor: Interceptor,
    private readonly endpoint: Endpoint | undefined,
    readonly wire: TransportLike,
  ) {
    this.role = endpoint?.role ?? 'client';
    this.behind = behindWrappers(wire);
    this.transport = transportKind(this.behind);
    const naming = nameServer(this.behind);
    this.identity = naming.identity;
    this.serverId = naming.serverId;
    this.propagate = settingsOfServer(naming.identity).propagate;
    const url = serverUrl(this.behind);
    this.address = url?.hostname.replace(/^\[(.*)\]$/, '$1');
    this.port = url === undefined ? undefined : portOf(url);
  }

  get protocolVersion(): string | undefined {
    return this.endpoint?.protocolVersion ?? this.negotiatedVersion ?? text(this.wire.protocolVersion);
  }

  get isOpen(): boolean {
    return this.open;
  }

  get sessionId(): string | undefined {
    this.lastSessionId = sessionIdOf(this.wire) ?? sessionIdOf(this.behind) ?? this.lastSessionId;
    return this.lastSessionId;
  }

  get serverName(): string | undefined {
    return this.endpoint?.serverName ?? this.announcedServer;
  }

  get clientName(): string | undefined {
    return this.endpoint?.clientName;
  }

  /** The result of `initialize`, received or sent. */
  handshook(result: WireMessage['result']): void {
    const serverInfo = result?.['serverInfo'];
    this.negotiatedVersion = text(result?.['protocolVersion']) ?? this.negotiatedVersion;
    this.announcedServer = isObject(serverInfo) ? text(serverInfo['name']) : this.announcedServer;
  }

  /** The handshake is done. */
  opened(): void {
    if (this.open) return;
    this.open = true;
    this.interceptor.connected(this);
  }

  /** `connect()` threw: the connection failed for the reason that a request of the handshake did, if one did. */
  failed(error: unknown): void {
    const ending = endingBehind(error);
    let errorType: string;
    if (ending?.type === 'rpc_error') errorType = String(ending.code);
    else errorType = ending?.type === 'failure' ? ending.errorType : connectFailureType(error);
    this.settleAll(errorType);
    if (this.open) this.closed(errorType);
    else this.interceptor.disconnected(this, errorType);
  }

  /** The connection is over, whichever side ended it. */
  closed(errorType?: string): void {
    this.settleAll('connection_closed');
    if (!this.open) return;
    this.open = false;
    this.interceptor.disconnected(this, errorType);
  }

  private settleAll(errorType: string): void {
    for (const request of this.waiting.values()) request.abandon(errorType);
    this.waiting.clear();
    for (const call of this.answering.values()) call.end({ type: 'failure', errorType: 'connection_closed' });
    this.answering.clear();
  }
}

const connections = new WeakMap<TransportLike, Connection>();

export function connectionOf(transport: TransportLike | undefined): Connection | undefined {
  return transport === undefined ? undefined : connections.get(transport);
}

/** Remembers `connection` as the one that its transport serves now. */
export function register(connection: Connection): void {
  connections.set(connection.wire, connection);
}
