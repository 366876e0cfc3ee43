/**
 * The push side of metrics in the agent's thread: hands each collection to the export thread, and at exit, when a reader's
 * asynchronous `collect()` can no longer finish, the sums of the ledger that no acknowledged export contained.
 */
import type { MetricLedger } from '../ledger';
import { ExportResultCode } from './constants';
import type { PushExporter } from './configuration';
import type { Delivery } from './delivery';
import type { ExportThread } from './export-thread';
import { MetricRemainder } from './metric-remainder';
import { temporalitySelector, type TemporalitySelector } from './temporality';
import { plainResource, type ResourceLike, type ScopeLike } from './wire';
import type { ScopeMetricsLike } from './metric-data';

interface ResourceMetricsLike {
  readonly resource: ResourceLike;
  readonly scopeMetrics: readonly ScopeMetricsLike[];
}

export interface MetricPushOptions {
  readonly exporter: PushExporter;
  readonly scope: ScopeLike;
  readonly resource: ResourceLike;
  readonly ledger: MetricLedger;
  readonly thread: ExportThread;
  readonly delivery: Delivery;
  readonly temporalityPreference: string | undefined;
}

/** Satisfies the SDK's `PushMetricExporter` in both lines. */
export class MetricPush {
  readonly selectAggregationTemporality: TemporalitySelector;
  readonly #options: MetricPushOptions;
  readonly #remainder: MetricRemainder;
  #open = 0;
  #waiting: (() => void)[] = [];

  constructor(options: MetricPushOptions) {
    this.#options = options;
    const preference = options.exporter === 'otlp' ? options.temporalityPreference : undefined;
    this.selectAggregationTemporality = temporalitySelector(preference);
    this.#remainder = new MetricRemainder(options.scope.name, this.selectAggregationTemporality);
  }

  /**
   * Reports success at once: the reader would otherwise hold a timer that keeps the agent alive for as long as a collector
   * hangs. Failures are counted and said here.
   */
  export(metrics: ResourceMetricsLike, done: (result: { code: number }) => void): void {
    const settle = this.#remainder.shipped(metrics.scopeMetrics);
    this.#post(metrics.scopeMetrics, (error) => {
      settle(error === undefined);
      // Cumulative sums come again with the next export; so nothing is counted as lost yet.
      if (error !== undefined) this.#options.delivery.failed('metrics', error);
    });
    done({ code: ExportResultCode.SUCCESS });
  }

  /** Sends what was recorded since the last acknowledged export; for the end of the process. */
  sendRemainder(): void {
    const { ledger, scope, delivery } = this.#options;
    const metrics = this.#remainder.of(ledger.read());
    if (metrics.length === 0) return;
    const scopes = [{ scope, metrics }];
    const settle = this.#remainder.shipped(scopes);
    this.#post(scopes, (error) => {
      settle(error === undefined);
      if (error !== undefined) delivery.lost('metrics', countPoints(scopes), error);
    });
  }

  forceFlush(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  #post(scopes: readonly ScopeMetricsLike[], done: (error: string | undefined) => void): void {
    const { thread, exporter, resource } = this.#options;
    this.#open++;
    const job = {
      signal: 'metrics',
      exporters: [exporter],
      resource: plainResource(resource),
      items: scopes,
      count: countPoints(scopes),
    } as const;
    thread.post(job, (error) => {
      this.#open--;
      done(error);
      if (this.#open === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }
}

function countPoints(scopes: readonly ScopeMetricsLike[]): number {
  let points = 0;
  for (const { metrics } of scopes) for (const metric of metrics) points += metric.dataPoints.length;
  return points;
}
