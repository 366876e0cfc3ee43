/** `otel-mcp doctor` on set-ups that are broken in one way each, on ones that are not, and on agents that do not end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test, type TestContext } from 'node:test';

import type { Diagnosis } from '../../src/cli/doctor/diagnose';
import type { Finding, FindingCode } from '../../src/cli/doctor/finding';
import { marksFor } from '../../src/cli/doctor/text';
import { bun, withEsbuild } from '../loader/bundlers';
import { node, REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, explain, runProgram, startProgram, type ProgramResult } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');
const REGISTER = 'opentelemetry-instrumentation-mcp/register';
const PROGRAMS = join(REPOSITORY, 'test/cli/programs');
const MEMORY_AGENT = join(PROGRAMS, 'memory-agent.cjs');
const STDIO_AGENT = join(REPOSITORY, 'test/programs/agent-v1.cjs');
const NODE = process.execPath;
const PRELOADED = [NODE, '--require', REGISTER];
const notLinux = process.platform !== 'linux' || process.arch !== 'x64';

type Env = Readonly<Record<string, string | undefined>>;

let receiver: OtlpReceiver;

before(async () => {
  receiver = await startOtlpReceiver();
});
after(() => receiver.close());

/** Where nothing else is wrong: somebody takes what is exported. */
const healthy = (): Env => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });

async function doctor(
  command: readonly string[],
  env: Env = {},
  options: readonly string[] = [],
): Promise<ProgramResult> {
  const operands = command.length === 0 ? [] : ['--', ...command];
  const args = ['doctor', ...options, ...operands];
  // On a busy machine the second that an agent has to send the rest at its end may be too short.
  for (let attempts = 1; ; attempts += 1) {
    const result = await runProgram(PROGRAM, { args, env: { ...healthy(), ...env }, cwd: REPOSITORY });
    if (attempts === 3 || !result.stdout.includes('no answer in time')) return result;
  }
}

async function diagnosed(command: readonly string[], code: number, env: Env = {}): Promise<Diagnosis> {
  const result = expectExit(await doctor(command, env, ['--json']), code);
  assert.equal(result.stderr, '', explain(result));
  return JSON.parse(result.stdout) as Diagnosis;
}

interface Expected {
  code: FindingCode;
  /** In what was seen, why it matters and what to do. */
  seen: RegExp;
  why: RegExp;
  remedy: RegExp;
}

/** The one thing that is wrong, and nothing else. */
function theOnly({ findings }: Diagnosis, { code, seen, why, remedy }: Expected): Finding {
  const wrong = findings.filter(({ level }) => level !== 'ok');
  assert.deepEqual(
    wrong.map((finding) => finding.code),
    [code],
    JSON.stringify(wrong, null, 1),
  );
  const [finding] = wrong;
  assertFinding(finding, { code, seen, why, remedy });
  return finding!;
}

function assertFinding(finding: Finding | undefined, { code, seen, why, remedy }: Expected): void {
  assert.ok(finding, `no finding ${code}`);
  assert.match(finding.seen, seen);
  assert.match(finding.why ?? '', why);
  assert.match(finding.remedy?.join('\n') ?? '', remedy);
}

const codes = ({ findings }: Diagnosis): FindingCode[] => findings.map(({ code }) => code);

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'otel-mcp-doctor-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Listens until the test is over. @returns its port */
async function listening(
  t: TestContext,
  server: Server | ReturnType<typeof createTcpServer>,
): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5_000; !holds();) {
    assert.ok(Date.now() < deadline, 'waited 5 s');
    await sleep(50);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** They wait for others most of the time. */
const atOnce = { concurrency: 2 };

describe('an agent with which nothing is wrong', atOnce, () => {
  test('exit code 0, and no finding', async () => {
    const result = expectExit(await doctor([...PRELOADED, MEMORY_AGENT]));
    assert.match(result.stdout, /^Nothing is wrong\.$/m);
    assert.match(result.stdout, /preloaded by a flag of Node/);
    assert.match(result.stdout, /@modelcontextprotocol\/sdk 1\.32\.2 in .*node_modules/);
    assert.match(result.stdout, /a private SDK of ours/);
    assert.match(
      result.stdout,
      /traces: OTLP http\/protobuf to http:\/\/127\.0\.0\.1:\d+\/v1\/traces answers \(200\)/,
    );
    assert.match(result.stdout, /inmemory \(inmemory\): 1 request$/m);
  });

  test('by NODE_OPTIONS, with a stdio server that gets the environment', async () => {
    const diagnosis = await diagnosed([NODE, STDIO_AGENT], 0, {
      NODE_OPTIONS: `--require ${REGISTER}`,
      SERVER_INHERITS_ENV: '1',
    });
    const seen = diagnosis.findings.map((finding) => finding.seen).join('\n');
    assert.match(seen, /preloaded by NODE_OPTIONS/);
    assert.match(
      seen,
      /echo-server-v1\.cjs \(stdio\): 8 requests, 3 errors; its own process is traced as well/,
    );
    assert.equal(diagnosis.processes.length, 2);
  });

  test('the agent’s own code instruments: no preload is missed', async () => {
    const diagnosis = await diagnosed([NODE, join(PROGRAMS, 'instrumented-agent.cjs')], 0);
    assert.ok(codes(diagnosis).includes('instrumented-in-code'));
  });

  test('a tool loads the preload, as its own --require asks', async () => {
    const tool = join(PROGRAMS, 'requiring-tool.cjs');
    const diagnosis = await diagnosed([NODE, tool, '--require', REGISTER, MEMORY_AGENT], 0);
    assert.ok(codes(diagnosis).includes('instrumented-in-code'));
  });

  test('an OpenTelemetry SDK of its own with exporters', async () => {
    const diagnosis = await diagnosed([...PRELOADED, join(PROGRAMS, 'own-sdk-agent.cjs')], 0, {
      // Of no concern: what is ours is not used.
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      EXPORTERS: 'all',
    });
    const own = diagnosis.findings.find(({ code }) => code === 'agent-sdk');
    assert.match(
      own?.seen ?? '',
      /InMemorySpanExporter.*PeriodicExportingMetricReader\(InMemoryMetricExporter\)/,
    );
  });

  test('it does what it does without doctor', async () => {
    const plain = await runProgram(MEMORY_AGENT, {
      args: ['--an', 'argument'],
      preload: 'require',
      env: healthy(),
    });
    const env = { EXIT_CODE: '5' };
    const watched = await doctor([...PRELOADED, MEMORY_AGENT, '--an', 'argument'], env, [
      '--show-output',
      '--json',
    ]);
    assert.equal(plain.stdout, '["5",["--an","argument"]]\n');
    assert.equal(watched.stderr, plain.stdout, 'the agent’s stdout is on our stderr, and nothing else');
    const { run } = JSON.parse(watched.stdout) as Diagnosis;
    assert.deepEqual(run?.exit, { code: 5, signal: null });
  });
});

describe('ten broken set-ups', atOnce, () => {
  test('1: the flag stands behind the script', async () => {
    const diagnosis = await diagnosed([NODE, MEMORY_AGENT, '--require', REGISTER, '--verbose'], 2);
    const finding = theOnly(diagnosis, {
      code: 'flag-order',
      seen: /--require opentelemetry-instrumentation-mcp\/register stands behind ‘memory-agent\.cjs’/,
      why: /flags before the script only.*nothing is traced/,
      remedy:
        /before the script: .*node --require opentelemetry-instrumentation-mcp\/register .*memory-agent\.cjs --verbose$/,
    });
    assert.doesNotMatch(finding.remedy?.join('\n') ?? '', /--verbose --require/);
    // With the preload that doctor adds the rest can be judged.
    assert.ok(codes(diagnosis).includes('sdk'));
  });

  describe('2: a bundled agent', atOnce, () => {
    const build = (t: TestContext, options: object) => {
      const folder = temporaryFolder(t);
      return withEsbuild(folder, 'agent.cjs', relative(folder, MEMORY_AGENT), options);
    };

    test('minified, as bundles are: it is recognised', async (t) => {
      const file = await build(t, { minify: true });
      const { findings } = await diagnosed([...PRELOADED, file], 0);
      assert.match(
        findings.find(({ code }) => code === 'sdk')?.seen ?? '',
        /a copy bundled into .*agent\.cjs/,
      );
    });

    test('with renamed properties: it is not', async (t) => {
      const file = await build(t, { minify: true, mangleProps: /^_request/ });
      theOnly(await diagnosed([...PRELOADED, file], 2), {
        code: 'bundle-not-recognised',
        seen: /agent\.cjs has a copy of the MCP SDK/,
        why: /not traced/,
        remedy: /--external:@modelcontextprotocol\/\*[\s\S]*instrument\(\{ Client, Server \}\)/,
      });
    });

    test('in a shape that the loader knows to be none it knows', async (t) => {
      const file = await build(t, { minify: true, mangleProps: /^_requestMessageId$/ });
      theOnly(await diagnosed([...PRELOADED, file], 2), {
        code: 'bundle-not-recognised',
        seen: /agent\.cjs has a copy of the MCP SDK/,
        why: /not traced/,
        remedy: /instrument\(\{ Client, Server \}\)/,
      });
    });

    test('with the search for bundles switched off', async (t) => {
      const file = await build(t, { minify: true });
      theOnly(await diagnosed([...PRELOADED, file], 2, { OTEL_MCP_BUNDLES: 'off' }), {
        code: 'bundle-not-recognised',
        seen: /OTEL_MCP_BUNDLES=off/,
        why: /not traced/,
        remedy: /^unset OTEL_MCP_BUNDLES$/,
      });
    });
  });

  describe('3: no provider', atOnce, () => {
    for (const [name, value, remedy] of [
      ['OTEL_MCP_SDK', 'off', /^unset OTEL_MCP_SDK, or start an OpenTelemetry SDK/],
      ['OTEL_SDK_DISABLED', 'true', /^unset OTEL_SDK_DISABLED$/],
      [
        'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
        'http,mcp',
        /^take mcp out of OTEL_NODE_DISABLED_INSTRUMENTATIONS$/,
      ],
    ] as const) {
      test(`${name}=${value}`, async () => {
        theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 2, { [name]: value }), {
          code: 'no-provider',
          seen: new RegExp(`nothing is recorded: ${name}`),
          why: /no OpenTelemetry SDK/,
          remedy,
        });
      });
    }
  });

  describe('4: the endpoint', atOnce, () => {
    test('nobody listens', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 2, { OTEL_EXPORTER_OTLP_ENDPOINT: url }), {
        code: 'endpoint-down',
        seen: new RegExp(
          `traces and metrics: OTLP http/protobuf to ${url}: nothing listens there \\(ECONNREFUSED\\)`,
        ),
        why: /lost/,
        remedy:
          /start a receiver.*otel-mcp assets[\s\S]*export OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/HOST:4318/,
      });
    });

    test('nobody listens: gRPC', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
      theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 2, env), {
        code: 'endpoint-down',
        seen: /OTLP grpc to .*nothing listens there/,
        why: /lost/,
        remedy: /HOST:4317/,
      });
    });

    test('it asks for credentials, and the header is sent and never shown', async (t) => {
      const asked: (string | undefined)[] = [];
      const server = createServer((request, response) => {
        asked.push(request.headers['x-api-key'] as string | undefined);
        request.resume();
        response.writeHead(401).end();
      });
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:s3cret@127.0.0.1:${await listening(t, server)}/?k=s3cret`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=s3cret%20word',
      };
      expectExit(await doctor([], env), 2);
      assert.deepEqual(asked, ['s3cret word', 's3cret word'], 'the exporter’s own header, for each signal');
      const command = [...PRELOADED, MEMORY_AGENT, '--api-key', 's3cret', '--token=s3cret'];
      const [json, text] = await Promise.all([doctor(command, env, ['--json']), doctor(command, env)]);
      for (const result of [json, text]) {
        expectExit(result, 2);
        assert.doesNotMatch(result.stdout + result.stderr, /s3cret/);
      }
      const wrong = (JSON.parse(json.stdout) as Diagnosis).findings.filter(({ level }) => level !== 'ok');
      assertFinding(wrong[0], {
        code: 'endpoint-refuses',
        seen: /answers 401/,
        why: /credentials/,
        remedy: /OTEL_EXPORTER_OTLP_HEADERS/,
      });
    });

    test('the environment alone: something else than HTTP on 4317', async (t) => {
      const server = createTcpServer((socket) => socket.end('\0\0\u0012\u0004\0\0\0\0\0\0'));
      const port = await listening(t, server);
      const result = await doctor([], { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` }, [
        '--json',
      ]);
      expectExit(result, 2);
      theOnly(JSON.parse(result.stdout) as Diagnosis, {
        code: 'endpoint-down',
        seen: /something else than HTTP answers/,
        why: /lost/,
        remedy: /OTEL_EXPORTER_OTLP_ENDPOINT/,
      });
    });
  });

  describe('5: a port that is taken', atOnce, () => {
    for (const [variable, env] of [
      ['OTEL_EXPORTER_PROMETHEUS_PORT', { OTEL_METRICS_EXPORTER: 'prometheus' }],
      ['OTEL_MCP_HTTP', {}],
    ] as const) {
      test(variable, async (t) => {
        const port = await listening(t, createTcpServer());
        theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 2, { ...env, [variable]: String(port) }), {
          code: 'port-taken',
          seen: new RegExp(`are not served on 127\\.0\\.0\\.1:${port}: the port is taken`),
          why: /nobody can ask it for its/,
          remedy: new RegExp(`lsof -i :${port}[\\s\\S]*export ${variable}=`),
        });
      });
    }

    test('by a server of the agent that inherits its environment', async () => {
      const env = {
        NODE_OPTIONS: `--require ${REGISTER}`,
        SERVER_INHERITS_ENV: '1',
        OTEL_MCP_HTTP: String(await freePort()),
      };
      theOnly(await diagnosed([NODE, STDIO_AGENT], 2, env), {
        code: 'port-taken',
        seen: /the port is taken by another process of this run/,
        why: /nobody can ask it/,
        remedy: /give each process a port of its own/,
      });
    });
  });

  test('6: a policy that is not valid', async (t) => {
    const file = join(temporaryFolder(t), 'policy.yaml');
    writeFileSync(file, 'version: 1\nid: p\nmode: enforced\n', { mode: 0o600 });
    theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 2, { MCP_GUARD_POLICY: file }), {
      code: 'policy-invalid',
      seen: /not in force:\n {2}.*policy\.yaml:3:7: mode: /,
      why: /no guard is in force and nothing is audited/,
      remedy: /policy\.yaml:3:7: mode: .*enforce[\s\S]*otel-mcp policy check .*policy\.yaml/,
    });
  });

  test(
    '7: a Node that is too old',
    { skip: notLinux ? 'it is fetched for Linux on x64' : false },
    async () => {
      const old = await node('18.20.8');
      const diagnosis = await diagnosed([old, '--require', REGISTER, MEMORY_AGENT], 2);
      theOnly(diagnosis, {
        code: 'node-too-old',
        seen: /the agent runs on Node 18\.20\.8/,
        why: /needs Node 20\.6\.0/,
        remedy: /nvm install 24/,
      });
    },
  );

  test('8: an agent with an SDK of its own that exports nothing', async () => {
    const diagnosis = await diagnosed([...PRELOADED, join(PROGRAMS, 'own-sdk-agent.cjs')], 2, {
      EXPORTERS: 'none',
    });
    const wrong = diagnosis.findings.filter(({ level }) => level !== 'ok');
    assert.deepEqual(
      wrong.map(({ code }) => code),
      ['agent-sdk-without-exporter', 'agent-sdk-without-metrics'],
    );
    assertFinding(wrong[0], {
      code: 'agent-sdk-without-exporter',
      seen: /NodeTracerProvider, and no span processor/,
      why: /spans go to the agent’s SDK, which drops them/,
      remedy: /traceExporter/,
    });
    assertFinding(wrong[1], {
      code: 'agent-sdk-without-metrics',
      seen: /no meter provider/,
      why: /mcp\.tool\.calls/,
      remedy: /metricReaders/,
    });
  });

  test('8: … and one whose exporters send to nobody', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = { EXPORTERS: 'otlp', OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url };
    theOnly(await diagnosed([...PRELOADED, join(PROGRAMS, 'own-sdk-agent.cjs')], 2, env), {
      code: 'endpoint-down',
      seen: new RegExp(
        `^traces and metrics of the agent’s SDK: OTLP over HTTP to ${url}: nothing listens there`,
      ),
      why: /lost/,
      remedy: /the exporter’s url in the agent’s code/,
    });
  });

  describe('9: a stdio server that does not get NODE_OPTIONS', atOnce, () => {
    test('preloaded by NODE_OPTIONS, SDK 1.x', async () => {
      theOnly(await diagnosed([NODE, STDIO_AGENT], 1, { NODE_OPTIONS: `--require ${REGISTER}` }), {
        code: 'server-not-preloaded',
        seen: /^echo-server-v1\.cjs: its own process does not preload/,
        why: /not NODE_OPTIONS: its SERVER spans are missing/,
        remedy:
          /getDefaultEnvironment, StdioClientTransport \} from '@modelcontextprotocol\/sdk\/client\/stdio\.js'/,
      });
    });

    test('SDK 2.x', async () => {
      const agent = join(REPOSITORY, 'test/programs/agent-v2.mjs');
      const finding = theOnly(await diagnosed([NODE, agent], 1, { NODE_OPTIONS: `--import ${REGISTER}` }), {
        code: 'server-not-preloaded',
        seen: /^echo-server-v2\.mjs: /,
        why: /SERVER spans are missing/,
        remedy: /from '@modelcontextprotocol\/client\/stdio'/,
      });
      assert.doesNotMatch(finding.remedy?.join('\n') ?? '', /not by a flag/);
    });

    for (const sdk of ['1', '2']) {
      test(`what it says to write, on SDK ${sdk}.x: nothing is wrong`, async () => {
        const agent = join(PROGRAMS, 'passing-agent.cjs');
        const env = { NODE_OPTIONS: `--require ${REGISTER}`, SDK: sdk };
        const { findings } = await diagnosed([NODE, agent], 0, env);
        assert.match(
          findings.find(({ code }) => code === 'server')?.seen ?? '',
          /^echo-server-v\d\.cjs \(stdio\): 1 request; its own process is traced as well$/,
        );
      });
    }

    for (const given of ['options', 'flag']) {
      const skip = process.platform === 'linux' ? false : 'such processes are seen on Linux alone';
      test(`a server that is given its own: ${given}`, { skip }, async () => {
        const agent = join(PROGRAMS, 'passing-agent.cjs');
        await diagnosed([...PRELOADED, agent], 0, { GIVEN: given });
      });
    }

    test('a server that is preloaded, and not told where to send', async (t) => {
      if (await listens(4318))
        return t.skip('somebody listens on port 4318, where a server that is not told sends');
      const agent = join(PROGRAMS, 'passing-agent.cjs');
      const { findings } = await diagnosed([...PRELOADED, agent], 2, { GIVEN: 'forgotten' });
      assertFinding(
        findings.find(({ code }) => code === 'export-failed'),
        {
          code: 'export-failed',
          seen: /not delivered: .*localhost:4318/,
          why: /not where the agent sends/,
          remedy: /OTEL_EXPORTER_OTLP_ENDPOINT/,
        },
      );
    });

    test('preloaded by a flag, which is in no environment', async () => {
      theOnly(await diagnosed([...PRELOADED, STDIO_AGENT], 1, { SERVER_INHERITS_ENV: '1' }), {
        code: 'server-not-preloaded',
        seen: /^echo-server-v1\.cjs: /,
        why: /a flag of Node is not in that: its SERVER spans are missing/,
        remedy: /^preload by the environment, not by a flag: export NODE_OPTIONS=/,
      });
    });
  });

  describe('10: Bun', { ...atOnce, skip: notLinux ? 'its package is for Linux on x64' : false }, () => {
    test('a preload has no effect', async () => {
      theOnly(await diagnosed([await bun(), MEMORY_AGENT], 2), {
        code: 'bun',
        seen: /the agent runs on Bun \d+\.\d+\.\d+, and does not call instrument\(\)/,
        why: /no module hooks/,
        remedy: /instrument\(\{ Client \}\)/,
      });
    });

    test('an agent that calls instrument() is in order', async () => {
      const { findings } = await diagnosed([await bun(), join(PROGRAMS, 'instrumented-agent.cjs')], 0);
      assert.match(findings[0]?.seen ?? '', /^Bun .*calls instrument\(\) itself$/);
    });
  });
});

describe('how agents end', atOnce, () => {
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  /** Whoever adopts orphans may take a moment to bury them. */
  const gone = (pids: readonly number[]) => until(() => !pids.some(isAlive));

  test('one that stays is ended a moment after its first call', async () => {
    const { run } = await diagnosed([...PRELOADED, MEMORY_AGENT], 0, { STAY: '1' });
    assert.equal(run?.exit, null);
    assert.ok(run.seconds < 9, `${run.seconds} s`);
  });

  test('one that does not end when it is asked to is killed, with its children', async () => {
    const command = [...PRELOADED, join(PROGRAMS, 'stubborn-agent.cjs')];
    const result = expectExit(await doctor(command, {}, ['--show-output', '--seconds', '2']), 1);
    const pids = result.stderr.trim().split(' ').map(Number);
    assert.equal(pids.length, 2, explain(result));
    await gone(pids);
    assert.match(result.stdout, /no MCP SDK was loaded within 2 s/);
  });

  test('doctor that is told to end takes the agent along, and its files', async (t) => {
    const folder = temporaryFolder(t);
    const args = ['doctor', '--show-output', '--', NODE, join(PROGRAMS, 'stubborn-agent.cjs')];
    const { child, result } = startProgram(PROGRAM, { args, env: { ...healthy(), TMPDIR: folder } });
    const [output] = (await once(child.stderr, 'data')) as [Buffer];
    assert.equal(readdirSync(folder).length, 1);
    child.kill('SIGINT');
    const { signal } = await result;
    assert.equal(signal, 'SIGINT');
    const pids = String(output).trim().split(' ').map(Number);
    await gone(pids);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('one that fails before it uses MCP', async () => {
    const diagnosis = await diagnosed([...PRELOADED, '-e', 'throw new Error("no configuration")'], 2);
    const wrong = diagnosis.findings.filter(({ level }) => level !== 'ok');
    assertFinding(wrong[0], {
      code: 'agent-failed',
      seen: /ended with exit code 1 after .* s\nError: no configuration$/,
      why: /did not get as far/,
      remedy: /without doctor: /,
    });
  });

  test('the preload is not installed where the agent is', async (t) => {
    const cwd = temporaryFolder(t);
    const result = await runProgram(PROGRAM, {
      args: ['doctor', '--json', '--', ...PRELOADED, MEMORY_AGENT],
      env: healthy(),
      cwd,
    });
    const { findings } = JSON.parse(expectExit(result, 2).stdout) as Diagnosis;
    assertFinding(
      findings.find(({ code }) => code === 'preload-not-found'),
      {
        code: 'preload-not-found',
        seen: /Cannot find module/,
        why: /does not start/,
        remedy: /^npm install|npm install opentelemetry/,
      },
    );
  });
});

describe('policy and servers', atOnce, () => {
  const policyIn = (t: TestContext, text: string): Env => {
    const file = join(temporaryFolder(t), 'policy.yaml');
    writeFileSync(file, `version: 1\nid: shop\n${text}`, { mode: 0o600 });
    return { MCP_GUARD_POLICY: file };
  };

  test('a policy in force, and its audit log', async (t) => {
    const env = policyIn(t, 'mode: observe\naudit: { dir: audit }\n');
    const { findings } = await diagnosed([...PRELOADED, MEMORY_AGENT], 0, env);
    const seen = findings.map((finding) => finding.seen).join('\n');
    assert.match(seen, /^shop@[0-9a-f]{12}, mode observe, in force$/m);
    assert.match(seen, /^the audit log .*audit can be written$/m);
  });

  test('what the monitor watches, has found and has lost', async (t) => {
    const seenOf = async (text: string, code = 0) =>
      (await diagnosed([...PRELOADED, MEMORY_AGENT], code, policyIn(t, text))).findings;
    const off = await seenOf('mode: observe\n');
    assert.equal(off.find(({ code }) => code === 'no-monitor')?.level, 'ok');
    const on = await seenOf('monitor: { rules: [brute_force], anomaly: { detectors: [latency] } }\n');
    assert.deepEqual(
      on.find(({ code }) => code === 'monitor')?.seen,
      'the monitor is on: rules brute_force; detectors latency; what is usual is forgotten when the agent ends',
    );
    const kept = await seenOf('monitor: { state_file: /dev/null/state.json }\n', 1);
    assertFinding(
      kept.find(({ code }) => code === 'monitor-state-file'),
      {
        code: 'monitor-state-file',
        seen: /cannot use its state file \/dev\/null\/state\.json\n.*cannot be used \(/,
        why: /learned anew with every start/,
        remedy: /monitor\.state_file/,
      },
    );
    const env = {
      ...policyIn(t, 'monitor: {}\n'),
      NODE_OPTIONS: `--require ${join(REPOSITORY, 'test/acceptance/programs/monitor-throwing.cjs')}`,
    };
    const { findings } = await diagnosed([...PRELOADED, MEMORY_AGENT], 1, env);
    assertFinding(
      findings.find(({ code }) => code === 'monitor-dropped'),
      {
        code: 'monitor-dropped',
        seen: /has not looked at all events: \d+ × failed/,
        why: /was not found/,
        remedy: /the monitor itself has failed/,
      },
    );
  });

  test('an audit log that cannot be written', async (t) => {
    const env = policyIn(t, 'mode: enforce\naudit: { dir: /dev/null/audit, on_failure: block }\n');
    const { findings } = await diagnosed([...PRELOADED, MEMORY_AGENT], 2, env);
    assertFinding(
      findings.find(({ code }) => code === 'audit-not-writable'),
      {
        code: 'audit-not-writable',
        seen: /the audit log \/dev\/null\/audit cannot be written/,
        why: /every guarded call is denied/,
        remedy: /let the agent’s user write there/,
      },
    );
  });

  test('a policy that is required and not named', async () => {
    const { findings } = await diagnosed([...PRELOADED, MEMORY_AGENT], 2, { MCP_GUARD_REQUIRED: 'true' });
    assertFinding(
      findings.find(({ code }) => code === 'policy-not-in-force'),
      { code: 'policy-not-in-force', seen: /names no policy/, why: /denied/, remedy: /MCP_GUARD_POLICY=/ },
    );
  });

  test('a server that the policy does not let in', async (t) => {
    const env = policyIn(t, 'mode: enforce\nservers: { "*": { action: deny } }\n');
    const { findings } = await diagnosed([...PRELOADED, STDIO_AGENT], 2, env);
    assertFinding(
      findings.find(({ code }) => code === 'server-not-connected'),
      {
        code: 'server-not-connected',
        seen: /echo-server-v1\.cjs \(stdio\): no connection, access_denied/,
        why: /the policy does not allow/,
        remedy: /policy explain/,
      },
    );
  });

  test('an agent that loads the SDK and asks nobody', async () => {
    theOnly(await diagnosed([...PRELOADED, MEMORY_AGENT], 1, { CALLS: '0' }), {
      code: 'no-mcp-use',
      seen: /nothing was asked/,
      why: /could not be looked at/,
      remedy: /--seconds/,
    });
  });
});

test('marks are symbols where a terminal shows them', () => {
  assert.equal(marksFor(true, { LANG: 'C.UTF-8' }).problem, '✗');
  assert.equal(marksFor(true, { LANG: 'C.UTF-8', LC_ALL: 'C' }).problem, 'FAIL');
  assert.equal(marksFor(false, { LANG: 'C.UTF-8' }).problem, 'FAIL');
});

describe('commands that are not Node', atOnce, () => {
  test('npm start: the process behind it is judged', async (t) => {
    const cwd = temporaryFolder(t);
    const start = `node --require ${join(REPOSITORY, 'build/src/register.js')} ${MEMORY_AGENT}`;
    writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, scripts: { start } }));
    const result = await runProgram(PROGRAM, {
      args: ['doctor', '--json', '--', 'npm', 'start'],
      env: healthy(),
      cwd,
    });
    const { findings } = JSON.parse(expectExit(result).stdout) as Diagnosis;
    assert.match(findings.map(({ seen }) => seen).join('\n'), /preloaded by a flag of Node/);
  });

  test('npx tsx without a preload: what to type', async () => {
    const diagnosis = await diagnosed([join(REPOSITORY, 'node_modules/.bin/tsx'), MEMORY_AGENT], 2);
    theOnly(diagnosis, {
      code: 'not-preloaded',
      seen: /does not preload this package; for this run doctor has preloaded it/,
      why: /nothing is traced/,
      remedy:
        /^start it so: NODE_OPTIONS="--require opentelemetry-instrumentation-mcp\/register" .*tsx .*memory-agent\.cjs$/m,
    });
    assert.ok(codes(diagnosis).includes('sdk'));
  });

  test('a program of its own', async () => {
    const { findings } = await diagnosed(['/bin/sleep', '0.1'], 2);
    assertFinding(
      findings.find(({ code }) => code === 'no-node-process'),
      {
        code: 'no-node-process',
        seen: /a program of its own/,
        why: /only Node/,
        remedy: /inside the container/,
      },
    );
  });

  test('a program that is not there: exit code 3', async () => {
    const result = expectExit(await doctor(['/nowhere/agent']), 3);
    assert.match(result.stderr, /^otel-mcp: '\/nowhere\/agent' cannot be run: there is no such program$/m);
    assert.equal(result.stdout, '');
  });

  test('a wrong number of seconds: exit code 64', async () => {
    expectExit(await doctor([NODE], {}, ['--seconds', 'ten']), 64);
  });
});
