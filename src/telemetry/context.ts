/**
 * The active OpenTelemetry context.
 *
 * With a context manager in the process that one is used. Without one our own storage carries our parents, and the
 * agent's own `context.active()` stays the root context.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { Context } from '@opentelemetry/api';

import { api, globals } from './api';

const storage = new AsyncLocalStorage<Context>();

/** Key under which the SDK's `suppressTracing` marks a context (`@opentelemetry/core`). */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export function activeContext(): Context {
  const manager = globals().context;
  return manager === undefined ? (storage.getStore() ?? api().ROOT_CONTEXT) : manager.active();
}

export function withContext<T>(context: Context, work: () => T): T {
  const manager = globals().context;
  return manager === undefined ? storage.run(context, work) : manager.with(context, work);
}

export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}
