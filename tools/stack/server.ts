/** A program that serves until it is stopped, and the folder that is its own for that time. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { CACHE, isAlive } from './cache';

const START_MS = 60_000;
const END_MS = 10_000;
/** Of the log, the end is kept. */
const LOG_CHARACTERS = 4_000_000;

export interface Launch {
  /** What it is called in errors. */
  readonly title: string;
  readonly binary: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  /** Removed when it has been stopped. */
  readonly folder?: string | undefined;
}

const RUNNING = join(CACHE, 'run');

/** An empty folder; those of processes that ended without removing theirs go. */
export function runtimeFolder(name: string): string {
  mkdirSync(RUNNING, { recursive: true });
  for (const entry of readdirSync(RUNNING)) {
    const [, pid = '0'] = /-(\d+)-\w{6}$/.exec(entry) ?? [];
    if (pid !== '0' && !isAlive(Number(pid))) rmSync(join(RUNNING, entry), { recursive: true, force: true });
  }
  return mkdtempSync(join(RUNNING, `${name}-${process.pid}-`));
}

let tied: readonly string[] | undefined;

/** Linux ends the program when this process has ended, however that came: `setpriv` asks for it and becomes the program. */
function tie(): readonly string[] {
  if (tied === undefined) {
    const wrapper = ['setpriv', '--pdeathsig', 'KILL'] as const;
    try {
      execFileSync(wrapper[0], [...wrapper.slice(1), 'true'], { stdio: 'ignore' });
      tied = wrapper;
    } catch {
      tied = [];
    }
  }
  return tied;
}

const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Server {
  readonly title: string;
  /** What it wrote to stdout and stderr. */
  log = '';
  readonly #child: ChildProcess;
  readonly #folder: string | undefined;
  readonly #ended: Promise<unknown>;

  constructor({ title, binary, args, env, cwd, folder }: Launch) {
    this.title = title;
    this.#folder = folder;
    const [command = binary, ...rest] = [...tie(), binary, ...args];
    const child = spawn(command, rest, { env: env ?? process.env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    if (running.size === 0) process.on('exit', endAll);
    running.add(child);
    const collect = (text: string): void => {
      this.log = (this.log + text).slice(-LOG_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    // `close` comes after `exit` and after an `error` alike, when the log is whole.
    this.#ended = once(child, 'close').catch((error: unknown) => collect(String(error)));
    void this.#ended.then(() => {
      running.delete(child);
      if (running.size === 0) process.off('exit', endAll);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return running.has(this.#child);
  }

  /** Settles when it has ended, whoever ended it. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Waits until it answers `url` with a success. */
  healthy(url: string): Promise<void> {
    return this.eventually(`${url} answers`, () => answers(url), START_MS);
  }

  /**
   * Asks until `condition` holds; an error counts as not yet.
   *
   * @throws with the program's log when it ends, or after `timeoutMs`
   */
  async eventually(
    what: string,
    condition: () => boolean | Promise<boolean>,
    timeoutMs = 30_000,
  ): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let last = '';
    for (;;) {
      try {
        if (await condition()) return;
      } catch (error) {
        last = ` (${String(error)})`;
      }
      if (!this.isRunning) throw this.#failure('ended');
      if (Date.now() > deadline) throw this.#failure(`not in ${timeoutMs / 1000} s: ${what}${last}`);
      await pause(100);
    }
  }

  /** Ends it (SIGTERM; SIGKILL when that is not enough) and removes its folder. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.isRunning) {
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      this.#child.kill(signal);
      await this.#ended;
      clearTimeout(timer);
    }
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  /** Sends a signal and waits for nothing. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #failure(what: string): Error {
    return new Error(`${this.title}: ${what}\n${this.log.slice(-8000)}`);
  }
}

/** Not for long: a program that takes the connection and says nothing is asked again. */
async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
  await answer.arrayBuffer();
  return answer.ok;
}

/** The server once it is `ready`; ended again, its folder included, when it does not get so. */
export async function whenHealthy<T extends Server>(server: T, ready: () => Promise<void>): Promise<T> {
  try {
    await ready();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The body of a JSON answer. */
export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}
