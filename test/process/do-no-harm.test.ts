/**
 * What leaves a program under the preload is what leaves it without: on the wire of an agent all but the trace keys of
 * `params._meta`, on the stdout of a stdio server every byte, whatever telemetry is told to print.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isV2, programsIn, project } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import {
  expectExit,
  runProgram,
  startProgram,
  type ProgramOptions,
  type ProgramResult,
} from '../support/run-program';

interface Setting {
  sdk: string;
  era?: 'legacy' | 'auto';
}

const SETTINGS: Setting[] = [
  { sdk: '1.4.1' },
  { sdk: '1.12.3' },
  { sdk: '1.32.2' },
  { sdk: '2.0.0', era: 'legacy' },
  { sdk: '2.4.0', era: 'legacy' },
  { sdk: '2.4.0', era: 'auto' },
];
const TRACE_KEYS = ['traceparent', 'tracestate', 'baggage'];

interface Message {
  params?: Record<string, unknown> & { _meta?: Record<string, unknown> };
}

/** The message as text without trace keys, and without what had to be there to hold them. Key order stays. */
function withoutTrace(line: string): string {
  const message = JSON.parse(line) as Message;
  const meta = message.params?.['_meta'];
  for (const key of TRACE_KEYS) delete meta?.[key];
  if (meta !== undefined && Object.keys(meta).length === 0) delete message.params?.['_meta'];
  if (message.params !== undefined && Object.keys(message.params).length === 0) delete message.params;
  return JSON.stringify(message);
}

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

for (const { sdk, era } of SETTINGS) {
  const version = isV2(sdk) ? 'v2' : 'v1';
  describe(`SDK ${sdk}${era === undefined ? '' : `, ${era}`}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-harm-'));
    let receiver: OtlpReceiver;
    let cwd: string;
    let programs: string;

    before(async () => {
      receiver = await startOtlpReceiver();
      cwd = await project({ sdk, tarball: false });
      programs = await programsIn(cwd);
    });
    after(async () => {
      await receiver.close();
      rmSync(folder, { recursive: true });
    });

    async function recorded(name: string, options: ProgramOptions): Promise<string[]> {
      const file = join(folder, name);
      const env = { ...options.env, RECORD_FILE: file, MCP_ERA: era };
      expectExit(await runProgram(join(programs, `agent-${version}.mjs`), { ...options, cwd, env }));
      return lines(readFileSync(file, 'utf8'));
    }

    test('the agent sends the same messages but for the trace keys', async () => {
      const bare = await recorded('bare.jsonl', {});
      const traced = await recorded('traced.jsonl', { preload: 'require', env: receiver.env() });
      const injected = traced.filter((line) => line.includes('"traceparent"'));
      assert.equal(injected.length, traced.length, 'every message carries the trace');
      assert.deepEqual(traced.map(withoutTrace), bare.map(withoutTrace));
    });

    test('without a provider the agent sends the same bytes', async () => {
      const bare = await recorded('bare-2.jsonl', {});
      const off = await recorded('off.jsonl', { preload: 'require', env: { OTEL_MCP_SDK: 'off' } });
      assert.deepEqual(off, bare);
    });
  });
}

const LOG_LEVELS = ['NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL'];
const OTHER_EXPORTERS = ['otlp', 'none', 'console,otlp'];

/** Every level with the loudest exporter, every exporter at the loudest level. */
const LOUDNESS = [
  ...LOG_LEVELS.map((level) => ({ level, exporter: 'console' })),
  ...OTHER_EXPORTERS.map((exporter) => ({ level: 'ALL', exporter })),
];

for (const { sdk, era } of [
  { sdk: '1.32.2', era: undefined },
  { sdk: '2.4.0', era: 'auto' as const },
]) {
  const version = isV2(sdk) ? 'v2' : 'v1';
  describe(`stdout of a preloaded stdio server, SDK ${sdk}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-harm-'));
    let receiver: OtlpReceiver;
    let cwd: string;
    let server: string;
    let requests: string[];
    let bare: string;

    before(async () => {
      receiver = await startOtlpReceiver();
      cwd = await project({ sdk, tarball: false });
      const programs = await programsIn(cwd);
      const RECORD_FILE = join(folder, 'requests.jsonl');
      expectExit(
        await runProgram(join(programs, `agent-${version}.mjs`), { cwd, env: { RECORD_FILE, MCP_ERA: era } }),
      );
      requests = lines(readFileSync(RECORD_FILE, 'utf8'));
      server = join(programs, `echo-server-${version}.mjs`);
      bare = (await answers({})).stdout;
    });
    after(async () => {
      await receiver.close();
      rmSync(folder, { recursive: true });
    });

    /** Sends the recorded requests, waits for the answers, ends stdin. */
    async function answers(options: ProgramOptions): Promise<ProgramResult> {
      const running = startProgram(server, { ...options, cwd });
      const wanted = requests.filter((line) => line.includes('"id"')).length;
      let seen = '';
      const all = new Promise<void>((resolve) => {
        running.child.stdout.on('data', (chunk: string) => {
          seen += chunk;
          if (lines(seen).filter((line) => line.startsWith('{')).length >= wanted) resolve();
        });
      });
      running.child.stdin.write(`${requests.join('\n')}\n`);
      await Promise.race([all, running.result]);
      running.child.stdin.end();
      return expectExit(await running.result);
    }

    test('answers every request', () => {
      assert.equal(lines(bare).length, requests.filter((line) => line.includes('"id"')).length);
    });

    for (const { level, exporter } of LOUDNESS) {
      test(`OTEL_LOG_LEVEL=${level}, exporter ${exporter}`, async () => {
        const env = {
          ...receiver.env(),
          OTEL_LOG_LEVEL: level,
          OTEL_TRACES_EXPORTER: exporter,
          OTEL_METRICS_EXPORTER: exporter,
          OTEL_LOGS_EXPORTER: exporter,
        };
        const { stdout, stderr } = await answers({ preload: 'require', env });
        assert.equal(stdout, bare);
        // The telemetry is there, and elsewhere.
        if (exporter.includes('console')) assert.match(stderr, /tools\/call echo/);
      });
    }
  });
}
