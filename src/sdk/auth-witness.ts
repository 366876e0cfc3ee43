/** What is known of a transport whose authentications are watched. */
import type { AuthOutcome } from '../core/call';
import type { AuthWitness } from './auth-operation';
import type { Connection } from './connection';
import type { Interceptor } from './interceptor';
import type { TransportLike } from './shapes';
import { isObject } from './shapes';
import { serverUrl } from './transport';

/** Fields of the transports, by majors: in v2 `_authProvider` may also be an object of two functions. */
interface Providers {
  readonly _oauthProvider?: unknown;
  readonly _authProvider?: unknown;
  readonly authProvider?: unknown;
}

export class WatchedTransport implements AuthWitness {
  /** The requests of its flows pass a fetch of ours. */
  showsFlows = false;
  /** What its class sends with since it has our wrappers. */
  wrappedSend: unknown;
  private refusals = new Set<string>();

  constructor(
    readonly transport: TransportLike,
    private connection: Connection,
    private readonly interceptor: Interceptor,
  ) {}

  /** The transport serves this connection now. */
  serve(connection: Connection): void {
    if (this.connection === connection) return;
    this.connection = connection;
    this.refusals = new Set();
  }

  get hasOAuth(): boolean {
    const transport = this.transport as Providers;
    return '_oauthProvider' in transport ? transport._oauthProvider !== undefined : this.hasProvider;
  }

  get hasProvider(): boolean {
    const { _authProvider, authProvider } = this.transport as Providers;
    return (_authProvider ?? authProvider) !== undefined;
  }

  /** Whether a request goes to the server itself, and not to one that authorizes. */
  leadsTo(url: URL): boolean {
    const { _url, _endpoint, endpoint } = this.transport;
    if (url === _url || url === _endpoint) return true;
    return [serverUrl(this.transport), _endpoint, endpoint].some(
      (own) => isObject(own) && own['origin'] === url.origin && own['pathname'] === url.pathname,
    );
  }

  report(outcome: AuthOutcome): void {
    // A client that is refused while it connects may ask in more than one way: it is one attempt.
    if (outcome.method.startsWith('http_') && !this.connection.isOpen) {
      if (this.refusals.has(outcome.method)) return;
      this.refusals.add(outcome.method);
    }
    this.interceptor.authenticated(this.connection, outcome);
  }
}
