/** The traces of an agent as text: its MCP spans, below the spans of the agent and its framework that are asked for. */
import type { ReceivedSpan } from '../support/otlp-receiver';

export const isMcp = ({ scope }: ReceivedSpan): boolean => scope.name === 'opentelemetry-instrumentation-mcp';

function line({ kind, name, attributes }: ReceivedSpan): string {
  const error = attributes['error.type'] as string | undefined;
  return error === undefined ? `${kind} ${name}` : `${kind} ${name} ${error}`;
}

const indented = (text: string): string => `  ${text.replaceAll('\n', '\n  ')}`;

/**
 * One tree per trace. A span that is not shown is left out, and what is below it is below the next one that is.
 * Siblings are in the order of their text: calls made at once start in any order.
 */
export function traceTrees(
  spans: readonly ReceivedSpan[],
  isShown: (span: ReceivedSpan) => boolean,
): string[] {
  const ids = new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`));
  const childrenOf = (traceId: string, spanId: string): string[] =>
    spans
      .filter((span) => span.traceId === traceId && span.parentSpanId === spanId)
      .flatMap(render)
      .toSorted();
  function render(span: ReceivedSpan): string[] {
    const below = childrenOf(span.traceId, span.spanId);
    return isShown(span) ? [[line(span), ...below.map(indented)].join('\n')] : below;
  }
  return spans
    .filter(({ traceId, parentSpanId }) => !ids.has(`${traceId} ${parentSpanId}`))
    .flatMap(render)
    .toSorted();
}
