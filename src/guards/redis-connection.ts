/**
 * A connection to Redis that never keeps the process alive and comes back by itself.
 *
 * The reconnecting is ours and not that of `ioredis`, whose timers hold Node's event loop.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { warnOnce } from '../core/diagnostics';
import type { RedisLink, RedisServers } from './redis-link';

/** An attempt under way holds the event loop, whatever its socket says: it must not delay an exit by more. */
const CONNECT_MS = 1_000;
/** The server has taken the connection and does not speak. */
const HANDSHAKE_MS = 10_000;
/** An unanswered question after which the connection is given up. */
const GIVEN_UP_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** What we use of `ioredis`, the same in its majors 5 and 6. */
interface Client {
  readonly status: string;
  connect(): Promise<void>;
  disconnect(): void;
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
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

/** Where a node of a cluster is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

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

function connectorTo(address: Address | undefined): typeof UnrefConnector {
  if (address === undefined) return UnrefConnector;
  return class extends UnrefConnector {
    constructor(options: ConnectionOptions) {
      super({ ...options, ...address });
    }
  };
}

export class RedisConnection implements RedisLink, RedisServers {
  private client: Client | undefined;
  private attempts = 0;
  private closed = false;
  private late = 0;
  private givingUp: NodeJS.Timeout | undefined;
  private attempt: { readonly startedAt: number; readonly over: Promise<void> } | undefined;

  /**
   * @param file - of the package `ioredis`
   * @param url - where to connect to, and as whom
   * @param scripts - Lua by name
   * @param address - where to connect to instead
   */
  constructor(
    private readonly file: string,
    private readonly url: string,
    private readonly scripts: Readonly<Record<ScriptName, string>>,
    private readonly address?: Address,
  ) {}

  linkTo(): this {
    return this;
  }

  get isReady(): boolean {
    return this.client?.status === 'ready';
  }

  get isLate(): boolean {
    return this.late > 0;
  }

  opening(ms: number): Promise<void> | undefined {
    this.open();
    const { attempt } = this;
    return attempt === undefined || performance.now() - attempt.startedAt >= ms ? undefined : attempt.over;
  }

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

  async run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.client === undefined) throw new Error('not connected');
    try {
      return await this.client[script]?.(keys.length, ...keys, ...args);
    } catch (error) {
      if (this.address === undefined) warnOfCluster(error);
      throw error;
    }
  }

  /** Runs a script where its keys are about to be: a node refuses what it is not asked for in this way. */
  async runAsking(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const { client } = this;
    if (client === undefined) throw new Error('not connected');
    // It holds for the next command, which is therefore not one that may have to be sent again with the script.
    client.call('ASKING').catch(() => {});
    return client.call('EVAL', this.scripts[script] ?? '', keys.length, ...keys, ...args);
  }

  /** Rejects as {@link run} does. */
  async call(command: string, ...args: string[]): Promise<unknown> {
    if (this.client === undefined) throw new Error('not connected');
    return this.client.call(command, ...args);
  }

  becameLate(): void {
    this.late += 1;
    // It says nothing any more: another one is made.
    this.givingUp ??= setTimeout(() => this.client?.disconnect(), GIVEN_UP_MS).unref();
  }

  wasAnswered(): void {
    this.late -= 1;
    if (this.late > 0) return;
    clearTimeout(this.givingUp);
    this.givingUp = undefined;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.givingUp);
    this.client?.disconnect();
  }

  private create(): Client {
    const loaded = require(this.file) as ClientClass & { Redis?: ClientClass };
    const Redis = loaded.Redis ?? loaded;
    return new Redis(this.url, {
      Connector: connectorTo(this.address),
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

/** One of many was named as if it were alone: it takes what happens to be its own. */
function warnOfCluster(error: unknown): void {
  if (!(error instanceof Error) || !/^(?:MOVED|ASK|CROSSSLOT) /.test(error.message)) return;
  warnOnce(
    'redis-cluster',
    'limits.store.redis.url names a node of a Redis Cluster; name it under `cluster`, in a list',
  );
}
