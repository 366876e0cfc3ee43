/**
 * The OpenTelemetry API as this process has it.
 *
 * Two copies of `@opentelemetry/api` can blind each other: a copy reads the globals only of a copy whose minor version
 * is at least its own (measured with 1.9.1 and 1.10.0). So the agent's copy is used for the API's functions, and the
 * globals themselves are read from the slot where every 1.x copy keeps them. Context keys are `Symbol.for` symbols,
 * the same in all copies.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import type {
  Attributes,
  Context,
  ContextManager,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from '@opentelemetry/api';

type Api = typeof import('@opentelemetry/api');

/** What is registered globally, by whichever copy. */
export interface Globals {
  readonly version?: string;
  readonly trace?: TracerProvider;
  readonly metrics?: MeterProvider;
  readonly context?: ContextManager;
  readonly propagation?: TextMapPropagator;
  /** 1.10 and later; earlier lines keep logs in `@opentelemetry/api-logs`. */
  readonly logs?: LoggerProviderLike;
}

/** `LoggerProvider` of `@opentelemetry/api-logs` and of api 1.10: what we use of it. */
export interface LoggerProviderLike {
  getLogger(name: string, version?: string): LoggerLike;
}
export interface LoggerLike {
  emit(record: {
    eventName: string;
    severityNumber: number;
    body?: string;
    attributes: Attributes;
    context: Context;
  }): void;
}

const SLOT = Symbol.for('opentelemetry.js.api.1');
const LOGS_SLOT = Symbol.for('io.opentelemetry.js.api.logs');
const NO_GLOBALS: Globals = {};

export function globals(): Globals {
  return ((globalThis as Record<symbol, unknown>)[SLOT] as Globals | undefined) ?? NO_GLOBALS;
}

/** The logger provider registered globally, from either of the two places where one may be. */
export function globalLoggerProvider(): LoggerProviderLike | undefined {
  const { logs } = globals();
  if (logs !== undefined) return logs;
  const getter = (globalThis as Record<symbol, unknown>)[LOGS_SLOT];
  // The older line stores a function that hands the provider out for a compatibility version.
  return typeof getter === 'function' ? (getter(1) as LoggerProviderLike | undefined) : undefined;
}

let loaded: Api | undefined;

/** The agent's copy of the API: resolved from its main script, else from the working directory, else our own. */
export function api(): Api {
  loaded ??= fromAgent() ?? (require('@opentelemetry/api') as Api);
  return loaded;
}

function fromAgent(): Api | undefined {
  const main = process.argv[1];
  for (const from of [main, join(process.cwd(), 'package.json')]) {
    if (from === undefined) continue;
    try {
      // A command in `.bin` is a link into its package.
      const found = createRequire(realpathSync(from))('@opentelemetry/api') as Api;
      if (typeof found.trace.setSpan === 'function') return found;
    } catch {
      // Not there: look in the next place.
    }
  }
  return undefined;
}
