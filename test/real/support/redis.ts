/** A real Redis 7: an installed one, else Debian's packages, unpacked into the cache folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type Client from 'ioredis';
import { runs, unpackDebianPackages } from '../../../tools/stack/debian';
import { freePort } from '../../../tools/stack/ports';

const VERSION = '7.0';
/** The server, and the libraries that a machine without it may lack. */
const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'] as const;

export interface Program {
  readonly binary: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws {@link Missing}. */
export async function redisProgram(): Promise<Program> {
  const given = process.env['REDIS_BINARY'];
  if (given !== undefined && given !== '') return { binary: given, env: process.env };
  if (await runs('redis-server')) return { binary: 'redis-server', env: process.env };
  const otherwise = 'not installed, REDIS_BINARY is not set';
  const folder = await unpackDebianPackages(`redis/${VERSION}`, PACKAGES, VERSION, otherwise);
  const libraries = readdirSync(join(folder, 'usr/lib'))
    .map((name) => join(folder, 'usr/lib', name))
    .join(':');
  const binary = join(folder, 'usr/bin/redis-server');
  return { binary, env: { ...process.env, LD_LIBRARY_PATH: libraries } };
}

/** On a loopback port and with a data folder of its own, nothing written to disk. */
export async function startRedis(): Promise<Redis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const redis = new Redis(await redisProgram(), folder, await freePort());
  await redis.start();
  return redis;
}

export class Redis {
  readonly url: string;
  #child: ChildProcess | undefined;
  readonly #program: Program;
  readonly #folder: string;
  readonly #args: readonly string[];

  /**
   * @param args - further arguments of the server
   * @param password - that those arguments set
   */
  constructor(
    program: Program,
    folder: string,
    readonly port: number,
    args: readonly string[] = [],
    password?: string,
  ) {
    this.#program = program;
    this.#folder = folder;
    this.#args = args;
    this.url = `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`;
  }

  /** Also after `kill()`: on the same port, with nothing in it. */
  async start(): Promise<void> {
    const { binary, env } = this.#program;
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--dir', this.#folder];
    const child = spawn(binary, [...args, ...this.#args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    this.#child = child;
    const deadline = Date.now() + 20_000;
    while (!(await this.#answers())) {
      if (child.exitCode !== null) throw new Error(`Redis ended with ${child.exitCode}`);
      if (Date.now() > deadline) throw new Error('Redis does not answer');
      await pause(50);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Takes connections, and answers nothing until `resume()`. */
  stop(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A connection of the test's own. */
  client(retryStrategy: () => number | null = () => null): Client {
    const IoRedis = createRequire(__filename)('ioredis') as typeof Client;
    const client = new IoRedis(this.url, { lazyConnect: true, retryStrategy });
    client.on('error', () => {});
    return client;
  }

  async #answers(): Promise<boolean> {
    const client = this.client();
    try {
      await client.connect();
      return (await client.ping()) === 'PONG';
    } catch {
      return false;
    } finally {
      client.disconnect();
    }
  }
}
