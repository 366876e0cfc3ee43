/** Compares what one cell's two runs left behind. Every difference is one line of text. */
import { checkDurations, checkSpans, checkToolCalls, checkWire } from '../support/check-spans';
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver';
import type { ProgramResult } from '../support/run-program';
import { assertSameWire } from '../support/wire';
import { CALLER } from './drive';
import type { Row, Version } from './row';

const NAME = 'opentelemetry-instrumentation-mcp';

/** What one run of a program left behind. */
export interface Run {
  result: ProgramResult;
  /** Client: what the server received. Server: what it answered. One message a line. */
  messages: readonly string[];
}

const isOurs = (span: ReceivedSpan): boolean => span.scope.name === NAME;

const same = (text: string): string => text;

function sameMessages(bare: readonly string[], traced: readonly string[], row: Row): string[] {
  try {
    assertSameWire(bare, traced, row.role === 'client' ? 'to the server' : 'from the server');
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Both runs did the same, as far as anyone outside can see. */
function checkSame(bare: Run, traced: Run, row: Row, { normalise = same }: Version): string[] {
  const problems: string[] = [];
  const [one, other] = [bare, traced].map(({ result }) => normalise(result.stdout));
  if (one !== other) problems.push(`stdout differs from a run without us: ${firstDifference(one!, other!)}`);
  problems.push(...sameMessages(bare.messages.map(normalise), traced.messages.map(normalise), row));
  return problems;
}

function firstDifference(one: string, other: string): string {
  const [bare, traced] = [one.split('\n'), other.split('\n')];
  const at = bare.findIndex((line, index) => line !== traced[index]);
  return at < 0 ? `'${traced[bare.length]}' is new` : `'${traced[at]}' is not '${bare[at]}'`;
}

function checkServerSaw(receiver: OtlpReceiver, lines: readonly string[]): string[] {
  const messages = lines.map((line) => JSON.parse(line) as { params?: { _meta?: { traceparent?: string } } });
  const carried = messages.map(({ params }) => params?._meta?.traceparent).filter((one) => one !== undefined);
  const twice = carried.length === new Set(carried).size ? [] : ['two messages carried one traceparent'];
  return [...checkWire(receiver, messages), ...twice];
}

/** Spans of others with the convention's attributes: the same request traced twice. */
function checkForeign(receiver: OtlpReceiver, { foreign = [] }: Version): string[] {
  const others = receiver.spans.filter((span) => !isOurs(span) && 'mcp.method.name' in span.attributes);
  const seen = others.map(({ name }) => name).join(', ');
  return seen === foreign.join(', ') ? [] : [`MCP spans of others: ${seen || 'none'}`];
}

function checkEnd({ result }: Run, { warnings, stop }: Version): string[] {
  if (result.timedOut) return ['timed out'];
  const problems: string[] = [];
  const asked = stop === 'SIGTERM' && result.signal === 'SIGTERM';
  if (result.code !== 0 && !asked) problems.push(`exit code ${result.code ?? result.signal}`);
  const said = result.stderr.split('\n').filter((text) => text.startsWith(`${NAME}: `));
  const unexpected = said.filter((text) => !warnings?.test(text));
  problems.push(...unexpected.map((text) => `unexpected warning: ${text.slice(NAME.length + 2)}`));
  return problems;
}

/** Nothing to say means that the cell passes. */
export function problemsOf(
  row: Row,
  version: Version,
  bare: Run,
  traced: Run,
  receiver: OtlpReceiver,
): string[] {
  const problems = [...checkEnd(traced, version), ...checkSame(bare, traced, row, version)];
  const ours = receiver.spans.filter(isOurs);
  const spans = checkSpans(receiver.spans, version.spans, ours, CALLER);
  problems.push(...spans.filter((text) => !(version.anyOrder && text.startsWith('order: '))));
  problems.push(...checkForeign(receiver, version));
  if (row.role === 'client') problems.push(...checkServerSaw(receiver, traced.messages));
  problems.push(
    ...checkToolCalls(receiver, version.toolCalls),
    ...checkDurations(receiver, version.measured ?? version.spans),
  );
  problems.push(...receiver.failures.map((failure) => `malformed export: ${failure.message}`));
  return problems;
}

/** A bare run must be worth comparing with: it ended well and messages passed. */
export function bareProblemsOf(row: Row, { stop }: Version, { result, messages }: Run): string[] {
  if (result.timedOut) return ['without us: timed out'];
  const asked = stop === 'SIGTERM' && result.signal === 'SIGTERM';
  const said = result.stderr.split('\n').find((text) => /Error/.test(text)) ?? '';
  const problems: string[] = [];
  if (result.code !== 0 && !asked)
    problems.push(`without us: exit code ${result.code ?? result.signal} ${said}`);
  if (messages.length < 3) problems.push(`without us: ${messages.length} messages passed`);
  const unanswered = messages.filter((text) => text.startsWith('{"noAnswer"'));
  if (row.role === 'server') problems.push(...unanswered.map((text) => `without us: ${text}`));
  return problems;
}

/** Whether everything that a full check needs has arrived. */
export function complete(receiver: OtlpReceiver, version: Version): boolean {
  const spans = receiver.spans.filter(isOurs).length >= version.spans.length;
  const measured = receiver.points.some((point) => /^mcp\..*operation\.duration$/.test(point.name));
  return spans && measured;
}
