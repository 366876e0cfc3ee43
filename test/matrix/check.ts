/** Compares what one cell's run left behind with what it must leave. Every difference is one line of text. */
import { existsSync, readFileSync } from 'node:fs';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver';
import type { ProgramResult } from '../support/run-program';
import { TOOL_CALLS, type ExpectedSpan } from './expected';

const OURS = 'opentelemetry-instrumentation-mcp: ';

/** One span as a line, so that a difference can be read. */
function line(span: ExpectedSpan): string {
  const outcome = span.error === undefined ? 'ok' : `error ${span.error}`;
  const code = span.rpc === undefined ? '' : ` code ${span.rpc}`;
  return `${span.kind} ${span.name} (${span.parent}) ${outcome}${code}`;
}

function observed(span: ReceivedSpan, byId: Map<string, ReceivedSpan>): ExpectedSpan {
  const error = span.attributes['error.type'];
  const rpc = span.attributes['rpc.response.status_code'];
  const status = span.status.code === 'ERROR' ? '' : ' without status ERROR';
  return {
    kind: span.kind as ExpectedSpan['kind'],
    name: span.name,
    parent:
      span.parentSpanId === '' ? 'root' : (byId.get(span.parentSpanId)?.name ?? 'a span that never arrived'),
    error:
      typeof error === 'string'
        ? `${error}${status}`
        : span.status.code === 'UNSET'
          ? undefined
          : 'status only',
    rpc: typeof rpc === 'string' ? rpc : undefined,
  };
}

function checkSpans(receiver: OtlpReceiver, expected: ExpectedSpan[]): string[] {
  const byId = new Map(receiver.spans.map((span) => [span.spanId, span]));
  const problems: string[] = [];
  if (byId.size !== receiver.spans.length) problems.push('a span was delivered twice');
  const inOrder = [...byId.values()].toSorted((a, b) => Number(a.start - b.start));
  const seen = inOrder.map((span) => line(observed(span, byId)));
  const wanted = expected.map(line);
  for (const text of wanted.filter((one) => !seen.includes(one))) problems.push(`missing: ${text}`);
  for (const text of seen.filter((one) => !wanted.includes(one))) problems.push(`unexpected: ${text}`);
  if (problems.length === 0 && seen.join() !== wanted.join()) problems.push(`order: ${seen.join(', ')}`);
  const roots = inOrder.filter((span) => span.parentSpanId === '');
  if (new Set(roots.map((span) => span.traceId)).size !== roots.length)
    problems.push('two roots share a trace');
  return problems;
}

interface Trace {
  traceparent?: string;
}

const traceparent = (span: ReceivedSpan): string => `00-${span.traceId}-${span.spanId}-01`;

/** The server's own words: what `whoami` saw is the CLIENT span of that call. */
function checkEcho(receiver: OtlpReceiver, stderr: string): string[] {
  const answer = /^whoami (.*)$/m.exec(stderr)?.[1];
  const span = receiver.named('tools/call whoami').find((one) => one.kind === 'CLIENT');
  if (answer === undefined || span === undefined) return ['whoami was not answered or not traced'];
  const echoed = (JSON.parse(answer) as Trace).traceparent;
  return echoed === traceparent(span)
    ? []
    : [`the server echoed traceparent ${echoed}, not ${traceparent(span)}`];
}

/** Every message that reached the server carries the span of that very message. */
function checkWire(receiver: OtlpReceiver, recordFile: string): string[] {
  if (!existsSync(recordFile)) return ['the server recorded nothing'];
  const problems: string[] = [];
  for (const text of readFileSync(recordFile, 'utf8').split('\n').filter(Boolean)) {
    const { method, params } = JSON.parse(text) as { method: string; params?: { _meta?: Trace } };
    const carried = params?.['_meta']?.traceparent;
    const span = receiver.spans.find((one) => one.kind === 'CLIENT' && traceparent(one) === carried);
    if (span?.attributes['mcp.method.name'] !== method)
      problems.push(`on the wire: ${method} carried ${carried}`);
  }
  return problems;
}

function checkMetrics(receiver: OtlpReceiver, expected: ExpectedSpan[]): string[] {
  const problems: string[] = [];
  const durations = receiver.metric('mcp.client.operation.duration');
  const count = durations.reduce((sum, point) => sum + (point.count ?? 0), 0);
  const clients = expected.filter((span) => span.kind === 'CLIENT').length;
  if (count !== clients)
    problems.push(`mcp.client.operation.duration counts ${count} of ${clients} operations`);
  for (const [status, wanted] of Object.entries(TOOL_CALLS)) {
    const points = receiver.metric('mcp.tool.calls').filter((point) => point.attributes['status'] === status);
    const total = points.reduce((sum, point) => sum + (point.value ?? 0), 0);
    if (total !== wanted) problems.push(`mcp.tool.calls{status=${status}} is ${total}, not ${wanted}`);
  }
  return problems;
}

export interface Evidence {
  result: ProgramResult;
  receiver: OtlpReceiver;
  recordFile: string;
  expected: ExpectedSpan[];
  /** Stdout of the same agent without us. */
  bareStdout: string;
}

/** Nothing to say means that the cell passes. */
export function problemsOf({ result, receiver, recordFile, expected, bareStdout }: Evidence): string[] {
  if (result.timedOut) return ['timed out'];
  const problems: string[] = [];
  if (result.code !== 0) problems.push(`exit code ${result.code ?? result.signal}`);
  if (result.stdout !== bareStdout) problems.push('stdout differs from a run without us');
  const said = result.stderr.split('\n').filter((text) => text.startsWith(OURS));
  problems.push(...said.map((text) => `unexpected warning: ${text.slice(OURS.length)}`));
  problems.push(...checkSpans(receiver, expected), ...checkEcho(receiver, result.stderr));
  problems.push(...checkWire(receiver, recordFile), ...checkMetrics(receiver, expected));
  problems.push(...receiver.failures.map((failure) => `malformed export: ${failure.message}`));
  return problems;
}

/** Whether everything that a full check needs has arrived. */
export function complete(receiver: OtlpReceiver, expected: ExpectedSpan[]): boolean {
  return receiver.spans.length >= expected.length && receiver.metric('mcp.tool.calls').length > 0;
}
