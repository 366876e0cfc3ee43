/**
 * A Redis Cluster: who has which slot, and a connection to every node that is needed.
 *
 * Not the class `Cluster` of `ioredis`. Its timers hold Node's event loop. It sends a command again whose connection
 * has ended, so that points could be taken twice. And it does not tell by which node a question is held up, so that one
 * node that hangs would cost the calls of all tenants their shared limits.
 *
 * Nothing here runs by itself: the cluster is looked at when a call finds a node moved, gone or late.
 */
import { warnOnce } from '../core/diagnostics';
import type { Address, ScriptName } from './redis-connection';
import { RedisConnection } from './redis-connection';
import type { RedisLink, RedisServers } from './redis-link';
import type { SlotRange } from './redis-slots';
import { readSlots, redirectionOf, slotOf } from './redis-slots';

/** Between two looks at the cluster. */
const PAUSE_MS = 1_000;
/** How long one node is waited for that is asked about the cluster, or that has been named by another one. */
const NODE_MS = 1_000;
const MOST_REDIRECTIONS = 3;
const DEFAULT_PORT = 6379;

type Scripts = Readonly<Record<ScriptName, string>>;

export interface ClusterNode {
  readonly address: Address;
  readonly connection: RedisConnection;
}

export class RedisCluster implements RedisServers {
  private readonly seeds: readonly Address[];
  private readonly nodes = new Map<string, ClusterNode>();
  private ranges: readonly SlotRange[] = [];
  /** What nodes have said since the ranges were read. */
  private readonly moved = new Map<number, Address>();
  private looking: { readonly startedAt: number; readonly over: Promise<void> } | undefined;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private closed = false;

  /**
   * @param file - of the package `ioredis`
   * @param urls - of nodes that know the others; the first says as whom to connect to those that are not among them
   */
  constructor(
    private readonly file: string,
    private readonly urls: readonly string[],
    private readonly scripts: Scripts,
  ) {
    this.seeds = urls.map(addressOf);
  }

  open(): void {
    if (this.ranges.length === 0) this.look();
  }

  close(): void {
    this.closed = true;
    for (const { connection } of this.nodes.values()) connection.close();
    this.nodes.clear();
    this.ranges = [];
    this.moved.clear();
  }

  linkTo(tag: string): ClusterLink {
    return new ClusterLink(this, slotOf(tag));
  }

  masterOf(slot: number): ClusterNode | undefined {
    const address =
      this.moved.get(slot) ?? this.ranges.find(({ from, to }) => slot >= from && slot <= to)?.master;
    return address && this.nodeAt(address);
  }

  /** Does what a node has asked for. */
  follow({ address }: ClusterNode, error: unknown): (ClusterNode & { asking: boolean }) | undefined {
    const redirection = redirectionOf(error, address);
    if (redirection === undefined || this.closed) return undefined;
    const { kind, slot, to } = redirection;
    if (kind === 'MOVED') {
      this.moved.set(slot, to);
      this.look();
    }
    return { ...this.nodeAt(to), asking: kind === 'ASK' };
  }

  /** Settles when the look that is under way is over, whatever came of it; absent for one that began `ms` ago. */
  looked(ms: number): Promise<void> | undefined {
    const { looking } = this;
    return looking === undefined || performance.now() - looking.startedAt >= ms ? undefined : looking.over;
  }

  /** Finds out who has which slot, unless that has just been done. */
  look(): void {
    const startedAt = performance.now();
    if (this.closed || this.looking !== undefined || startedAt - this.lookedAt < PAUSE_MS) return;
    const over = this.askAround().finally(() => {
      this.lookedAt = performance.now();
      this.looking = undefined;
    });
    this.looking = { startedAt, over };
  }

  /** One node after the other, until one knows. */
  private async askAround(): Promise<void> {
    for (const address of this.candidates()) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next is asked where this one does not know
        const ranges = await inTime(this.ask(this.nodeAt(address)));
        if (this.closed) return;
        if (ranges.length === 0) continue;
        this.ranges = ranges;
        this.moved.clear();
        return this.forgetOthers();
      } catch (error) {
        if (this.closed) return;
        if (error instanceof Error && /cluster support disabled/i.test(error.message)) warnOfSingle();
      }
    }
  }

  /** Those first that have a connection which works. */
  private candidates(): Address[] {
    const known = new Map<string, Address>();
    for (const { master } of shuffled(this.ranges)) known.set(nameOf(master), master);
    for (const seed of shuffled(this.seeds)) known.set(nameOf(seed), seed);
    const rank = (address: Address): number => {
      const connection = this.nodes.get(nameOf(address))?.connection;
      return connection === undefined ? 1 : connection.isReady && !connection.isLate ? 0 : 2;
    };
    return [...known.values()].toSorted((one, other) => rank(one) - rank(other));
  }

  private async ask({ address, connection }: ClusterNode): Promise<SlotRange[]> {
    if (!connection.isReady) await connection.opening(NODE_MS);
    return readSlots(await connection.call('CLUSTER', 'SLOTS'), address);
  }

  private nodeAt(address: Address): ClusterNode {
    const name = nameOf(address);
    let node = this.nodes.get(name);
    if (node === undefined) {
      const seed = this.seeds.findIndex((one) => nameOf(one) === name);
      const url = this.urls[Math.max(seed, 0)] ?? '';
      node = { address, connection: new RedisConnection(this.file, url, this.scripts, address) };
      this.nodes.set(name, node);
    }
    return node;
  }

  /** No connection is kept to a node that has no slots (any more). What it was asked may still be answered. */
  private forgetOthers(): void {
    const masters = new Set(this.ranges.map(({ master }) => nameOf(master)));
    for (const [name, { connection }] of this.nodes) {
      if (masters.has(name)) continue;
      this.nodes.delete(name);
      setTimeout(() => connection.close(), NODE_MS).unref();
    }
  }
}

/** The way of one question: to the master of its slot, and on to where that one says. */
class ClusterLink implements RedisLink {
  private node: ClusterNode | undefined;
  private late: RedisConnection | undefined;

  constructor(
    private readonly cluster: RedisCluster,
    private readonly slot: number,
  ) {
    this.node = cluster.masterOf(slot);
    if (!this.isReady || this.isLate) cluster.look();
  }

  get isReady(): boolean {
    return this.node?.connection.isReady === true;
  }

  get isLate(): boolean {
    return this.node?.connection.isLate === true;
  }

  opening(ms: number): Promise<void> | undefined {
    if (this.node !== undefined) return this.node.connection.opening(ms);
    return this.cluster.looked(ms)?.then(() => {
      this.node = this.cluster.masterOf(this.slot);
      return this.node?.connection.opening(ms);
    });
  }

  async run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    let asking = false;
    for (let redirections = 0; ; redirections += 1) {
      const { node } = this;
      if (node === undefined) throw new Error('not connected');
      try {
        const { connection } = node;
        // oxlint-disable-next-line no-await-in-loop -- it says where to go on
        return await (asking ? connection.runAsking(script, keys, args) : connection.run(script, keys, args));
      } catch (error) {
        const next = redirections < MOST_REDIRECTIONS ? this.cluster.follow(node, error) : undefined;
        // A node that is gone or cannot answer: another one may have taken over.
        if (next === undefined) this.cluster.look();
        if (next === undefined || this.late !== undefined) throw error;
        this.node = next;
        asking = next.asking;
      }
      // oxlint-disable-next-line no-await-in-loop
      if (!this.isReady) await this.node.connection.opening(NODE_MS);
      // Nobody waits any more.
      if (this.late !== undefined) throw new Error('too late');
    }
  }

  becameLate(): void {
    this.late = this.node?.connection;
    this.late?.becameLate();
    this.cluster.look();
  }

  wasAnswered(): void {
    this.late?.wasAnswered();
  }
}

function addressOf(url: string): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? DEFAULT_PORT : Number(port) };
}

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

/** Not all processes ask the same node. */
function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((one) => ({ one, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** Rejects when it takes too long, and holds nothing up by that. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), NODE_MS).unref();
  });
  try {
    return await Promise.race([promise, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

function warnOfSingle(): void {
  warnOnce(
    'redis-single',
    'limits.store.redis.cluster names a Redis that is not part of a cluster; put it into `url`',
  );
}
