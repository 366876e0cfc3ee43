/** A real Redis Cluster on loopback ports: three masters, of which the first has a replica. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type Client from 'ioredis';

import { freePorts } from '../../../tools/stack/ports';
import { Redis, redisProgram } from './redis';

const SLOTS = 16_384;
export const MASTERS = 3;
const NODES = MASTERS + 1;
/** Milliseconds after which a node that says nothing is taken over. */
const NODE_TIMEOUT = 2_000;
/** Nodes that are found have to be given it as well. */
const PASSWORD = 'p%40ss';

const plain = decodeURIComponent(PASSWORD);

/** The first slot of the master at `index`, and past the last of the one before. */
const firstSlot = (index: number): number => Math.ceil((index * SLOTS) / MASTERS);

export const masterOfSlot = (slot: number): number =>
  [...Array(MASTERS).keys()].findLastIndex((index) => slot >= firstSlot(index));

export class RedisCluster {
  /** The masters, and then the replica of the first. */
  readonly nodes: readonly Redis[];
  readonly clients: Client[] = [];
  readonly #ids: string[] = [];

  constructor(nodes: readonly Redis[]) {
    this.nodes = nodes;
  }

  get urls(): string[] {
    return this.nodes.slice(0, MASTERS).map(({ url }) => url);
  }

  async start(buses: readonly number[]): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.start()));
    for (const [index, node] of this.nodes.entries()) {
      // Comes back when the node does.
      const client = node.client(() => 50);
      this.clients.push(client);
      await client.connect();
      this.#ids.push(String(await client.call('CLUSTER', 'MYID')));
      // Else two masters that meet could each take itself for the newer one.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
      if (index >= MASTERS) continue;
      await client.call('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
    }
    const [first] = this.clients;
    for (const [index, { port }] of this.nodes.entries()) {
      if (index > 0) await first!.call('CLUSTER', 'MEET', '127.0.0.1', port, buses[index]!);
    }
    await this.eventually('all know each other', async () => {
      const lists = await Promise.all(this.clients.map((client) => client.call('CLUSTER', 'NODES')));
      return lists.every(
        (list) => this.#ids.every((id) => String(list).includes(id)) && !/handshake/.test(String(list)),
      );
    });
    await this.clients.at(-1)!.call('CLUSTER', 'REPLICATE', this.#ids[0]!);
    await this.eventually('the replica has a master', async () => {
      const info = await this.clients.at(-1)!.info('replication');
      return info.includes('master_link_status:up') && (await this.#isWhole());
    });
  }

  /** Moves a slot with all that is in it; `during` is called when its keys have gone and the slot has not. */
  async migrate(slot: number, from: number, to: number, during: () => Promise<void>): Promise<void> {
    const [source, target] = [this.clients[from]!, this.clients[to]!];
    await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', this.#ids[from]!);
    await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', this.#ids[to]!);
    const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
    if (keys.length > 0) {
      await source.call(
        'MIGRATE',
        '127.0.0.1',
        this.nodes[to]!.port,
        '',
        0,
        5_000,
        'AUTH',
        plain,
        'KEYS',
        ...keys,
      );
    }
    await during();
    for (const index of [to, from]) {
      await this.clients[index]!.call('CLUSTER', 'SETSLOT', slot, 'NODE', this.#ids[to]!);
    }
  }

  async keysOf(index: number): Promise<string[]> {
    return this.clients[index]!.keys('*');
  }

  async eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 20_000; !(await holds()); await pause(50)) {
      if (Date.now() > deadline) throw new Error(`not in 20 s: ${what}`);
    }
  }

  async end(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await Promise.all(this.nodes.map((node) => node.end()));
  }

  async #isWhole(): Promise<boolean> {
    const infos = await Promise.all(this.clients.map((client) => client.call('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes('cluster_state:ok'));
  }
}

/** Throws {@link Missing}. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const program = await redisProgram();
  const ports = await freePorts(2 * NODES);
  const buses = ports.slice(NODES);
  const nodes = buses.map(async (bus, index) => {
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const settings = {
      'cluster-enabled': 'yes',
      'cluster-port': bus,
      'cluster-node-timeout': NODE_TIMEOUT,
      'cluster-require-full-coverage': 'no',
      requirepass: plain,
      masterauth: plain,
      'repl-diskless-sync-delay': 0,
      loglevel: 'warning',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return new Redis(program, folder, ports[index]!, args, PASSWORD);
  });
  const cluster = new RedisCluster(await Promise.all(nodes));
  try {
    await cluster.start(buses);
  } catch (error) {
    await cluster.end();
    throw error;
  }
  return cluster;
}
