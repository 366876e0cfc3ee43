/**
 * A real Prometheus: an installed one, else the Debian package, unpacked into the cache folder without installing it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CACHE } from '../../support/installs';
import { runs, unpackDebianPackages } from './debian';

const DEBIAN_VERSION = '2.42.0';

/** @returns path of the `prometheus` program; throws {@link Missing} */
export async function prometheusBinary(): Promise<string> {
  const given = process.env['PROMETHEUS_BINARY'];
  if (given !== undefined && given !== '') return given;
  if (await runs('prometheus')) return 'prometheus';
  const cached = join(CACHE, 'prometheus', DEBIAN_VERSION);
  const binary = join(cached, 'usr/bin/prometheus');
  if (!existsSync(binary)) {
    const otherwise = 'not installed, PROMETHEUS_BINARY is not set';
    await unpackDebianPackages(cached, ['prometheus'], DEBIAN_VERSION, otherwise);
  }
  return binary;
}

export interface ScrapeTarget {
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  labels: Record<string, string>;
}

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Scrapes `targets` (job name to `host:port`) every three seconds, on a loopback port and with a data folder of its own. */
export async function startPrometheus(
  binary: string,
  targets: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const jobs = Object.entries(targets).map(([job_name, target]) => ({
    job_name,
    static_configs: [{ targets: [target] }],
  }));
  const config = { global: { scrape_interval: '3s', scrape_timeout: '3s' }, scrape_configs: jobs };
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  const prometheus = new Prometheus(
    spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] }),
    folder,
    port,
  );
  await prometheus.ready();
  return prometheus;
}

export class Prometheus {
  /** What it logged from level `warn` on. */
  log = '';
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #url: string;

  constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.#url = `http://127.0.0.1:${port}`;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
  }

  async ready(): Promise<void> {
    const isReady = async (): Promise<boolean> => {
      if (this.#child.exitCode !== null) throw new Error(`Prometheus ended: ${this.log}`);
      const answer = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      return answer?.ok === true;
    };
    await this.#eventually('Prometheus is ready', isReady);
  }

  /** Waits until every target has been scraped once, whatever the result, and the samples can be queried. */
  async scraped(): Promise<ScrapeTarget[]> {
    let targets: ScrapeTarget[] = [];
    await this.#eventually('every target has been scraped', async () => {
      targets = (await this.#get<{ activeTargets: ScrapeTarget[] }>('targets')).activeTargets;
      const scraped = targets.length > 0 && targets.every(({ health }) => health !== 'unknown');
      // `up` is the last sample of a scrape.
      return scraped && (await this.number('count(up)')) === targets.length;
    });
    return targets;
  }

  /** An instant query. */
  async query(expression: string): Promise<Sample[]> {
    const path = `query?query=${encodeURIComponent(expression)}`;
    return (await this.#get<{ result: Sample[] }>(path)).result;
  }

  /** The one number that `expression` gives; `NaN` without a result. */
  async number(expression: string): Promise<number> {
    return Number((await this.query(expression))[0]?.value[1]);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill()) await once(this.#child, 'exit');
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error ?? answer.status}`);
    return body.data;
  }

  async #eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error(`not in 30 s: ${what}\n${this.log}`);
      await pause(100);
    }
  }
}
