/**
 * Starts the private SDK: `@opentelemetry/sdk-node`'s NodeSDK with processors and readers that feed the export thread.
 *
 * Runs once per process, at the first MCP use of an agent that has registered no SDK.
 */
import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { MetricLedger } from '../ledger';
import { registered, startApart, type StartedParts } from './api-slots';
import { startFromFile } from './config-file';
import { isTrue, readExportPlan, valueOf, wantsLogs } from './configuration';
import { flushAtExit } from './exit';
import { sayNotLoadable } from './not-loadable';
import { loadSdkPackages, type SdkPackages } from './packages';
import { Pipelines } from './pipelines';

export interface OwnSdkOptions {
  /** `auto`: private. `global`: registered as the process's SDK. */
  readonly mode: 'auto' | 'global';
  /** The sums of what was recorded through this SDK's meters; read at exit. */
  readonly ledger: MetricLedger;
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
}

/**
 * Loads sdk-node and starts it, synchronously.
 *
 * @returns `undefined` when `OTEL_SDK_DISABLED` is true, a tracer provider is registered already, or sdk-node cannot be
 *   loaded (one line on stderr). Never throws.
 */
export function startOwnSdk(options: OwnSdkOptions): OwnSdk | undefined {
  if (isTrue(process.env, 'OTEL_SDK_DISABLED') || registered().trace) return undefined;
  try {
    const packages = loadSdkPackages();
    if (valueOf(process.env, 'OTEL_CONFIG_FILE') !== undefined) return startFromFile(packages, options);
    return startFromEnvironment(packages, options);
  } catch (error) {
    sayNotLoadable(error);
    return undefined;
  }
}

function startFromEnvironment(packages: SdkPackages, options: OwnSdkOptions): OwnSdk {
  const { mode } = options;
  const plan = readExportPlan(process.env, mode === 'global' || wantsLogs(process.env));
  const pipelines = new Pipelines(packages, plan, options);
  const parts = startApart(packages, mode, () => {
    const sdk = new packages.sdkNode.NodeSDK({
      resource: pipelines.resource,
      autoDetectResources: false,
      spanProcessors: pipelines.spanProcessors,
      metricReaders: pipelines.metricReaders,
      logRecordProcessors: pipelines.logRecordProcessors,
      instrumentations: [],
      // A private SDK's context is ours to carry; and a context manager of the agent stays.
      ...(mode === 'auto' || registered().context ? { contextManager: null } : {}),
    });
    sdk.start();
  });
  flushAtExit(() => pipelines.flushSync());
  pipelines.warm();
  return ownSdk(parts, plan.logs.length > 0, () => pipelines.forceFlush());
}

function ownSdk(parts: StartedParts, logs: boolean, forceFlush: () => Promise<void>): OwnSdk {
  // NodeSDK makes a logger provider in any case; one without exporters is as good as none.
  return { ...parts, loggerProvider: logs ? parts.loggerProvider : undefined, forceFlush };
}
