/** The doors that an agent's own code may use: the OpenTelemetry instrumentation class, and the manual one. */
import type { MeterProvider, TracerProvider } from '@opentelemetry/api';

import { installLoader } from '../loader/install';
import type { LoggerProviderLike } from '../telemetry/api';
import type { McpInstrumentationConfig } from '../telemetry/config';
import { NAME, VERSION } from '../version';
import { adopt, runtime } from './runtime';

/**
 * Instruments the MCP SDKs, for `registerInstrumentations()` and `new NodeSDK({ instrumentations: [...] })` of both
 * OpenTelemetry lines. It satisfies the `Instrumentation` interface without its base class, whose hooks never fire for
 * `require()` of SDK 1.x.
 *
 * Create it before the MCP SDK is imported; for a bundled agent hand the classes to {@link instrument}. Beside the
 * preload it configures the same instrumentation, and the providers given to it win.
 */
export class McpInstrumentation {
  readonly instrumentationName = NAME;
  readonly instrumentationVersion = VERSION;
  private config: McpInstrumentationConfig;

  constructor(config: McpInstrumentationConfig = {}) {
    this.config = config;
    installLoader(adopt);
    runtime().configure(config);
    if (config.enabled !== false) runtime().enable();
  }

  enable(): void {
    this.setConfig({ ...this.config, enabled: true });
    runtime().enable();
  }

  /** Restores the untouched behaviour of every MCP class and connection. */
  disable(): void {
    this.setConfig({ ...this.config, enabled: false });
    runtime().disable();
  }

  setTracerProvider(tracerProvider: TracerProvider): void {
    runtime().useProviders({ tracerProvider });
  }

  setMeterProvider(meterProvider: MeterProvider): void {
    runtime().useProviders({ meterProvider });
  }

  setLoggerProvider(loggerProvider: LoggerProviderLike): void {
    runtime().useProviders({ loggerProvider });
  }

  setConfig(config: McpInstrumentationConfig): void {
    this.config = config;
    runtime().configure(config);
  }

  getConfig(): McpInstrumentationConfig {
    return this.config;
  }
}

/**
 * Instruments MCP classes by hand: where no loader can see them (Bun, Deno, some bundlers).
 *
 * @param classes - a namespace, or an object, with the SDK's `Client`, `Server` or `Protocol`
 * @example
 * import { Client } from '@modelcontextprotocol/client';
 * instrument({ Client });
 */
export function instrument(classes: Readonly<Record<string, unknown>>): void {
  adopt(classes);
}
