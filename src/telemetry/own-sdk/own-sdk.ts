/** What the private SDK is given and what it gives. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { MetricLedger } from '../ledger';
import type { DeliveryState } from './delivery';

/** Answers a scrape. */
export type MetricsPage = (request: IncomingMessage, response: ServerResponse) => void;

export interface OwnSdkOptions {
  /** `auto`: private. `global`: registered as the process's SDK. */
  readonly mode: 'auto' | 'global';
  /** The sums of what was recorded through this SDK's meters; read at exit. */
  readonly ledger: MetricLedger;
  /** Log records are exported whatever the environment says of them. */
  readonly logs: boolean;
  /** Version of this package; with its name the scope of its meters and tracers. */
  readonly version: string;
  /** Called first at exit: ends the calls in flight. */
  readonly beforeFlush?: () => void;
}

/** What a signal's `none` switched off is `undefined`. */
export interface OwnSdk {
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  /** Of the API's logs part; only where log records are exported. */
  readonly loggerProvider: object | undefined;
  readonly propagator: TextMapPropagator | undefined;
  /** Sends everything that has ended; resolves when it is answered. Keeps the process alive meanwhile. */
  forceFlush(): Promise<void>;
  /** How the exports went; absent where exporters are not ours. */
  readonly deliveries?: (() => readonly DeliveryState[]) | undefined;
  /** The page for Prometheus, where one is served. */
  readonly metricsPage?: MetricsPage | undefined;
}
