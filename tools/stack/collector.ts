/** A real OpenTelemetry Collector with a storage folder of its own. */
import { mkdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { REPOSITORY, run } from './cache';
import { onFreePorts, type Ports } from './ports';
import { program } from './programs';
import { runtimeFolder, Server, whenHealthy, type Launch } from './server';

export const COLLECTOR_FOLDER = join(REPOSITORY, 'collector-config');

/** Without the first, the pipelines of the second name processors that do not exist. */
export const COLLECTOR_FILES = ['redaction.yaml', 'collector.yaml'] as const;

/** The ports of the shipped configurations, and the variable that sets each. */
export const COLLECTOR_PORTS = {
  otlpGrpc: 'MCP_OTLP_GRPC_PORT',
  otlpHttp: 'MCP_OTLP_HTTP_PORT',
  metrics: 'MCP_METRICS_PORT',
  telemetry: 'MCP_TELEMETRY_PORT',
  health: 'MCP_HEALTH_PORT',
} as const;
export type CollectorPort = keyof typeof COLLECTOR_PORTS;
const PORT_NAMES = Object.keys(COLLECTOR_PORTS) as CollectorPort[];

export interface CollectorOptions {
  /**
   * Each is a file of `collector-config/`, or an absolute path, or the text itself (more than one line); a later one is
   * merged over the earlier. Default `redaction.yaml` and `collector.yaml`.
   */
  config?: string | readonly string[];
  /** Variables that the configuration reads, beside the ports and `MCP_STORAGE_DIR`. */
  env?: Readonly<Record<string, string>>;
  /** Default: free ones. */
  ports?: Partial<Ports<CollectorPort>>;
  /** `MCP_STORAGE_DIR`: kept when it stops. Default: one of its own, removed when it stops. */
  storage?: string;
  args?: readonly string[];
}

const READY = 'Everything is ready';

/** Throws {@link Missing} when the program cannot be had. */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const binary = await program('otelcol');
  return onFreePorts(PORT_NAMES, options.ports ?? {}, async (ports) => {
    const folder = runtimeFolder('collector');
    const env = collectorEnvironment(options, ports, folder);
    const args = [...(await configurationFlags(folder, options.config)), ...(options.args ?? [])];
    const collector = new Collector({ title: 'Collector', binary, args, env, folder, cwd: folder }, ports);
    return whenHealthy(collector, () => collector.ready());
  });
}

/** `otelcol validate`: resolves to what it printed, throws what is wrong. */
export async function validateCollector(options: CollectorOptions = {}): Promise<string> {
  const binary = await program('otelcol');
  const folder = runtimeFolder('collector');
  const scratch = new Map(PORT_NAMES.map((name, index) => [name, 40_000 + index]));
  const ports = Object.fromEntries(scratch) as Ports<CollectorPort>;
  const args = ['validate', ...(await configurationFlags(folder, options.config))];
  const env = collectorEnvironment(options, ports, folder);
  const { stdout, stderr } = await run(binary, args, { env, cwd: folder });
  await rm(folder, { recursive: true, force: true });
  return stdout + stderr;
}

async function configurationFlags(
  folder: string,
  config: string | readonly string[] = COLLECTOR_FILES,
): Promise<string[]> {
  const flags: string[] = [];
  for (const [index, given] of [config].flat().entries()) {
    const isText = given.includes('\n');
    const file = isText ? join(folder, `given-${index}.yaml`) : resolve(COLLECTOR_FOLDER, given);
    if (isText) await writeFile(file, given);
    flags.push('--config', file);
  }
  return flags;
}

function collectorEnvironment(
  { env, storage }: CollectorOptions,
  ports: Ports<CollectorPort>,
  folder: string,
): NodeJS.ProcessEnv {
  const directory = storage ?? join(folder, 'storage');
  mkdirSync(directory, { recursive: true });
  const variables = PORT_NAMES.map((name) => [COLLECTOR_PORTS[name], String(ports[name])]);
  const own = { MCP_BIND_HOST: '127.0.0.1', MCP_STORAGE_DIR: directory, ...Object.fromEntries(variables) };
  return { ...process.env, ...own, ...env };
}

export class Collector extends Server {
  readonly ports: Ports<CollectorPort>;

  constructor(launch: Launch, ports: Ports<CollectorPort>) {
    super(launch);
    this.ports = ports;
  }

  /** `OTEL_EXPORTER_OTLP_ENDPOINT` for HTTP. */
  get otlpUrl(): string {
    return this.#url('otlpHttp');
  }

  /** `OTEL_EXPORTER_OTLP_ENDPOINT` for gRPC. */
  get grpcUrl(): string {
    return this.#url('otlpGrpc');
  }

  /** What the pipelines hand to Prometheus. */
  get metricsUrl(): string {
    return `${this.#url('metrics')}/metrics`;
  }

  /** What the Collector says of itself. */
  get telemetryUrl(): string {
    return `${this.#url('telemetry')}/metrics`;
  }

  get healthUrl(): string {
    return this.#url('health');
  }

  /** A configuration of a test's own may have no health check: then its log says so. */
  async ready(): Promise<void> {
    await this.eventually(
      'the Collector is ready',
      async () => this.log.includes(READY) || (await fetch(this.healthUrl)).ok,
      60_000,
    );
  }

  /** Sum of a metric of `telemetryUrl`, over all label sets that hold `labels`; 0 without one. */
  async own(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return sumOf(await (await fetch(this.telemetryUrl)).text(), name, labels);
  }

  #url(name: CollectorPort): string {
    return `http://127.0.0.1:${this.ports[name]}`;
  }
}

/** Sums a metric in the Prometheus text format. */
export function sumOf(page: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  let sum = 0;
  for (const line of page.split('\n')) {
    const [, found = '', set = '', value = ''] = /^([\w:]+)(\{.*\})? (\S+)/.exec(line) ?? [];
    if (found === name && wanted.every((label) => set.includes(label))) sum += Number(value);
  }
  return sum;
}
