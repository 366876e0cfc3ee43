/** A real Prometheus with a data folder of its own. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

import { REPOSITORY } from './cache';
import { prometheusFlags } from './flags';
import { onFreePorts } from './ports';
import { program, versionOf, type PrometheusVersion } from './programs';
import { runtimeFolder, Server, whenHealthy, type Launch } from './server';

const PROMETHEUS_FOLDER = join(REPOSITORY, 'collector-config/prometheus');

/** What the shipped configuration scrapes and sends to, by the standard port in its `targets/*.yaml`; agents it has none. */
export const TARGET_PORTS = {
  pipeline: 8889,
  collector: 8888,
  alertmanager: 9093,
  prometheus: 9090,
  jaeger: 18888,
} as const;
type TargetName = keyof typeof TARGET_PORTS;

export interface PrometheusOptions {
  /** Default 2.42, the oldest that is supported. */
  version?: PrometheusVersion;
  /** Default: a free one. */
  port?: number;
  /**
   * The configuration: text, or what is written as JSON (which is YAML). Default: the shipped folder, rules included.
   */
  config?: string | object;
  /** Further files beside the configuration, by name: `{'rules/x.yaml': '…'}`. They may replace shipped ones. */
  files?: Readonly<Record<string, string>>;
  /**
   * In the shipped configuration: addresses (`host:port`) in place of the standard ones, and of agents' own pages. What is
   * not named goes.
   */
  targets?: Partial<Record<TargetName | 'agent', readonly string[]>>;
  /** In the shipped configuration and rules: `1s` in place of every interval. */
  interval?: string;
  /** `warn` keeps the log to what is wrong. Default `info`. */
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Further flags. */
  args?: readonly string[];
}

export interface ScrapeTarget {
  health: 'up' | 'down' | 'unknown';
  lastError: string;
  scrapeUrl: string;
  labels: Record<string, string>;
}

export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

export interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

export interface PrometheusAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: 'pending' | 'firing';
  activeAt: string;
  value: string;
}

/** Throws {@link Missing} when the program cannot be had. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<Prometheus> {
  const binary = await program('prometheus', options.version);
  // What is built from its Go module names no version.
  const isVersion3 = options.version === '3.15' || (await versionOf(binary))?.includes('version 3.') === true;
  return onFreePorts(['web'], options.port === undefined ? {} : { web: options.port }, async ({ web }) => {
    const folder = runtimeFolder('prometheus');
    const listen = `127.0.0.1:${web}`;
    const config = await writeConfiguration(join(folder, 'config'), listen, options);
    const args = [
      ...prometheusFlags({ config, data: join(folder, 'data'), listen }, isVersion3),
      ...(options.logLevel === undefined ? [] : [`--log.level=${options.logLevel}`]),
      ...(options.args ?? []),
    ];
    const prometheus = new Prometheus({ title: 'Prometheus', binary, args, folder, cwd: folder }, listen);
    return whenHealthy(prometheus, () => prometheus.healthy(`${prometheus.url}/-/ready`));
  });
}

async function writeConfiguration(
  folder: string,
  self: string,
  { config, files = {}, targets = {}, interval }: PrometheusOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'prometheus.yaml');
  if (config === undefined) {
    await cp(PROMETHEUS_FOLDER, folder, { recursive: true });
    const { agent = [], ...others } = targets;
    await redirectTargets(join(folder, 'targets'), { prometheus: [self], ...others });
    if (agent.length > 0)
      await writeFile(join(folder, 'targets/agents.yaml'), stringify([{ targets: agent }]));
    if (interval !== undefined) await quicken(folder, interval);
  } else {
    await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return file;
}

interface TargetGroup {
  targets: string[];
  labels?: Record<string, string>;
}

async function redirectTargets(
  folder: string,
  addresses: Partial<Record<TargetName, readonly string[]>>,
): Promise<void> {
  const byPort = new Map<string, readonly string[]>();
  for (const [name, port] of Object.entries(TARGET_PORTS)) {
    byPort.set(String(port), addresses[name as TargetName] ?? []);
  }
  for (const name of await yamlFiles(folder)) {
    const groups = parse(await readFile(name, 'utf8')) as TargetGroup[];
    const redirected = groups.map((group) => ({
      ...group,
      targets: group.targets.flatMap((target) => {
        const found = byPort.get(target.split(':').at(-1) ?? '');
        if (found === undefined) throw new Error(`${name}: ${target} is none of TARGET_PORTS`);
        return found;
      }),
    }));
    await writeFile(name, stringify(redirected.filter((group) => group.targets.length > 0)));
  }
}

async function yamlFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name));
}

/** Every interval of the configuration and of the rules' groups. */
async function quicken(folder: string, interval: string): Promise<void> {
  for (const name of [join(folder, 'prometheus.yaml'), ...(await yamlFiles(join(folder, 'rules')))]) {
    const text = await readFile(name, 'utf8');
    const key =
      /^(\s*(?:- )?(?:scrape_interval|scrape_timeout|evaluation_interval|interval|refresh_interval):).*$/gm;
    await writeFile(name, text.replace(key, `$1 ${interval}`));
  }
}

export class Prometheus extends Server {
  readonly url: string;

  constructor(launch: Launch, listen: string) {
    super(launch);
    this.url = `http://${listen}`;
  }

  /** Where OTLP over HTTP goes: metrics to `${otlpUrl}/v1/metrics`. Prometheus 3.x only. */
  get otlpUrl(): string {
    return `${this.url}/api/v1/otlp`;
  }

  /** Waits until every target has been scraped once, whatever the result, and the samples can be queried. */
  async scraped(): Promise<ScrapeTarget[]> {
    let targets: ScrapeTarget[] = [];
    await this.eventually('every target has been scraped', async () => {
      targets = await this.targets();
      const scraped = targets.length > 0 && targets.every(({ health }) => health !== 'unknown');
      // `up` is the last sample of a scrape.
      return scraped && (await this.number('count(up)')) === targets.length;
    });
    return targets;
  }

  async targets(): Promise<ScrapeTarget[]> {
    return (await this.get<{ activeTargets: ScrapeTarget[] }>('targets')).activeTargets;
  }

  /** An instant query; `time` in seconds or as RFC 3339, default now. */
  async query(expression: string, time?: number | string): Promise<Sample[]> {
    const at = time === undefined ? {} : { time: String(time) };
    return (await this.get<{ result: Sample[] }>('query', { query: expression, ...at })).result;
  }

  /** The whole answer to an instant query, its type included. */
  async queryTyped(expression: string): Promise<{ resultType: string; result: unknown }> {
    return this.get('query', { query: expression });
  }

  /** A range query; `start` and `end` in seconds, `step` such as `15s`. */
  async queryRange(expression: string, start: number, end: number, step: string): Promise<Series[]> {
    const parameters = { query: expression, start: String(start), end: String(end), step };
    return (await this.get<{ result: Series[] }>('query_range', parameters)).result;
  }

  /** The one number that `expression` gives; `NaN` without a result. */
  async number(expression: string): Promise<number> {
    return Number((await this.query(expression))[0]?.value[1]);
  }

  async alerts(): Promise<PrometheusAlert[]> {
    return (await this.get<{ alerts: PrometheusAlert[] }>('alerts')).alerts;
  }

  /** `data` of an answer of the HTTP API: `get('rules')`. */
  async get<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const search = new URLSearchParams(parameters).toString();
    const answer = await fetch(`${this.url}/api/v1/${path}${search === '' ? '' : `?${search}`}`);
    const body = (await answer.json()) as { status: string; data: T; error?: string };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error ?? answer.status} ${search}`);
    return body.data;
  }

  /** Lets it read its configuration and rules again. */
  reload(): void {
    this.signal('SIGHUP');
  }
}
