/**
 * Starts the private SDK: `@opentelemetry/sdk-node`'s NodeSDK with processors and readers that feed the export thread.
 *
 * Runs once per process, at the first MCP use of an agent that has registered no SDK.
 */
import type { MeterProvider } from '@opentelemetry/api';
import { readEnvironment } from '../../core/environment';
import { registered, startApart } from './api-slots';
import { startFromFile } from './config-file';
import { isTrue, readExportPlan, valueOf, wantsLogs } from './configuration';
import { flushAtExit } from './exit';
import type * as HostMetrics from './host-metrics';
import { sayNotLoadable } from './not-loadable';
import type { OwnSdk, OwnSdkOptions } from './own-sdk';
import { loadSdkPackages, type SdkPackages } from './packages';
import { Pipelines } from './pipelines';

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
    const fromFile = valueOf(process.env, 'OTEL_CONFIG_FILE') !== undefined;
    const sdk = fromFile ? startFromFile(packages, options) : startFromEnvironment(packages, options);
    if (sdk?.meterProvider !== undefined) measureHost(sdk.meterProvider);
    return sdk;
  } catch (error) {
    sayNotLoadable(error);
    return undefined;
  }
}

function measureHost(meterProvider: MeterProvider): void {
  if (readEnvironment('OTEL_MCP_HOST_METRICS') !== 'on') return;
  const { startHostMetrics } = require('./host-metrics') as typeof HostMetrics;
  startHostMetrics(meterProvider);
}

function startFromEnvironment(packages: SdkPackages, options: OwnSdkOptions): OwnSdk {
  const { mode } = options;
  const plan = readExportPlan(process.env, options.logs || mode === 'global' || wantsLogs(process.env));
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
  return {
    ...parts,
    // NodeSDK makes a logger provider in any case; one without exporters is as good as none.
    loggerProvider: plan.logs.length > 0 ? parts.loggerProvider : undefined,
    forceFlush: () => pipelines.forceFlush(),
    deliveries: () => pipelines.deliveries(),
    metricsPage: pipelines.metricsPage,
  };
}
