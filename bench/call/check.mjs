/** Whether a row did what its name says: the spans, the propagation and the metrics that it must have produced. */

/** @returns {string | undefined} what is wrong, in words */
export function complaint({ expects }, facts) {
  if (expects.spans !== undefined && Math.abs(facts.spansPerCall - expects.spans) > 0.01) {
    return `expected ${expects.spans} spans per call and saw ${facts.spansPerCall.toFixed(2)}`;
  }
  const propagated = facts.meta.split(',').includes('traceparent');
  if (expects.meta !== undefined && propagated !== expects.meta) {
    return propagated ? 'put a traceparent into _meta' : 'put no traceparent into _meta';
  }
  const missing = (expects.metrics ?? []).filter((name) => facts.metrics?.[name] === undefined);
  if (missing.length > 0) return `recorded no ${missing.join(', ')}`;
  const calls = facts.metrics?.['mcp.tool.calls']?.records;
  for (const [name, expected] of Object.entries(expects.perCall ?? {})) {
    const seen = (facts.metrics?.[name]?.records ?? 0) / calls;
    if (!(Math.abs(seen - expected) < 0.01)) return `expected ${expected} ${name} per call and saw ${seen}`;
  }
  return undefined;
}
