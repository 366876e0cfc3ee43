/** The table of frameworks would notice: its check is fed what two real runs leave behind, spoilt in one way each. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRows, representativeCells } from '../frameworks/cells';
import { bareProblemsOf, complete, problemsOf, type Run } from '../frameworks/check';
import type { Row, Version } from '../frameworks/row';
import { expectedSpans, TOOL_CALLS } from '../matrix/expected';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, runProgram, type ProgramOptions } from '../support/run-program';

const AGENT = join(REPOSITORY, 'test/programs/agent-v1.cjs');
const VERSION: Version = {
  packages: ['agent@1.0.0'],
  nodes: [],
  formats: [],
  program: 'agent',
  spans: expectedSpans(undefined),
  toolCalls: TOOL_CALLS,
};
const ROW: Row = { package: 'agent', role: 'client', copy: '', traced: '', versions: [VERSION] };

describe('the check of a framework', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-frameworks-check-'));
  let receiver: OtlpReceiver;
  let runs: { bare: Run; traced: Run };
  let bare: Run;
  let traced: Run;
  let version: Version;

  async function run(name: string, options: ProgramOptions): Promise<Run> {
    const record = join(folder, name);
    const env = { ...options.env, RECORD_FILE: record };
    const result = expectExit(await runProgram(AGENT, { ...options, env }));
    return { result, messages: readFileSync(record, 'utf8').split('\n').filter(Boolean) };
  }

  before(async () => {
    receiver = await startOtlpReceiver();
    runs = {
      bare: await run('bare', {}),
      traced: await run('traced', { preload: 'require', env: receiver.env() }),
    };
    await receiver.waitFor((seen) => complete(seen, VERSION));
  });
  beforeEach(() => {
    ({ bare, traced } = structuredClone(runs));
    version = { ...VERSION };
  });
  after(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true });
  });

  const problems = (): string[] => problemsOf(ROW, version, bare, traced, receiver);
  const finds = (pattern: RegExp): void => {
    const found = problems();
    assert.ok(
      found.some((one) => pattern.test(one)),
      `${pattern} not in ${found.join('; ') || 'nothing'}`,
    );
  };
  const change = (from: RegExp | string, to: string): void => {
    traced = { ...traced, messages: traced.messages.map((line) => line.replace(from, to)) };
  };

  test('finds nothing in an honest run', () => assert.deepEqual(problems(), []));
  test('a span that is not in the list', () => {
    version.spans = VERSION.spans.slice(1);
    finds(/^unexpected: CLIENT initialize/);
  });
  test('one span too few of a name that comes twice', () => {
    version.spans = [...VERSION.spans, VERSION.spans[2]!];
    finds(/^missing: CLIENT tools\/list/);
  });
  test('spans in another order, unless they may be', () => {
    version.spans = VERSION.spans.toReversed();
    finds(/^order: /);
    version.anyOrder = true;
    assert.deepEqual(problems(), []);
  });
  test('other output, unless it is normalised', () => {
    traced.result.stdout += 'at 12:00\n';
    bare.result.stdout += 'at 11:59\n';
    finds(/stdout differs.*12:00.*11:59/);
    version.normalise = (text) => text.replaceAll(/\d\d:\d\d/g, 'now');
    assert.deepEqual(problems(), []);
  });
  test('a message that differs in more than trace context', () => {
    change('"name":"fail"', '"name":"fale"');
    finds(/^to the server: message \d/);
  });
  test('a message too many', () => {
    traced = { ...traced, messages: [...traced.messages, '{"jsonrpc":"2.0","method":"ping","id":99}'] };
    finds(/one more message with us/);
  });
  test('metadata of the caller that is gone', () => {
    const [first = '', ...rest] = bare.messages;
    const parsed = JSON.parse(first) as { params: object };
    bare = {
      ...bare,
      messages: [JSON.stringify({ ...parsed, params: { ...parsed.params, _meta: { own: 1 } } }), ...rest],
    };
    finds(/^to the server: message 0/);
  });
  test('a message without trace context', () => {
    change('traceparent', 'tracepurrent');
    finds(/^on the wire: initialize carried undefined/);
  });
  test('one trace context on two messages', () => {
    const parents = traced.messages.map((line) => /"traceparent":"([^"]+)"/.exec(line)?.[1] ?? '');
    change(parents[3]!, parents[2]!);
    finds(/two messages carried one traceparent/);
  });
  test('a tool call that was not counted, or counted under another status', () => {
    version.toolCalls = { success: 3, error: 3 };
    finds(/mcp.tool.calls\{status=success\} is 2, not 3/);
    version.toolCalls = { success: 2 };
    finds(/mcp.tool.calls\{status=error\} is 3, not 0/);
  });
  test('a warning of ours, unless it belongs there', () => {
    traced.result.stderr += 'opentelemetry-instrumentation-mcp: oh no\n';
    finds(/unexpected warning: oh no/);
    version.warnings = /oh no/;
    assert.deepEqual(problems(), []);
  });
  test('another end', () => {
    traced.result.code = 1;
    finds(/exit code 1/);
  });
  test('a bare run that shows nothing', () => {
    assert.deepEqual(bareProblemsOf(ROW, version, bare), []);
    assert.match(bareProblemsOf(ROW, version, { ...bare, messages: [] }).join(), /0 messages passed/);
    assert.match(
      bareProblemsOf(ROW, version, { ...bare, result: { ...bare.result, code: 1 } }).join(),
      /exit code 1/,
    );
  });
});

describe('the rows', () => {
  const rows = loadRows();

  test('either have cells or say why not', () => {
    for (const { name, row } of rows) {
      const excused = row.cannotRun !== undefined || row.outOfProcess === true;
      assert.ok(row.versions.length > 0 || excused, name);
      for (const { packages } of row.versions) {
        assert.ok(packages[0]?.startsWith(`${row.package}@`), `${name}: ${packages[0]}`);
        for (const spec of packages) assert.match(spec, /.@(?:npm:.+@)?\d+\.\d+\.\d+/, name);
      }
    }
  });

  test('have one representative each', () => {
    const runnable = rows.filter(({ row }) => row.versions.some(({ cannotRun }) => cannotRun === undefined));
    assert.equal(representativeCells(rows).length, runnable.length);
  });
});
