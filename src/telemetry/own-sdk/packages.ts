/**
 * Finds `@opentelemetry/sdk-node` and takes everything else from its own dependencies, so that all parts are of one line
 * (2.x/0.2xx or 3.x/0.30x) and of one copy, with every package manager.
 */
import { createRequire } from 'node:module';
import type { DiagLogger, DiagLogLevel } from '@opentelemetry/api';

export interface ApiModule {
  readonly diag: {
    setLogger(
      logger: DiagLogger,
      options: { logLevel: DiagLogLevel; suppressOverrideMessage: boolean },
    ): boolean;
  };
  readonly DiagLogLevel: Readonly<Record<string, DiagLogLevel>>;
  /** From api 1.10. */
  readonly logs?: LogsApi;
}

export interface LogsApi {
  getLoggerProvider(): object;
  disable(): void;
}

export interface SdkNodeModule {
  readonly NodeSDK: new (configuration: Record<string, unknown>) => { start(): void };
  /** Reads OTEL_CONFIG_FILE; the 3.x spelling is the second. */
  readonly startNodeSDK?: (options?: object) => unknown;
  readonly startNodeSdk?: (options?: object) => unknown;
}

export interface SdkPackages {
  readonly sdkNodePath: string;
  readonly sdkNode: SdkNodeModule;
  /** The copy of the API that sdk-node registers with. */
  readonly api: ApiModule;
  readonly logsApi: LogsApi | undefined;
  /** A package of sdk-node's dependencies. Throws when it is not there. */
  readonly load: (name: string) => unknown;
}

/**
 * Loads sdk-node, synchronously.
 *
 * @throws what `require` throws: sdk-node is missing, or does not fit the API it finds
 */
export function loadSdkPackages(): SdkPackages {
  const sdkNodePath = require.resolve('@opentelemetry/sdk-node');
  const load = createRequire(sdkNodePath) as (name: string) => unknown;
  const sdkNode = load(sdkNodePath) as SdkNodeModule;
  const api = load('@opentelemetry/api') as ApiModule;
  return { sdkNodePath, sdkNode, api, logsApi: api.logs ?? logsApiOf(load), load };
}

function logsApiOf(load: (name: string) => unknown): LogsApi | undefined {
  try {
    return (load('@opentelemetry/api-logs') as { logs: LogsApi }).logs;
  } catch {
    return undefined; // 3.x has no such package: its logs API is in the API itself.
  }
}
