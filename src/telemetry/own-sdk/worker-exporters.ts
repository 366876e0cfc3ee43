/**
 * Makes the standard exporters in the export thread. Each reads its own variables (endpoint, headers, certificates,
 * compression, timeout) from the environment that the thread was given.
 */
import { createRequire } from 'node:module';
import { otlpProtocol, type Environment, type PushExporter, type Signal } from './configuration';

/** What the exporters of all signals have in common; `code` 0 is success. */
export interface Exporter {
  export(items: unknown, done: (result: { code: number; error?: Error }) => void): void;
}

type ExporterClass = new (options?: { timeoutMillis?: number }) => Exporter;

const OTLP_PACKAGE = { traces: 'trace', metrics: 'metrics', logs: 'logs' } as const;
const OTLP_CLASS = {
  traces: 'OTLPTraceExporter',
  metrics: 'OTLPMetricExporter',
  logs: 'OTLPLogExporter',
} as const;
const PROTOCOL_PACKAGE = { grpc: 'grpc', 'http/json': 'http', 'http/protobuf': 'proto' } as const;
const CONSOLE_CLASS = {
  traces: 'ConsoleSpanExporter',
  metrics: 'ConsoleMetricExporter',
  logs: 'ConsoleLogRecordExporter',
} as const;
/** First the name in both lines, then the one that older 2.x releases have. */
const CONSOLE_PACKAGES = {
  traces: ['@opentelemetry/sdk-trace', '@opentelemetry/sdk-trace-base'],
  metrics: ['@opentelemetry/sdk-metrics'],
  logs: ['@opentelemetry/sdk-logs'],
} as const;

export class ExporterSource {
  readonly #require: NodeJS.Require;
  readonly #environment: Environment;

  constructor(sdkNodePath: string, environment: Environment) {
    this.#require = createRequire(sdkNodePath);
    this.#environment = environment;
  }

  /**
   * @param timeoutMillis - overrides the environment's, for what is sent while the process ends: the exporters do not
   *   retry when the next attempt would come later than that
   * @throws when the package or class is not there
   */
  create(signal: Signal, exporter: PushExporter, timeoutMillis?: number): Exporter {
    const Class = this.#classOf(signal, exporter);
    return new Class(timeoutMillis === undefined ? undefined : { timeoutMillis });
  }

  /** Loads the exporter's package. Throws as {@link create}. */
  load(signal: Signal, exporter: PushExporter): void {
    this.#classOf(signal, exporter);
  }

  #classOf(signal: Signal, exporter: PushExporter): ExporterClass {
    if (exporter === 'zipkin') return this.#named(['@opentelemetry/exporter-zipkin'], 'ZipkinExporter');
    if (exporter === 'console') return this.#named(CONSOLE_PACKAGES[signal], CONSOLE_CLASS[signal]);
    const protocol = PROTOCOL_PACKAGE[otlpProtocol(this.#environment, signal)];
    return this.#named(
      [`@opentelemetry/exporter-${OTLP_PACKAGE[signal]}-otlp-${protocol}`],
      OTLP_CLASS[signal],
    );
  }

  #named(packages: readonly string[], name: string): ExporterClass {
    let failure: unknown;
    for (const specifier of packages) {
      try {
        const found = (this.#require(specifier) as Record<string, ExporterClass | undefined>)[name];
        if (found !== undefined) return found;
      } catch (error) {
        failure = error;
      }
    }
    throw failure instanceof Error ? failure : new Error(`${packages.join(', ')} have no ${name}`);
  }
}
