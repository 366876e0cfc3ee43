/** The matrix would notice: its check is fed what a real cell leaves behind, spoilt in one way each. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complete, problemsOf, type Evidence } from '../matrix/check';
import { representativeCells, selectCells } from '../matrix/cells';
import { expectedSpans } from '../matrix/expected';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, runProgram, type ProgramResult } from '../support/run-program';

const AGENT = join(REPOSITORY, 'test/programs/agent-v1.cjs');
const EXPECTED = expectedSpans(undefined);

describe('the check of a cell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-check-'));
  const recordFile = join(folder, 'wire.jsonl');
  let receiver: OtlpReceiver;
  let result: ProgramResult;
  let bareStdout: string;
  let wire: string;
  let evidence: Evidence;

  before(async () => {
    receiver = await startOtlpReceiver();
    bareStdout = expectExit(await runProgram(AGENT)).stdout;
    const env = { ...receiver.env(), RECORD_FILE: recordFile };
    result = expectExit(await runProgram(AGENT, { preload: 'require', env }));
    await receiver.waitFor((seen) => complete(seen, EXPECTED));
    wire = readFileSync(recordFile, 'utf8');
  });
  beforeEach(() => {
    writeFileSync(recordFile, wire);
    const copy = { ...structuredClone({ spans: receiver.spans, points: receiver.points }), failures: [] };
    evidence = {
      result: { ...result },
      receiver: Object.assign(Object.create(receiver) as OtlpReceiver, copy),
      recordFile,
      expected: EXPECTED,
      bareStdout,
    };
  });
  after(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true });
  });

  const span = (name: string) => {
    const found = evidence.receiver.named(name)[0];
    assert.ok(found, name);
    return found;
  };
  const finds = (pattern: RegExp): void => {
    const problems = problemsOf(evidence);
    assert.ok(
      problems.some((problem) => pattern.test(problem)),
      `${pattern} not in ${problems.join('; ') || 'nothing'}`,
    );
  };

  test('finds nothing in an honest run', () => assert.deepEqual(problemsOf(evidence), []));
  test('another exit code', () => {
    evidence.result.code = 1;
    finds(/exit code 1/);
  });
  test('other output', () => {
    evidence.bareStdout += 'more\n';
    finds(/stdout differs/);
  });
  test('a warning of ours', () => {
    evidence.result.stderr += 'opentelemetry-instrumentation-mcp: oh no\n';
    finds(/unexpected warning: oh no/);
  });
  test('a span that is missing', () => {
    evidence.receiver.spans.splice(3, 1);
    finds(/^missing: CLIENT/);
  });
  test('a span that came twice', () => {
    evidence.receiver.spans.push(structuredClone(span('tools/list')));
    finds(/delivered twice/);
  });
  test('one span too many', () => {
    evidence.receiver.spans.push({ ...span('tools/list'), name: 'ping', spanId: 'f'.repeat(16) });
    finds(/unexpected: CLIENT ping/);
  });
  test('a wrong parent', () => {
    span('tools/list').parentSpanId = span('initialize').spanId;
    finds(/unexpected: CLIENT tools\/list \(initialize\)/);
  });
  test('two roots in one trace', () => {
    span('tools/list').traceId = span('initialize').traceId;
    finds(/share a trace/);
  });
  test('a wrong kind', () => {
    span('tools/list').kind = 'SERVER';
    finds(/missing: CLIENT tools\/list/);
  });
  test('an outcome without status', () => {
    span('tools/call fail').status.code = 'UNSET';
    finds(/unexpected: .*tool_error without status ERROR/);
  });
  test('a status without outcome', () => {
    span('tools/call echo').status.code = 'ERROR';
    finds(/unexpected: .*error status only/);
  });
  test('another traceparent at the server', () => {
    evidence.result.stderr = evidence.result.stderr.replace(/00-[0-9a-f]{32}/, `00-${'1'.repeat(32)}`);
    finds(/the server echoed/);
  });
  test('a message without traceparent', () => {
    writeFileSync(recordFile, wire.replaceAll('traceparent', 'tracepurrent'));
    finds(/on the wire: tools\/list carried undefined/);
  });
  test('an operation that was not measured', () => {
    const { points } = evidence.receiver;
    points.splice(
      0,
      points.length,
      ...points.filter((point) => point.attributes['mcp.method.name'] !== 'tools/list'),
    );
    finds(/duration counts 9 of 10/);
  });
  test('a tool call counted under another status', () => {
    const point = evidence.receiver
      .metric('mcp.tool.calls')
      .find((one) => one.attributes['status'] === 'error');
    assert.ok(point);
    point.attributes['status'] = 'success';
    finds(/mcp.tool.calls\{status=error\}/);
  });
});

describe('the cells', () => {
  test('are all there, and those that cannot exist say why', () => {
    const cells = selectCells({});
    // 33 versions of SDK 1.x, 5 of v2 in two eras; 2 kinds of module, 8 Nodes, 2 lines of OpenTelemetry.
    assert.equal(cells.length, (33 + 5 * 2) * 2 * 8 * 2);
    // 3.x on three Nodes below 22.15; SDK 1.0 and 1.1 as CommonJS on Node 20.6.
    const impossible = cells.filter((cell) => cell.impossible !== undefined);
    assert.equal(impossible.length, (33 + 5 * 2) * 2 * 3 + 2);
  });

  test('the representative set meets every SDK, Node, kind of module and line', () => {
    const cells = representativeCells();
    const count = (key: 'sdk' | 'node' | 'module' | 'otel' | 'era') =>
      new Set(cells.map((cell) => cell[key])).size;
    assert.deepEqual(
      [count('sdk'), count('node'), count('module'), count('otel'), count('era')],
      [8, 4, 2, 2, 3],
    );
    assert.ok(cells.every((cell) => cell.impossible === undefined));
  });
});
