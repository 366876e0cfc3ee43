/**
 * OpenTelemetry's own diagnostics (`OTEL_LOG_LEVEL`) on stderr. The logger that the SDK installs by itself writes most
 * levels to stdout, which is the protocol channel of a stdio server.
 */
import { createRequire } from 'node:module';
import { format } from 'node:util';
import type { DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import { say } from '../../core/diagnostics';
import { valueOf, type Environment } from './configuration';
import type { ApiModule } from './packages';

function line(level: string): DiagLogger['error'] {
  return (message, ...args) => say(`OpenTelemetry ${level}: ${format(message, ...args)}`);
}

export function stderrDiagLogger(): DiagLogger {
  return {
    error: line('error'),
    warn: line('warning'),
    info: line('info'),
    debug: line('debug'),
    verbose: line('verbose'),
  };
}

/** The level that `OTEL_LOG_LEVEL` names, or `fallback`. */
export function diagLevel(api: ApiModule, environment: Environment, fallback: 'NONE' | 'WARN'): DiagLogLevel {
  const name = valueOf(environment, 'OTEL_LOG_LEVEL')?.toUpperCase() ?? fallback;
  return api.DiagLogLevel[name] ?? api.DiagLogLevel[fallback]!;
}

/** In the export thread, where nobody else uses the API: its diagnostics as `OTEL_LOG_LEVEL` says, on stderr. */
export function useStderrDiag(sdkNodePath: string, environment: Environment): void {
  if (valueOf(environment, 'OTEL_LOG_LEVEL') === undefined) return;
  const api = createRequire(sdkNodePath)('@opentelemetry/api') as ApiModule;
  api.diag.setLogger(stderrDiagLogger(), {
    logLevel: diagLevel(api, environment, 'NONE'),
    suppressOverrideMessage: true,
  });
}
