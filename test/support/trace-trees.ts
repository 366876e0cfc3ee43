/** The traces of an agent as text: its MCP spans, below the spans of the agent and its framework that are asked for. */
import type { ReceivedSpan } from './otlp-receiver';

export const isMcp = ({ scope }: ReceivedSpan): boolean => scope.name === 'opentelemetry-instrumentation-mcp';

/** Kind, name and `error.type`. */
export function describeSpan({ kind, name, attributes }: ReceivedSpan): string {
  const error = attributes['error.type'] as string | undefined;
  return error === undefined ? `${kind} ${name}` : `${kind} ${name} ${error}`;
}

/**
 * The trees of spans as text, each from its root. A span that is not described is left out, and what is below it is
 * below the next one that is. Siblings are in the order of their text: calls made at once start in any order.
 */
export function traceTrees(
  spans: readonly ReceivedSpan[],
  describe: (span: ReceivedSpan) => string | undefined,
): string[] {
  const ids = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  const below = ({ traceId, spanId }: ReceivedSpan): string[] =>
    spans
      .filter((span) => span.traceId === traceId && span.parentSpanId === spanId)
      .flatMap(render)
      .toSorted();
  function render(span: ReceivedSpan): string[] {
    const line = describe(span);
    return line === undefined ? below(span) : [tree(line, ...below(span))];
  }
  return spans
    .filter(({ traceId, parentSpanId }) => !ids.has(`${traceId} ${parentSpanId}`))
    .flatMap(render)
    .toSorted();
}

/** A line, and below it what was rendered of its children. */
export function tree(line: string, ...children: string[]): string {
  return [line, ...children.toSorted()].join('\n').replaceAll('\n', '\n  ');
}
