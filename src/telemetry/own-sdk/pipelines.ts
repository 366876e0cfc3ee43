/** The processors and readers of one private SDK, and the one flush that they share at exit. */
import { countInternalError } from '../../core/diagnostics';
import { BatchQueue } from './batch-queue';
import type { ExportPlan } from './configuration';
import { SCOPE_NAME } from './constants';
import { Delivery, type DeliveryState } from './delivery';
import { ExportThread } from './export-thread';
import { MetricPush } from './metric-export';
import type { SdkPackages } from './packages';
import { LogQueueProcessor, SpanQueueProcessor } from './processors';
import type * as Prometheus from './prometheus';
import type { PrometheusReader } from './prometheus';
import { detectResource } from './resource';
import type { MetricsPage, OwnSdkOptions } from './own-sdk';
import { plainLogRecord, plainSpan, type LogRecordLike, type ResourceLike, type SpanLike } from './wire';

/** Milliseconds that the end of the process may be held up. */
const EXIT_DEADLINE_MS = 1000;
/** Milliseconds in which a Collector that has just answered is expected to answer again. */
const ANSWER_MS = 150;

interface MetricsModule {
  readonly PeriodicExportingMetricReader: new (options: {
    exporter: MetricPush;
    exportIntervalMillis: number;
    exportTimeoutMillis: number;
  }) => { forceFlush(): Promise<void> };
}

export class Pipelines {
  readonly resource: ResourceLike;
  readonly spanProcessors: object[];
  readonly metricReaders: readonly object[];
  readonly metricsPage: MetricsPage | undefined;
  readonly logRecordProcessors: object[];
  readonly #options: OwnSdkOptions;
  readonly #thread: ExportThread;
  readonly #delivery: Delivery;
  readonly #spans: BatchQueue<SpanLike>;
  readonly #logs: BatchQueue<LogRecordLike>;
  readonly #metrics: readonly MetricPush[];
  readonly #pushReaders: readonly { forceFlush(): Promise<void> }[];
  #flushing = false;

  constructor(packages: SdkPackages, plan: ExportPlan, options: OwnSdkOptions) {
    this.#options = options;
    const { traces, metrics, logs } = plan;
    this.resource = detectResource(packages, process.env);
    this.#delivery = new Delivery(process.env, plan);
    this.#thread = new ExportThread(packages.sdkNodePath, { traces, metrics, logs }, process.env);
    const shared = { thread: this.#thread, delivery: this.#delivery };
    this.#spans = new BatchQueue({
      ...shared,
      signal: 'traces',
      exporters: plan.traces,
      limits: plan.spanLimits,
      plain: plainSpan,
    });
    this.#logs = new BatchQueue({
      ...shared,
      signal: 'logs',
      exporters: plan.logs,
      limits: plan.logLimits,
      plain: plainLogRecord,
    });
    this.#metrics = plan.metrics.map((exporter) => this.#metricPush(exporter));
    this.#pushReaders = periodicReaders(packages, plan, this.#metrics);
    this.spanProcessors = plan.traces.length > 0 ? [new SpanQueueProcessor(this.#spans)] : [];
    this.logRecordProcessors = plan.logs.length > 0 ? [new LogQueueProcessor(this.#logs)] : [];
    const pull = plan.prometheus && prometheusReader(packages, plan.prometheus);
    this.metricsPage = pull && ((request, response) => pull.getMetricsRequestHandler(request, response));
    this.metricReaders = pull === undefined ? this.#pushReaders : [...this.#pushReaders, pull];
  }

  /** Has the export thread started while the agent waits for its first server, if anything will be pushed. */
  warm(): void {
    if (this.spanProcessors.length + this.logRecordProcessors.length + this.#metrics.length > 0)
      this.#thread.warm();
  }

  deliveries(): readonly DeliveryState[] {
    return this.#delivery.states();
  }

  /** Sends everything that is there and waits for the answers, blocking, for a second at most. Never throws. */
  flushSync(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      this.#endCalls();
      const deadline = Date.now() + EXIT_DEADLINE_MS;
      this.#delivery.beginExit();
      this.#thread.beginExit(deadline);
      this.#spans.sendAll();
      this.#logs.sendAll();
      this.#sendSums(deadline);
      // What was lost just now is news for the counter of losses, if metrics arrive.
      if (this.#delivery.hasNews() && deadline - Date.now() > ANSWER_MS) this.#sendSums(deadline);
      this.#delivery.sayAtExit();
    } catch (error) {
      countInternalError('telemetry.own-sdk', error);
    }
    this.#flushing = false;
  }

  #sendSums(deadline: number): void {
    for (const metrics of this.#metrics) metrics.sendRemainder();
    this.#thread.waitSync(deadline);
  }

  #endCalls(): void {
    try {
      this.#options.beforeFlush?.();
    } catch (error) {
      countInternalError('telemetry.own-sdk', error);
    }
  }

  async forceFlush(): Promise<void> {
    const keepAlive = setInterval(() => undefined, 1000);
    try {
      await Promise.all([...this.#pushReaders, this.#spans, this.#logs].map((part) => part.forceFlush()));
    } finally {
      clearInterval(keepAlive);
    }
  }

  #metricPush(exporter: ExportPlan['metrics'][number]): MetricPush {
    return new MetricPush({
      exporter,
      scope: { name: SCOPE_NAME, version: this.#options.version },
      resource: this.resource,
      ledger: this.#options.ledger,
      thread: this.#thread,
      delivery: this.#delivery,
      temporalityPreference: process.env['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    });
  }
}

/** Loads its module, and with it Node's HTTP server, where it is chosen only. */
function prometheusReader(
  packages: SdkPackages,
  address: NonNullable<ExportPlan['prometheus']>,
): PrometheusReader {
  const { startPrometheus } = require('./prometheus') as typeof Prometheus;
  return startPrometheus(packages, address);
}

function periodicReaders(packages: SdkPackages, plan: ExportPlan, metrics: readonly MetricPush[]) {
  if (metrics.length === 0) return [];
  const { PeriodicExportingMetricReader } = packages.load('@opentelemetry/sdk-metrics') as MetricsModule;
  return metrics.map(
    (exporter) =>
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: plan.metricInterval,
        exportTimeoutMillis: plan.metricTimeout,
      }),
  );
}
