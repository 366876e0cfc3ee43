/**
 * The active OpenTelemetry context.
 *
 * With a context manager in the process that one is used. Without one our own storage carries our parents, and the
 * agent's own `context.active()` stays the root context.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { Context } from '@opentelemetry/api';

import { countInternalError } from '../core/diagnostics';
import { api, globals } from './api';

const storage = new AsyncLocalStorage<Context>();

/** Key under which the SDK's `suppressTracing` marks a context (`@opentelemetry/core`). */
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export function activeContext(): Context {
  const manager = globals().context;
  return manager === undefined ? (storage.getStore() ?? api().ROOT_CONTEXT) : manager.active();
}

/** Runs `work` in `context`, and runs it also where a context manager fails to enter it. */
export function withContext<T>(context: Context, work: () => T): T {
  const manager = globals().context;
  if (manager === undefined) return storage.run(context, work);
  let began = false;
  const begin = () => {
    began = true;
    return work();
  };
  try {
    return manager.with(context, begin);
  } catch (error) {
    if (began) throw error;
    countInternalError('context', error);
    return work();
  }
}

export function isSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}
