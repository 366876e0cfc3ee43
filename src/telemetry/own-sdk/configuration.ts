/**
 * Reads the part of the standard `OTEL_*` environment that decides where the private SDK sends what.
 *
 * Sampler, limits, propagators and resource stay `@opentelemetry/sdk-node`'s own work; the rules for lists, `none` and
 * unknown values below are the ones it follows itself.
 */
import { warnOnce } from '../../core/diagnostics';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Signal = 'traces' | 'metrics' | 'logs';

/** Exporters that send by themselves, and so run in the export thread. */
export type PushExporter = 'otlp' | 'console' | 'zipkin';
export type OtlpProtocol = 'grpc' | 'http/json' | 'http/protobuf';

export interface BatchLimits {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  /** Milliseconds between two batches that are not full. */
  readonly scheduleDelay: number;
}

export interface ExportPlan {
  readonly traces: readonly PushExporter[];
  readonly metrics: readonly PushExporter[];
  readonly logs: readonly PushExporter[];
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
  readonly spanLimits: BatchLimits;
  readonly logLimits: BatchLimits;
  /** Milliseconds. */
  readonly metricInterval: number;
  /** Milliseconds. */
  readonly metricTimeout: number;
}

const KNOWN: Record<Signal, readonly string[]> = {
  traces: ['otlp', 'console', 'zipkin'],
  metrics: ['otlp', 'console', 'prometheus'],
  logs: ['otlp', 'console'],
};

/** The value of a variable; an empty one counts as unset, as the OpenTelemetry specification asks. */
export function valueOf(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

export function isTrue(environment: Environment, name: string): boolean {
  return valueOf(environment, name)?.toLowerCase() === 'true';
}

function positive(environment: Environment, name: string, fallback: number): number {
  const text = valueOf(environment, name);
  if (text === undefined) return fallback;
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  warnOnce(`environment:${name}`, `${name} is not a number above 0 and is ignored (default: ${fallback})`);
  return fallback;
}

function exporterNames(environment: Environment, signal: Signal): string[] {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const list = (environment[name] ?? '').split(',').map((entry) => entry.trim());
  const chosen = [...new Set(list)].filter((entry) => entry !== '' && entry !== 'null');
  if (chosen.length === 0) return ['otlp'];
  if (chosen.includes('none')) {
    // sdk-node: "none" among other span exporters means the default one, among the others' it means none.
    return signal === 'traces' && chosen[0] !== 'none' ? ['otlp'] : [];
  }
  return chosen.filter((entry) => {
    if (KNOWN[signal].includes(entry)) return true;
    warnOnce(
      `environment:${name}:${entry}`,
      `${name} names an unknown exporter, "${entry}", which is ignored; known: ${KNOWN[signal].join(', ')}, none`,
    );
    return false;
  });
}

function pushExporters(names: readonly string[]): PushExporter[] {
  return names.filter((name): name is PushExporter => name !== 'prometheus');
}

function batchLimits(environment: Environment, prefix: string, delay: number): BatchLimits {
  const maxQueueSize = positive(environment, `${prefix}_MAX_QUEUE_SIZE`, 2048);
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(positive(environment, `${prefix}_MAX_EXPORT_BATCH_SIZE`, 512), maxQueueSize),
    scheduleDelay: positive(environment, `${prefix}_SCHEDULE_DELAY`, delay),
  };
}

function prometheusAddress(environment: Environment): { host: string; port: number } {
  const text = valueOf(environment, 'OTEL_EXPORTER_PROMETHEUS_PORT');
  const port = text === undefined ? 9464 : Number(text);
  const valid = Number.isInteger(port) && port >= 0 && port <= 65535;
  if (!valid) {
    warnOnce(
      'environment:OTEL_EXPORTER_PROMETHEUS_PORT',
      'OTEL_EXPORTER_PROMETHEUS_PORT is no port; 9464 is used',
    );
  }
  return {
    // Not the exporter's own default: 2.x listens on all interfaces.
    host: valueOf(environment, 'OTEL_EXPORTER_PROMETHEUS_HOST') ?? '127.0.0.1',
    port: valid ? port : 9464,
  };
}

/** Whether log records are exported: only where someone asked for exceptions or decisions of guards as log records. */
export function wantsLogs(environment: Environment): boolean {
  return ['OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN', 'OTEL_MCP_EVENTS'].some((name) => {
    const optIn = valueOf(environment, name);
    return optIn === 'logs' || optIn === 'logs/dup';
  });
}

/** @param logs - whether log records are exported at all */
export function readExportPlan(environment: Environment, logs: boolean): ExportPlan {
  const metrics = exporterNames(environment, 'metrics');
  const metricInterval = positive(environment, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000);
  return {
    traces: pushExporters(exporterNames(environment, 'traces')),
    metrics: pushExporters(metrics),
    logs: logs ? pushExporters(exporterNames(environment, 'logs')) : [],
    prometheus: metrics.includes('prometheus') ? prometheusAddress(environment) : undefined,
    spanLimits: batchLimits(environment, 'OTEL_BSP', 5000),
    logLimits: batchLimits(environment, 'OTEL_BLRP', 1000),
    metricInterval,
    metricTimeout: Math.min(positive(environment, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000), metricInterval),
  };
}

/** The protocol of a signal's OTLP exporter; an unknown one is `http/protobuf`, after one warning. */
export function otlpProtocol(environment: Environment, signal: Signal): OtlpProtocol {
  const name = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_PROTOCOL`;
  const protocol =
    valueOf(environment, name) ?? valueOf(environment, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  if (protocol === 'grpc' || protocol === 'http/json' || protocol === 'http/protobuf') return protocol;
  warnOnce(`environment:${name}`, `the OTLP protocol of ${signal} is unknown; http/protobuf is used`);
  return 'http/protobuf';
}

/** Where a signal's OTLP exporter sends, without user name, password and query, which may be secrets. */
export function otlpEndpoint(environment: Environment, signal: Signal): string {
  const endpoint =
    valueOf(environment, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`) ??
    valueOf(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT') ??
    (otlpProtocol(environment, signal) === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318');
  // gRPC also takes host:port.
  const [, scheme = '', host = '', path = ''] =
    /^(\w+:\/\/)?(?:[^/?#]*@)?([^/?#@]*)([^?#]*)/.exec(endpoint) ?? [];
  const isHost = /^[\w.:[\]-]+$/.test(host);
  return isHost ? `${scheme}${host}${path.replace(/\/$/, '')}` : '(an endpoint that is no URL)';
}
