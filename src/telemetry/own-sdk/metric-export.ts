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
import { isDelta, type MetricDataLike, type ScopeMetricsLike } from './metric-data';

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
  #isEnding = false;
  #isRefused = false;
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
      const { delivery } = this.#options;
      if (error === undefined) return delivery.delivered('metrics');
      delivery.lost('metrics', this.#unrepeated(metrics.scopeMetrics), error);
      delivery.failed('metrics', error);
    });
    done({ code: ExportResultCode.SUCCESS });
  }

  /** Sends what was recorded since the last acknowledged export; for the end of the process. Not again after a failure. */
  sendRemainder(): void {
    if (this.#isRefused) return;
    const { ledger, scope, delivery } = this.#options;
    this.#isEnding = true;
    const metrics = this.#remainder.of(ledger.read());
    if (metrics.length === 0) return;
    const scopes = [{ scope, metrics }];
    const settle = this.#remainder.shipped(scopes);
    this.#post(scopes, (error) => {
      settle(error === undefined);
      if (error === undefined) return;
      this.#isRefused = true;
      delivery.lost('metrics', countPoints(scopes), error);
    });
  }

  forceFlush(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }

  /**
   * Points of a failed export that no later one makes good. Cumulative sums come again; differences of our own instruments
   * come with what is sent at exit, unless that has been sent already.
   */
  #unrepeated(scopes: readonly ScopeMetricsLike[]): number {
    const { scope: own } = this.#options;
    return countPoints(
      scopes.filter(({ scope }) => this.#isEnding || scope.name !== own.name),
      isDelta,
    );
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

function countPoints(
  scopes: readonly ScopeMetricsLike[],
  counts: (metric: MetricDataLike) => boolean = () => true,
): number {
  let points = 0;
  for (const metric of scopes.flatMap(({ metrics }) => metrics)) {
    if (counts(metric)) points += metric.dataPoints.length;
  }
  return points;
}
