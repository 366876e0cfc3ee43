/** Compares what one cell's run left behind with what it must leave. Every difference is one line of text. */
import { existsSync, readFileSync } from 'node:fs';
import { checkDurations, checkSpans, checkToolCalls, checkWire, traceparent } from '../support/check-spans';
import type { ExpectedSpan } from '../support/expected-spans';
import type { OtlpReceiver } from '../support/otlp-receiver';
import type { ProgramResult } from '../support/run-program';
import { TOOL_CALLS } from './expected';

const OURS = 'opentelemetry-instrumentation-mcp: ';

interface Trace {
  traceparent?: string;
}

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

function checkRecord(receiver: OtlpReceiver, recordFile: string): string[] {
  if (!existsSync(recordFile)) return ['the server recorded nothing'];
  const lines = readFileSync(recordFile, 'utf8').split('\n').filter(Boolean);
  return checkWire(
    receiver,
    lines.map((text) => JSON.parse(text) as unknown),
  );
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
  problems.push(...checkSpans(receiver.spans, expected), ...checkEcho(receiver, result.stderr));
  problems.push(...checkRecord(receiver, recordFile));
  problems.push(...checkDurations(receiver, expected), ...checkToolCalls(receiver, TOOL_CALLS));
  problems.push(...receiver.failures.map((failure) => `malformed export: ${failure.message}`));
  return problems;
}

/** Whether everything that a full check needs has arrived. */
export function complete(receiver: OtlpReceiver, expected: ExpectedSpan[]): boolean {
  return receiver.spans.length >= expected.length && receiver.metric('mcp.tool.calls').length > 0;
}
