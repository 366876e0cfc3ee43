/** A real Jaeger that keeps its traces in memory. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { COLLECTOR_FOLDER } from './collector';
import { onFreePorts, type Ports } from './ports';
import { program } from './programs';
import { json, runtimeFolder, Server, whenHealthy, type Launch } from './server';

/** The ports of the shipped configuration, and the variable that sets each. */
export const JAEGER_PORTS = {
  otlpGrpc: 'MCP_JAEGER_OTLP_GRPC_PORT',
  otlpHttp: 'MCP_JAEGER_OTLP_HTTP_PORT',
  query: 'MCP_JAEGER_QUERY_PORT',
  queryGrpc: 'MCP_JAEGER_QUERY_GRPC_PORT',
  health: 'MCP_JAEGER_HEALTH_PORT',
  telemetry: 'MCP_JAEGER_TELEMETRY_PORT',
} as const;
export type JaegerPort = keyof typeof JAEGER_PORTS;

export interface JaegerOptions {
  /** The text of a configuration that reads the variables above. Default: the shipped one. */
  config?: string;
  env?: Readonly<Record<string, string>>;
  /** Default: free ones. */
  ports?: Partial<Ports<JaegerPort>>;
}

/** What Jaeger's query API (the one that its page uses) knows of a tag, on spans, processes and logs alike. */
export interface KeyValue {
  key: string;
  type: string;
  value: unknown;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
  references: { refType: 'CHILD_OF' | 'FOLLOWS_FROM'; traceID: string; spanID: string }[];
  /** Microseconds since 1970. */
  startTime: number;
  /** Microseconds. */
  duration: number;
  tags: KeyValue[];
  /** Span events; the event's name is the field `event`. */
  logs: { timestamp: number; fields: KeyValue[] }[];
  processID: string;
}

export interface JaegerTrace {
  traceID: string;
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string; tags: KeyValue[] }>;
}

export interface TraceSearch {
  service: string;
  operation?: string;
  /** Each has to be on one span: its attributes, its resource's or its events'. */
  tags?: Readonly<Record<string, string>>;
  /** Such as `1s`. */
  minDuration?: string;
  maxDuration?: string;
  /** Default 1500, of the last hour. */
  limit?: number;
}

/** Throws {@link Missing} when the program cannot be had. */
export async function startJaeger(options: JaegerOptions = {}): Promise<Jaeger> {
  const binary = await program('jaeger');
  const names = Object.keys(JAEGER_PORTS) as JaegerPort[];
  return onFreePorts(names, options.ports ?? {}, async (ports) => {
    const folder = runtimeFolder('jaeger');
    let config = join(COLLECTOR_FOLDER, 'jaeger/jaeger.yaml');
    if (options.config !== undefined) {
      config = join(folder, 'jaeger.yaml');
      await writeFile(config, options.config);
    }
    const variables = names.map((name) => [JAEGER_PORTS[name], String(ports[name])]);
    const own = { MCP_BIND_HOST: '127.0.0.1', ...Object.fromEntries(variables) };
    const env = { ...process.env, ...own, ...options.env };
    const args = ['--config', config];
    const jaeger = new Jaeger({ title: 'Jaeger', binary, args, env, folder, cwd: folder }, ports);
    return whenHealthy(jaeger, () => jaeger.healthy(`${jaeger.url}/api/services`));
  });
}

export class Jaeger extends Server {
  readonly ports: Ports<JaegerPort>;

  constructor(launch: Launch, ports: Ports<JaegerPort>) {
    super(launch);
    this.ports = ports;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.query}`;
  }

  /** `MCP_JAEGER_OTLP_ENDPOINT` of a Collector. */
  get otlpUrl(): string {
    return `http://127.0.0.1:${this.ports.otlpHttp}`;
  }

  async services(): Promise<string[]> {
    return (await this.#get<string[] | null>('services')) ?? [];
  }

  async operations(service: string): Promise<string[]> {
    return (await this.#get<string[] | null>(`services/${encodeURIComponent(service)}/operations`)) ?? [];
  }

  async traces({
    service,
    operation,
    tags,
    minDuration,
    maxDuration,
    limit = 1500,
  }: TraceSearch): Promise<JaegerTrace[]> {
    const parameters = {
      service,
      operation,
      tags: tags === undefined ? undefined : JSON.stringify(tags),
      minDuration,
      maxDuration,
      limit: String(limit),
      lookback: '1h',
    };
    const given = Object.entries(parameters).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    return this.#get(`traces?${new URLSearchParams(given).toString()}`);
  }

  /** `undefined` where it knows none of this id. */
  async trace(id: string): Promise<JaegerTrace | undefined> {
    try {
      return (await this.#get<JaegerTrace[]>(`traces/${id}`))[0];
    } catch (error) {
      if (/: 404 /.test(String(error))) return undefined;
      throw error;
    }
  }

  async #get<T>(path: string): Promise<T> {
    return (await json<{ data: T }>(`${this.url}/api/${path}`)).data;
  }
}
