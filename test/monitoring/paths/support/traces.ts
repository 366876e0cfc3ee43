/** Reads what Jaeger's query API answers. */
import type { TraceQuery } from '../../../../tools/gen/trace-queries';
import type { JaegerSpan, JaegerTrace } from '../../../../tools/stack/jaeger';

export const tag = (span: JaegerSpan, key: string): unknown =>
  span.tags.find((one) => one.key === key)?.value;
export const isClient = (span: JaegerSpan): boolean => tag(span, 'span.kind') === 'client';

/** Fields of the span's decision events, by guard. */
export function decisions(span: JaegerSpan): Record<string, Record<string, unknown>> {
  const events = span.logs.map(({ fields }) =>
    Object.fromEntries(fields.map(({ key, value }) => [key, value])),
  );
  return Object.fromEntries(
    events
      .filter(({ event }) => event === 'mcpguard.decision')
      .map(({ event: _event, ...attributes }) => [String(attributes['mcpguard.guard']), attributes]),
  );
}

/** The spans of a search's traces that have each of its tags, on themselves or on an event. */
export function matching(traces: readonly JaegerTrace[], { tags }: TraceQuery): JaegerSpan[] {
  const has = (span: JaegerSpan, key: string, value: string) =>
    [...span.tags, ...span.logs.flatMap(({ fields }) => fields)].some(
      (one) => one.key === key && String(one.value) === value,
    );
  return traces
    .flatMap(({ spans }) => spans)
    .filter((span) => Object.entries(tags).every(([key, value]) => has(span, key, value)));
}
