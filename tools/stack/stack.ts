/** All four programs with the shipped configuration, each on 127.0.0.1. */
import { type Alertmanager, startAlertmanager } from './alertmanager';
import { type Collector, COLLECTOR_PORTS, startCollector, type CollectorPort } from './collector';
import { type Jaeger, JAEGER_PORTS, startJaeger, type JaegerPort } from './jaeger';
import { freePorts, isFree, type Ports } from './ports';
import { type Prometheus, startPrometheus } from './prometheus';
import type { PrometheusVersion } from './programs';
import type { Server } from './server';

export interface StackPorts {
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly collector: Ports<CollectorPort>;
  readonly jaeger: Ports<JaegerPort>;
}

/** Those that the configuration files name when nothing else is set. */
export const STANDARD_PORTS: StackPorts = {
  prometheus: 9090,
  alertmanager: 9093,
  collector: { otlpGrpc: 4317, otlpHttp: 4318, metrics: 8889, telemetry: 8888, health: 13133 },
  jaeger: {
    otlpGrpc: 14317,
    otlpHttp: 14318,
    query: 16686,
    queryGrpc: 16685,
    health: 14133,
    telemetry: 18888,
  },
};

/** `free`: any. `preferred`: the standard one where nobody listens on it. `standard`: or none. */
export type PortChoice = 'free' | 'preferred' | 'standard';

export interface StackOptions {
  /** Default 2.42. */
  prometheus?: PrometheusVersion;
  /** Default `free`. */
  ports?: PortChoice;
  /** Agents' own metrics pages, `host:port`. */
  agents?: readonly string[];
  /** `1s` in place of every interval of Prometheus and its rules. */
  interval?: string;
  /** As for `startCollector`. */
  collector?: readonly string[];
  /** Variables for the Collector and Jaeger. */
  env?: Readonly<Record<string, string>>;
}

/** A port is there for somebody else. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** @throws PortTaken where `choice` is `standard` and somebody listens on one of them */
async function choosePorts(choice: PortChoice): Promise<StackPorts> {
  const standard = [
    STANDARD_PORTS.prometheus,
    STANDARD_PORTS.alertmanager,
    ...Object.values(STANDARD_PORTS.collector),
    ...Object.values(STANDARD_PORTS.jaeger),
  ];
  const free = await freePorts(standard.length);
  const chosen = new Map<number, number>();
  await Promise.all(
    standard.map(async (port, index) => {
      const kept = choice !== 'free' && (await isFree(port));
      if (choice === 'standard' && !kept) throw new PortTaken(`port ${port} is taken`);
      chosen.set(port, kept ? port : (free[index] ?? 0));
    }),
  );
  const of = (port: number): number => chosen.get(port) ?? 0;
  const map = <Name extends string>(names: object, ports: Ports<Name>): Ports<Name> =>
    Object.fromEntries(Object.keys(names).map((name) => [name, of(ports[name as Name])])) as Ports<Name>;
  return {
    prometheus: of(STANDARD_PORTS.prometheus),
    alertmanager: of(STANDARD_PORTS.alertmanager),
    collector: map(COLLECTOR_PORTS, STANDARD_PORTS.collector),
    jaeger: map(JAEGER_PORTS, STANDARD_PORTS.jaeger),
  };
}

/**
 * Starts everything and waits until each is healthy; what was started is ended when one does not get so.
 *
 * @throws Missing when a program cannot be had
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const ports = await choosePorts(options.ports ?? 'free');
  const started: Server[] = [];
  const keep = <T extends Server>(server: T): T => {
    started.push(server);
    return server;
  };
  try {
    const alertmanager = keep(await startAlertmanager({ port: ports.alertmanager }));
    const prometheusUrl = `http://127.0.0.1:${ports.prometheus}`;
    const env = { MCP_PROMETHEUS_URL: prometheusUrl, ...options.env };
    const jaeger = keep(await startJaeger({ ports: ports.jaeger, env }));
    const collectorEnv = { MCP_JAEGER_OTLP_ENDPOINT: jaeger.otlpUrl, ...options.env };
    const config = options.collector === undefined ? {} : { config: options.collector };
    const collector = keep(await startCollector({ ports: ports.collector, env: collectorEnv, ...config }));
    const targets = {
      agent: options.agents ?? [],
      pipeline: [`127.0.0.1:${ports.collector.metrics}`],
      collector: [`127.0.0.1:${ports.collector.telemetry}`],
      jaeger: [`127.0.0.1:${ports.jaeger.telemetry}`],
      alertmanager: [alertmanager.address],
    };
    const { prometheus: version = '2.42', interval } = options;
    const quick = interval === undefined ? {} : { interval };
    const prometheus = keep(await startPrometheus({ version, port: ports.prometheus, targets, ...quick }));
    return new Stack(prometheus, alertmanager, collector, jaeger);
  } catch (error) {
    await Promise.all(started.map((server) => server.stop()));
    throw error;
  }
}

export class Stack {
  constructor(
    readonly prometheus: Prometheus,
    readonly alertmanager: Alertmanager,
    readonly collector: Collector,
    readonly jaeger: Jaeger,
  ) {}

  get servers(): readonly Server[] {
    return [this.collector, this.jaeger, this.prometheus, this.alertmanager];
  }

  /** The first that ends, whatever the reason. */
  firstEnded(): Promise<Server> {
    return Promise.race(this.servers.map((server) => server.ended.then(() => server)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
