/**
 * The arguments of a tool call without what is not one.
 *
 * Strands writes the trace context of the active span into `arguments._meta`, where nothing but a tool's own code would
 * look for it (`@strands-agents/sdk` 1.19.0, `mcp/client.js`). It stays on the wire; but it is new in every call, so
 * whoever shows, checks, hashes or compares arguments reads them here.
 */

/** Keys of the propagators that `OTEL_PROPAGATORS` can name. */
const TRACE_KEY = /^(?:traceparent|tracestate|baggage|b3|x-b3-.+|uber-trace-id|uberctx-.+)$/i;

/** @returns `given` itself when there is nothing to leave out, else a copy of it */
export function toolArguments(given: unknown): unknown {
  if (!isPlain(given) || !isPlain(given['_meta'])) return given;
  const { _meta: meta, ...others } = given;
  const kept = Object.entries(meta).filter(([key]) => !TRACE_KEY.test(key));
  if (kept.length === Object.keys(meta).length) return given;
  return kept.length === 0 ? others : { ...others, _meta: Object.fromEntries(kept) };
}

function isPlain(value: unknown): value is Record<string, Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
