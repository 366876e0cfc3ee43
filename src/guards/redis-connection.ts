/**
 * A connection to Redis that never keeps the process alive and comes back by itself.
 *
 * The reconnecting is ours and not that of `ioredis`, whose timers hold Node's event loop.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** An attempt under way holds the event loop, whatever its socket says: it must not delay an exit by more. */
const CONNECT_MS = 1_000;
/** The server has taken the connection and does not speak. */
const HANDSHAKE_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** What we use of `ioredis`, the same in its majors 5 and 6. */
interface Client {
  readonly status: string;
  connect(): Promise<void>;
  disconnect(): void;
  defineCommand(name: string, definition: { lua: string }): void;
  on(event: string, listener: () => void): unknown;
  [script: `mcpguard${string}`]: (...args: (string | number)[]) => Promise<unknown>;
}

interface ConnectionOptions {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly tls?: object;
}

type ClientClass = new (url: string, options: object) => Client;

export type ScriptName = `mcpguard${string}`;

/** How `ioredis` is told to make a socket. */
class UnrefConnector {
  firstError: Error | undefined;
  private stream: Socket | undefined;

  constructor(private readonly options: ConnectionOptions) {}

  connect(): Promise<Socket> {
    const { host = 'localhost', port = 6379, path, tls } = this.options;
    const target = path === undefined ? { host, port } : { path };
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const stream = tls === undefined ? connect(target) : connectTls({ ...target, ...servername, ...tls });
    stream.once('error', (error: Error) => (this.firstError = error));
    stream.unref();
    stream.once('connect', () => stream.unref());
    this.stream = stream;
    return Promise.resolve(stream);
  }

  disconnect(): void {
    this.stream?.destroy();
  }

  check(): true {
    return true;
  }
}

export class RedisConnection {
  private client: Client | undefined;
  private attempts = 0;
  private closed = false;
  private attempt: { readonly startedAt: number; readonly over: Promise<void> } | undefined;

  /**
   * @param file - of the package `ioredis`
   * @param scripts - Lua by name
   */
  constructor(
    private readonly file: string,
    private readonly url: string,
    private readonly scripts: Readonly<Record<ScriptName, string>>,
  ) {}

  get isReady(): boolean {
    return this.client?.status === 'ready';
  }

  /** Settles when the attempt that is under way is over, whatever came of it; absent for one that began `ms` ago. */
  opening(ms: number): Promise<void> | undefined {
    this.open();
    const { attempt } = this;
    return attempt === undefined || performance.now() - attempt.startedAt >= ms ? undefined : attempt.over;
  }

  /** Connects, unless it has been asked to before. */
  open(): void {
    if (this.client !== undefined || this.closed) return;
    const client = this.create();
    this.client = client;
    client.on('error', () => {});
    client.on('ready', () => (this.attempts = 0));
    client.on('end', () => this.reconnectLater(client));
    for (const [name, lua] of Object.entries(this.scripts)) client.defineCommand(name, { lua });
    this.connect(client);
  }

  /** Rejects when there is no connection, or it ends before the answer. */
  async run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.client === undefined) throw new Error('not connected');
    return this.client[script]?.(keys.length, ...keys, ...args);
  }

  /** Gives this connection up, for it says nothing any more, and makes another one. */
  restart(): void {
    this.client?.disconnect();
  }

  close(): void {
    this.closed = true;
    this.client?.disconnect();
  }

  private create(): Client {
    const loaded = require(this.file) as ClientClass & { Redis?: ClientClass };
    const Redis = loaded.Redis ?? loaded;
    return new Redis(this.url, {
      Connector: UnrefConnector,
      lazyConnect: true,
      retryStrategy: null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_MS,
      disableClientInfo: true,
    });
  }

  private connect(client: Client): void {
    const tooLong = setTimeout(() => client.disconnect(), HANDSHAKE_MS).unref();
    const over = client
      .connect()
      // What it fails with comes as an event, too.
      .catch(() => {})
      .finally(() => {
        clearTimeout(tooLong);
        this.attempt = undefined;
      });
    this.attempt = { startedAt: performance.now(), over };
  }

  private reconnectLater(client: Client): void {
    if (this.closed) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.attempts, LONGEST_PAUSE_MS);
    this.attempts += 1;
    setTimeout(() => {
      if (!this.closed) this.connect(client);
    }, pause).unref();
  }
}
