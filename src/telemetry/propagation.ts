/**
 * Trace context in `params._meta` (MCP SEP-414; semantic conventions, PR #220): unprefixed keys, by the configured
 * propagators, in requests and notifications alike.
 */
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api';

import { countInternalError } from '../core/diagnostics';

type Meta = Record<string, unknown>;
type Params = Readonly<Record<string, unknown>> | undefined;

/** The keys that the propagators have written since this was last emptied. */
const written = new Set<string>();

const setter: TextMapSetter<Meta> = {
  set(carrier, key, value) {
    carrier[key] = value;
    written.add(key);
  },
};

/** The trace alone: baggage may hold what a foreign server should not learn. */
const traceSetter: TextMapSetter<Meta> = {
  set(carrier, key, value) {
    if (key !== 'baggage') setter.set(carrier, key, value);
  },
};

const getter: TextMapGetter<Meta> = {
  keys: (carrier) => Object.keys(carrier),
  get(carrier, key) {
    const value = carrier[key];
    return typeof value === 'string' ? value : undefined;
  },
};

/**
 * `params` with the trace context of `context` in its `_meta`: copies of both objects, all other keys kept, and a
 * context the caller had put there overwritten. The same object when there is nothing to inject.
 */
export function injectIntoMeta(
  propagator: TextMapPropagator,
  context: Context,
  params: Params,
  propagate: 'all' | 'traceparent' = 'all',
): Params {
  const meta = params?.['_meta'];
  if (Array.isArray(params) || (meta !== undefined && (typeof meta !== 'object' || meta === null)))
    return params;
  // What such an object is on the wire is its own affair; a copy of its fields would be something else.
  if (hasToJson(params) || hasToJson(meta)) return params;
  const copy: Meta = { ...meta };
  written.clear();
  try {
    propagator.inject(context, copy, propagate === 'all' ? setter : traceSetter);
  } catch (error) {
    countInternalError('propagator', error);
    return params;
  }
  if (written.size === 0) return params;
  // A trace state belongs to the trace parent beside it (W3C Trace Context, 3.3), and that one is no longer the caller's.
  if (written.has('traceparent') && !written.has('tracestate')) delete copy['tracestate'];
  return { ...params, _meta: copy };
}

function hasToJson(value: unknown): boolean {
  return typeof (value as { toJSON?: unknown } | undefined)?.toJSON === 'function';
}

/** `context` with what the peer put into `params._meta`. */
export function extractFromMeta(propagator: TextMapPropagator, context: Context, params: Params): Context {
  const meta = params?.['_meta'];
  if (typeof meta !== 'object' || meta === null) return context;
  try {
    return propagator.extract(context, meta, getter);
  } catch (error) {
    countInternalError('propagator', error);
    return context;
  }
}
