/** The demo as a newcomer runs it: exit code, output, time; and what the README quotes of it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { blocksOf } from '../readme/blocks';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { expectExit, explain, runProgram, startProgram, type ProgramResult } from '../support/run-program';

const DEMO = join(REPOSITORY, 'examples/demo.mjs');
/** The whole of `npm ci && npm run demo` has 90 s; what comes before takes its part. */
const LIMIT_MS = 60_000;

const quoted = (name: string): string[] =>
  blocksOf(join(REPOSITORY, 'README.md'))
    .find((block) => block.name === name)
    ?.text.split('\n') ?? [];

/** A line without what differs from run to run: times, ports, trace ids, spaces. */
const shape = (line: string): string =>
  line
    .replace(/^\s*[0-9a-f]{7} /, '')
    .replaceAll(/\b\d+\.\d\b/g, '#')
    .replaceAll(/:\d{4,5}\b/g, ':#')
    .replaceAll(/\s+/g, ' ')
    .trim();

describe('npm run demo', () => {
  let receiver: OtlpReceiver;
  let result: ProgramResult;
  before(async () => {
    receiver = await startOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
    result = await runProgram(DEMO, { env, timeoutMs: LIMIT_MS });
  });
  after(() => receiver?.close());

  test('ends with exit code 0, in time, without a word on stderr', () => {
    expectExit(result);
    assert.equal(result.stderr, '');
    assert.ok(result.ms < LIMIT_MS);
  });

  test('says that everything it claims was seen', () => {
    const claims = result.stdout.split('What was checked\n')[1] ?? '';
    assert.equal((claims.match(/✓/g) ?? []).length, 8, explain(result));
    assert.doesNotMatch(result.stdout, /✗/);
  });

  test('prints no colours where nobody sees them', () => {
    assert.equal(stripVTControlCharacters(result.stdout), result.stdout);
  });

  /** Not by the demo's own word: the spans came here too. */
  for (const [agent, transport] of [
    ['single-user-agent', 'pipe'],
    ['multi-user-agent', 'tcp'],
  ] as const) {
    test(`sends CLIENT and SERVER span of one call in one trace (${transport})`, () => {
      const sent = receiver.spans.filter(
        ({ kind, name, attributes }) =>
          kind === 'CLIENT' &&
          name.startsWith('tools/call') &&
          attributes['gen_ai.agent.name'] === agent &&
          attributes['network.transport'] === transport,
      );
      assert.ok(sent.length >= 6, receiver.summary());
      for (const client of sent) {
        const server = receiver.spans.find((span) => isServerSideOf(span, client));
        assert.ok(server, `${client.name} of ${agent} has no server side`);
        assert.notEqual(server.resource['process.pid'], client.resource['process.pid']);
      }
    });
  }

  test('shows the lines that the README quotes', () => {
    const printed = new Set(result.stdout.split('\n').map(shape));
    const lines = quoted('traces');
    assert.ok(lines.length > 5);
    for (const line of lines) assert.ok(printed.has(shape(line)), `the demo does not print: ${line}`);
  });
});

const isServerSideOf = (span: ReceivedSpan, client: ReceivedSpan): boolean =>
  span.kind === 'SERVER' && span.traceId === client.traceId && span.parentSpanId === client.spanId;

describe('npm run demo -- --keep', () => {
  test('leaves the agent and its metrics page running until it is interrupted', async () => {
    const demo = startProgram(DEMO, { args: ['--keep'], timeoutMs: LIMIT_MS });
    try {
      let stdout = '';
      demo.child.stdout.on('data', (chunk: string) => (stdout += chunk));
      const url = (): string | undefined => /Metrics page: (http:\S+)/.exec(stdout)?.[1];
      while (url() === undefined && demo.child.exitCode === null) await once(demo.child.stdout, 'data');
      const page = await (await fetch(url() ?? '')).text();
      for (const line of quoted('metrics')) {
        const [name = '', labels = ''] = line.split(/[{}]/);
        const wanted = shape(labels);
        const found = page
          .split('\n')
          .some((sample) => sample.startsWith(`${name}{`) && shape(sample).includes(wanted));
        assert.ok(found, `the page has no ${line}`);
      }
      demo.child.kill('SIGINT');
      const result = await demo.result;
      if (process.platform !== 'win32') expectExit(result);
      await assert.rejects(fetch(url() ?? ''), 'the agent still serves its page');
    } finally {
      demo.child.kill('SIGKILL');
    }
  });
});

test('the demo’s claims fail when what they claim is not there', async () => {
  const file = pathToFileURL(join(REPOSITORY, 'examples/demo/checks.mjs')).href;
  const { claims, isComplete } = (await import(file)) as {
    claims: (spans: object[], page: string) => [boolean, string][];
    isComplete: (spans: object[]) => boolean;
  };
  const span = (traceId: string, kind: string, command: string, pid: number, parentId?: string): object => ({
    traceId,
    spanId: `${traceId}${kind}`,
    parentId,
    kind,
    name: 'tools/call echo',
    attributes: {},
    process: { 'process.command': command, 'process.pid': pid },
  });
  const client = span('1', 'CLIENT', 'single-user-agent.cjs', 1);
  const command = 'node_modules/server-filesystem/index.js';
  const [inOneTrace] = claims([client, span('1', 'SERVER', command, 2, '1CLIENT')], '')[0] ?? [];
  assert.equal(inOneTrace, true);
  const apart = [client, span('2', 'SERVER', command, 2)];
  assert.equal(isComplete(apart), false);
  assert.ok(claims(apart, '').every(([holds]) => !holds));
});
