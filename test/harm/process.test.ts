/** Whole processes, with and without us: what they print, what kills them, what keeps them alive, and when we are off. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';

import { packages } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { runProgram } from '../support/run-program';
import type { ProgramResult } from '../support/run-program';
import { MAJORS } from './support/outcomes';
import type { Major } from './support/outcomes';
import { PRELOAD, PROGRAMS, linesOfOurs, removeCopies, runAgent, withoutOurs } from './support/programs';
import type { AgentRun, Env } from './support/programs';

const program = (name: string): string => join(PROGRAMS, name);
/** Nobody listens there. */
const DEAD = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_TIMEOUT: '200' };

after(removeCopies);

describe('a stdio server writes nothing but JSON-RPC', () => {
  const message = (id: number | undefined, method: string, params?: object): string =>
    `${JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params })}\n`;
  const call = (id: number, name: string, args: object = {}): string =>
    message(id, 'tools/call', { name, arguments: args });
  const initialize = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  };
  const stdin = [
    message(0, 'initialize', initialize),
    message(undefined, 'notifications/initialized'),
    message(1, 'tools/list'),
    call(2, 'echo', { text: 'hello' }),
    call(3, 'fail'),
    call(4, 'boom'),
    call(5, 'coded', { code: -32050 }),
    message(7, 'no/such/method'),
    '{"this is": "no JSON-RPC"}\n',
    message(8, 'ping'),
  ].join('');

  const all = (exporter: string): Env => ({
    OTEL_TRACES_EXPORTER: exporter,
    OTEL_METRICS_EXPORTER: exporter,
    OTEL_LOGS_EXPORTER: exporter,
  });
  const RUNS: Record<Major, Env[]> = {
    v1: ['all', 'VERBOSE', 'debug', 'INFO', 'warn', 'ERROR', 'none'].map((level) => ({
      OTEL_LOG_LEVEL: level,
      ...all('console'),
    })),
    v2: [
      { OTEL_LOG_LEVEL: 'all', ...all('console'), OTEL_MCP_SDK: 'global' },
      { OTEL_LOG_LEVEL: 'all', ...all('otlp'), ...DEAD },
      { OTEL_LOG_LEVEL: 'all', ...all('console,otlp'), ...DEAD },
      { OTEL_LOG_LEVEL: 'all', OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      { OTEL_LOG_LEVEL: 'no such level', ...all('no-such-exporter'), OTEL_PROPAGATORS: 'nonsense' },
    ],
  };

  for (const major of MAJORS) {
    let bare: ProgramResult;
    const serve = (env: Env): Promise<ProgramResult> =>
      runProgram(program('server.cjs'), { args: [major, 'stdio'], env, stdin });
    before(async () => {
      bare = await serve({});
      assert.equal(bare.stdout.split('\n').length, 9, bare.stdout);
    });
    for (const env of RUNS[major]) {
      const names = Object.entries(env).map(([name, value]) => `${name.replace(/^OTEL_/, '')}=${value}`);
      it(`SDK ${major}, ${names.join(' ')}`, async () => {
        const preloaded = await serve({ ...PRELOAD, ...env });
        // No notification among the answers, so not even trace context may be added: byte for byte.
        assert.equal(preloaded.stdout, bare.stdout, preloaded.commandLine);
        assert.equal(preloaded.code, bare.code);
        if (/all|debug/i.test(env['OTEL_LOG_LEVEL'] ?? '') || env['OTEL_TRACES_EXPORTER'] === 'console')
          assert(preloaded.stderr.length > bare.stderr.length, 'it went to stderr');
      });
    }
  }
});

describe('switched off', () => {
  let receiver: OtlpReceiver;
  before(async () => {
    receiver = await startOtlpReceiver();
  });
  after(() => receiver.close());

  const OFF: readonly Env[] = [
    { OTEL_MCP_SDK: 'off' },
    { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http, mcp' },
    { OTEL_SDK_DISABLED: 'true' },
  ];
  for (const [major, sdk] of [
    ['v1', '1.32.2'],
    ['v2', '2.4.0'],
  ] as const) {
    let bare: AgentRun;
    before(async () => {
      bare = await runAgent({ sdk, transport: 'memory' }, {});
    });
    for (const off of OFF) {
      it(`SDK ${major}, ${Object.entries(off).join()}: the wire is untouched, nothing is sent, no SDK is loaded`, async () => {
        const options = `${PRELOAD.NODE_OPTIONS} --require ${JSON.stringify(program('loaded.cjs'))}`;
        const env = { NODE_OPTIONS: options, ...receiver.env(), ...off };
        const ours = await runAgent({ sdk, transport: 'memory' }, env);
        assert.deepEqual(ours.in, bare.in);
        assert.deepEqual(ours.out, bare.out);
        assert.equal(ours.result.stdout, bare.result.stdout);
        assert.equal(receiver.requests.length, 0);
        const loaded = /loaded: (.*)/.exec(ours.result.stderr)?.[1];
        if (off['OTEL_SDK_DISABLED'] === undefined)
          assert.doesNotMatch(loaded ?? 'none named', /sdk|exporter|none/);
        assert.deepEqual(linesOfOurs(ours.result.stderr), []);
      });
    }
  }
});

/**
 * Frames differ, since we are on the way. So does the place that Node 20 shows above an error that kills the process:
 * it is lost once someone has read `error.stack`, and `exception.stacktrace` of the span is made from it.
 */
const withoutFrames = (stderr: string): string =>
  withoutOurs(stderr)
    .replace(/^\S+:\d+\n.*\n\s*\^+\n/, '')
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .join('\n');

describe('a rejected call', () => {
  const STYLES =
    'unhandled,several unhandled,handled,handled by then,handled late,awaited,thrown in an async function,all of them,finally'.split(
      ',',
    );
  const clients: [string, string][] = STYLES.map((style, at) => [at % 2 === 0 ? 'v1' : 'v2', style]);
  for (const style of ['unhandled', 'several unhandled', 'handled late']) clients.push(['ai-sdk', style]);
  for (const [client, style] of clients) {
    it(`${style}, SDK ${client}`, async () => {
      const folder = client === 'ai-sdk' ? await packages(['@ai-sdk/mcp@1.0.101']) : undefined;
      const given = folder && { AI_SDK: join(folder, 'node_modules/@ai-sdk/mcp') };
      const run = (env: Env): Promise<ProgramResult> =>
        runProgram(program('rejections.cjs'), { args: [client, style], env: { ...given, ...env } });
      const [bare, ours] = await Promise.all([run({}), run({ ...PRELOAD, ...DEAD })]);
      assert.equal(ours.stdout, bare.stdout);
      assert.equal(ours.code, bare.code, ours.stderr);
      assert.equal(ours.signal, bare.signal);
      assert.equal(withoutFrames(ours.stderr), withoutFrames(bare.stderr));
      if (style === 'unhandled') assert.equal(bare.code, 1);
    });
  }
});

describe('nothing of ours keeps a process alive', () => {
  for (const major of MAJORS) {
    const run = (idle: number, env: Env): Promise<ProgramResult> =>
      runProgram(program('alive.cjs'), { args: [major, String(idle)], env });
    /** What we may take at the end to deliver, and what a busy machine may take to notice. */
    const assertEndsSoon = ({ stderr, code }: ProgramResult): void => {
      assert.equal(code, 0, stderr);
      const took = Number(/ended after (\d+) ms/.exec(stderr)?.[1]);
      assert(took < 1_000 + 500, `the end took ${took} ms: ${stderr}`);
    };

    it(`SDK ${major}, while the agent waits for something else`, async () => {
      const receiver = await startOtlpReceiver('hanging');
      const bare = await run(600, {});
      const ours = await run(600, { ...PRELOAD, ...receiver.env() });
      await receiver.close();
      assert.match(bare.stdout, /alive by/);
      assert.equal(ours.stdout, bare.stdout);
      assertEndsSoon(ours);
    });

    for (const mode of ['live', 'hanging', 'closed'] as const) {
      it(`SDK ${major}, at a natural end with a ${mode} collector`, async () => {
        const receiver = await startOtlpReceiver(mode);
        const ours = await run(0, { ...PRELOAD, ...receiver.env() });
        await receiver.close();
        assertEndsSoon(ours);
        if (mode === 'live') assert(receiver.spans.length > 2, 'spans were delivered');
      });
    }
  }
});
