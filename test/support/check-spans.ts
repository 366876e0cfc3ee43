/** Compares what arrived at a receiver, and at a server, with an expected list. Every difference is one line of text. */
import type { ExpectedSpan } from './expected-spans';
import type { OtlpReceiver, ReceivedSpan } from './otlp-receiver';

/** The test's own span, for spans whose parent is `caller`. */
export interface Caller {
  traceId: string;
  spanId: string;
}

/** One span as a line, so that a difference can be read. */
function line(span: ExpectedSpan): string {
  const outcome = span.error === undefined ? 'ok' : `error ${span.error}`;
  const code = span.rpc === undefined ? '' : ` code ${span.rpc}`;
  return `${span.kind} ${span.name} (${span.parent}) ${outcome}${code}`;
}

function parentOf(span: ReceivedSpan, byId: Map<string, ReceivedSpan>, caller: Caller | undefined): string {
  if (span.parentSpanId === '') return 'root';
  if (span.parentSpanId === caller?.spanId && span.traceId === caller.traceId) return 'caller';
  return byId.get(span.parentSpanId)?.name ?? 'a span that never arrived';
}

function observed(
  span: ReceivedSpan,
  byId: Map<string, ReceivedSpan>,
  caller: Caller | undefined,
): ExpectedSpan {
  const error = span.attributes['error.type'];
  const rpc = span.attributes['rpc.response.status_code'];
  const status = span.status.code === 'ERROR' ? '' : ' without status ERROR';
  return {
    kind: span.kind as ExpectedSpan['kind'],
    name: span.name,
    parent: parentOf(span, byId, caller),
    error:
      typeof error === 'string'
        ? `${error}${status}`
        : span.status.code === 'UNSET'
          ? undefined
          : 'status only',
    rpc: typeof rpc === 'string' ? rpc : undefined,
  };
}

/** What is in `some` and not in `others`; what is there twice must be in both twice. */
export function without(some: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return some.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * @param all - every span that arrived, where parents are looked up
 * @param ours - those of `all` that the list is about, default all
 */
export function checkSpans(
  all: readonly ReceivedSpan[],
  expected: readonly ExpectedSpan[],
  ours: readonly ReceivedSpan[] = all,
  caller?: Caller,
): string[] {
  const byId = new Map(all.map((span) => [span.spanId, span]));
  const problems: string[] = [];
  if (byId.size !== all.length) problems.push('a span was delivered twice');
  const inOrder = [...new Map(ours.map((span) => [span.spanId, span])).values()].toSorted((a, b) =>
    Number(a.start - b.start),
  );
  const seen = inOrder.map((span) => line(observed(span, byId, caller)));
  const wanted = expected.map(line);
  for (const text of without(wanted, seen)) problems.push(`missing: ${text}`);
  for (const text of without(seen, wanted)) problems.push(`unexpected: ${text}`);
  if (problems.length === 0 && seen.join() !== wanted.join()) problems.push(`order: ${seen.join(', ')}`);
  const roots = inOrder.filter((span) => span.parentSpanId === '');
  if (new Set(roots.map((span) => span.traceId)).size !== roots.length)
    problems.push('two roots share a trace');
  return problems;
}

interface Traced {
  method?: string;
  params?: { _meta?: { traceparent?: string } };
}

export const traceparent = (span: Caller): string => `00-${span.traceId}-${span.spanId}-01`;

/** Every request and notification that reached the server carries the span of that very message. */
export function checkWire(receiver: OtlpReceiver, messages: readonly unknown[]): string[] {
  const problems: string[] = [];
  for (const { method, params } of messages as Traced[]) {
    if (method === undefined) continue;
    const carried = params?._meta?.traceparent;
    const span = receiver.spans.find((one) => one.kind === 'CLIENT' && traceparent(one) === carried);
    if (span?.attributes['mcp.method.name'] !== method)
      problems.push(`on the wire: ${method} carried ${carried}`);
  }
  return problems;
}

/** The guide's count of tool calls, by status. A status that is missing in `wanted` must not have been counted. */
export function checkToolCalls(receiver: OtlpReceiver, wanted: Readonly<Record<string, number>>): string[] {
  const problems: string[] = [];
  const points = receiver.metric('mcp.tool.calls');
  const seen = points.map((point) => point.attributes['status'] as string);
  for (const status of new Set([...Object.keys(wanted), ...seen])) {
    const counted = points.filter((point) => point.attributes['status'] === status);
    const total = counted.reduce((sum, point) => sum + (point.value ?? 0), 0);
    if (total !== (wanted[status] ?? 0))
      problems.push(`mcp.tool.calls{status=${status}} is ${total}, not ${wanted[status] ?? 0}`);
  }
  return problems;
}

/** The convention's duration of operations: one sample per span of that side. */
export function checkDurations(receiver: OtlpReceiver, expected: readonly ExpectedSpan[]): string[] {
  const problems: string[] = [];
  for (const kind of ['CLIENT', 'SERVER'] as const) {
    const name = `mcp.${kind.toLowerCase()}.operation.duration`;
    const count = receiver.metric(name).reduce((sum, point) => sum + (point.count ?? 0), 0);
    const spans = expected.filter((span) => span.kind === kind).length;
    if (count !== spans) problems.push(`${name} counts ${count} of ${spans} operations`);
  }
  return problems;
}
