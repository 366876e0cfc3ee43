/** The standard variables, as the private SDK obeys them, and what must never happen whatever they say; on either line. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { after, before, beforeEach, describe, test } from 'node:test';
import { join } from 'node:path';
import { node, type OtelLine } from '../../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import {
  expectExit,
  explain,
  runProgram,
  type ProgramOptions,
  type ProgramResult,
} from '../../support/run-program';
import { placeOf, type Place } from './lines';

const AGENT = 'exit/programs/agent.cjs';

let receiver: OtlpReceiver;
let place: Place;

/** Runs a program of `test/process`. */
function run(program: string, options: ProgramOptions): Promise<ProgramResult> {
  return runProgram(place.program(program), { ...place.options, ...options });
}

async function runAgent(env: Record<string, string>, options: ProgramOptions = {}): Promise<ProgramResult> {
  const all = { ...receiver.env('http/protobuf'), ...env };
  return expectExit(await run(AGENT, { args: ['natural'], ...options, env: all }));
}

export function testOutputs(line: OtelLine): void {
  before(async () => {
    place = await placeOf(line);
    receiver = await startOtlpReceiver();
  });
  beforeEach(() => receiver.clear());
  after(() => receiver.close());
  describe('stdout holds what the agent writes, and nothing else', testStdout);
  describe('what is exported', testExports);
  describe('Prometheus', testPrometheus);
  describe('places where threads and ends are special', testPlaces);
  describe('OTEL_CONFIG_FILE', testConfigFile);
}

function testStdout(): void {
  const noisy = {
    OTEL_LOG_LEVEL: 'all',
    OTEL_TRACES_EXPORTER: 'console,otlp',
    OTEL_METRICS_EXPORTER: 'console,otlp',
    OTEL_LOGS_EXPORTER: 'console',
    OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN: 'logs',
  };
  for (const mode of ['auto', 'global']) {
    test(`every level and console exporter, OTEL_MCP_SDK=${mode}`, async () => {
      const result = await runAgent({ ...noisy, OTEL_MCP_SDK: mode });
      assert.equal(result.stdout, 'hello\n');
      assert.match(result.stderr, /name: 'tools\/call echo'/, 'the console exporter prints to stderr');
      assert.match(result.stderr, /name: 'mcp.tool.calls'/);
      assert.match(result.stderr, /OpenTelemetry debug: /);
      assert.ok(receiver.named('tools/call echo').length > 0, 'the other exporter of the list exports too');
    });
  }

  test('what the export thread says does not keep the agent alive', async () => {
    const result = await runAgent(noisy, { args: ['natural-later'] });
    assert.ok(result.ms < 4000, explain(result));
  });

  test('a wrong value is one line on stderr and the default', async () => {
    const result = await runAgent({
      OTEL_TRACES_EXPORTER: 'otlp,carrier-pigeon',
      OTEL_BSP_SCHEDULE_DELAY: 'soon',
    });
    assert.equal(result.stdout, 'hello\n');
    assert.match(result.stderr, /OTEL_TRACES_EXPORTER names an unknown exporter, "carrier-pigeon"/);
    assert.match(result.stderr, /OTEL_BSP_SCHEDULE_DELAY is not a number above 0/);
    assert.ok(receiver.named('tools/call echo').length > 0);
  });
}

function testExports(): void {
  test('none: nothing', async () => {
    await runAgent({ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' });
    assert.deepEqual(receiver.requests, []);
  });

  test('none for traces: metrics only', async () => {
    await runAgent({ OTEL_TRACES_EXPORTER: 'none' });
    assert.deepEqual([...new Set(receiver.requests.map(({ signal }) => signal))], ['metrics']);
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
  });

  test('OTEL_SDK_DISABLED: nothing', async () => {
    await runAgent({ OTEL_SDK_DISABLED: 'true' });
    assert.deepEqual(receiver.requests, []);
  });

  test('the sampler decides about spans and leaves metrics alone', async () => {
    await runAgent({ OTEL_TRACES_SAMPLER: 'always_off' });
    assert.deepEqual(receiver.spans, []);
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
  });

  test('resource attributes and service name; the command line is not among them', async () => {
    await runAgent(
      { OTEL_SERVICE_NAME: 'the-agent', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test' },
      { args: ['natural', '--token=secret'] },
    );
    const resource = receiver.named('tools/call echo')[0]?.resource ?? {};
    assert.equal(resource['service.name'], 'the-agent');
    assert.equal(resource['deployment.environment.name'], 'test');
    assert.equal(typeof resource['service.instance.id'], 'string');
    assert.doesNotMatch(JSON.stringify(resource), /secret/);
    assert.deepEqual(
      receiver.metric('mcp.tool.calls')[0]?.resource,
      resource,
      'one resource for all signals',
    );
  });

  test('OTEL_NODE_RESOURCE_DETECTORS can ask for the command line', async () => {
    await runAgent({ OTEL_NODE_RESOURCE_DETECTORS: 'process' });
    const resource = receiver.named('tools/call echo')[0]?.resource ?? {};
    assert.ok('process.command_args' in resource);
    assert.ok(!('host.name' in resource));
  });

  test('batches leave while the agent runs, and nothing comes twice', async () => {
    const env = { OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_METRIC_EXPORT_INTERVAL: '30' };
    const result = expectExit(
      await run(AGENT, {
        args: ['exit-later'],
        env: { ...receiver.env('http/json'), ...env },
      }),
      3,
    );
    assert.equal(
      new Set(receiver.spans.map(({ spanId }) => spanId)).size,
      receiver.spans.length,
      explain(result),
    );
    assert.ok(receiver.named('tools/call echo').length > 0);
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
  });

  test('delta temporality: the exports add up to what happened', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: '30',
    };
    expectExit(
      await run(AGENT, {
        args: ['exit-later'],
        env: { ...receiver.env(), ...env },
      }),
      3,
    );
    const points = receiver.points.filter(({ name }) => name === 'mcp.tool.calls');
    assert.deepEqual([...new Set(points.map(({ temporality }) => temporality))], ['delta']);
    assert.equal(
      points.reduce((sum, { value }) => sum + (value ?? 0), 0),
      1,
    );
    const durations = receiver.points.filter(({ name }) => name === 'mcp.client.operation.duration');
    const calls = durations.filter(({ attributes }) => attributes['mcp.method.name'] === 'tools/call');
    assert.equal(
      calls.reduce((sum, { count }) => sum + (count ?? 0), 0),
      1,
    );
  });

  test('nothing lost: the counter of losses is there, and zero', async () => {
    await runAgent({});
    assert.deepEqual(dropped(), { traces: 0, metrics: 0 });
  });

  test('what is lost at the end is on stderr, and in the counter where metrics arrive', async () => {
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' };
    let result = await runAgent(env);
    // On a busy machine the second that an end may take can be over before.
    for (let again = 0; again < 2 && dropped()['traces'] === 0; again++) {
      receiver.clear();
      result = await runAgent(env);
    }
    const lost = Number(/not delivered: (\d+) spans \(http/.exec(result.stderr)?.[1]);
    assert.ok(lost > 0, explain(result));
    assert.deepEqual(dropped(), { traces: lost, metrics: 0 }, explain(result));
  });

  test('what a full queue refuses is lost too', async () => {
    const env = { OTEL_BSP_MAX_QUEUE_SIZE: '1', OTEL_METRIC_EXPORT_INTERVAL: '20' };
    const result = await runAgent(env, { args: ['natural-later'] });
    const made = receiver
      .metric('mcp.client.operation.duration')
      .concat(receiver.metric('mcp.server.operation.duration'));
    const spans = made.reduce((sum, { count }) => sum + (count ?? 0), 0);
    const lost = spans - receiver.spans.length;
    assert.ok(lost > 0, receiver.summary());
    assert.match(result.stderr, new RegExp(`not delivered: ${lost} spans \\(http.*: queue full\\)`));
    assert.deepEqual(dropped(), { traces: lost, metrics: 0 }, explain(result));
  });

  test('global: what other libraries make through the API is exported too', async () => {
    const result = await runAgent({ OTEL_MCP_SDK: 'global' });
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1, explain(result));
  });
}

const dropped = (): Record<string, number | undefined> =>
  Object.fromEntries(
    receiver
      .metric('mcpguard.export.dropped')
      .map(({ attributes, value }) => [attributes['signal'] as string, value]),
  );

function testPrometheus(): void {
  test('serves the page on loopback, and a scraper’s open connection does not keep the agent alive', async () => {
    const port = await freePort();
    const result = await scrape(port);
    assert.match(result.stdout, /^mcp_tool_calls_total\{/m);
    assert.match(result.stdout, /^# TYPE mcp_tool_call_duration_seconds histogram$/m);
    assert.ok(result.ms < 4000, explain(result));
    assert.doesNotMatch(result.stderr, /not served/);
  });

  test('a taken port is one line', async () => {
    const taken = createServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\n'));
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const result = await scrape(port);
    taken.close();
    assert.equal(
      result.stderr.match(/not served on 127\.0\.0\.1:\d+: the port is taken/g)?.length,
      1,
      explain(result),
    );
  });
}

async function scrape(port: number): Promise<ProgramResult> {
  const env = {
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
  };
  return expectExit(await run('own-sdk/programs/scraped.cjs', { args: [String(port)], env }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function testPlaces(): void {
  test('a client in a worker thread that calls process.exit()', async () => {
    const program = 'own-sdk/programs/worker-exit.cjs';
    const result = expectExit(await run(program, { env: receiver.env('http/protobuf') }));
    assert.match(result.stdout, /worker ended with 3/);
    assert.ok(receiver.named('tools/call echo').length > 0, explain(result));
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
  });

  test('the permission model without threads: one line, and the agent runs', async () => {
    const result = await runAgent(
      {},
      { node: await node('24.21.0'), nodeArgs: ['--permission', '--allow-fs-read=*'] },
    );
    assert.equal(result.stdout, 'hello\n');
    assert.match(result.stderr, /add --allow-worker/);
  });
}

function testConfigFile(): void {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otel-config-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function runWith(exporter: string): Promise<ProgramResult> {
    const file = join(folder, 'otel.yaml');
    await writeFile(
      file,
      `file_format: "1.0"
tracer_provider:
  processors:
    - batch:
        exporter:
          ${exporter}
`,
    );
    return runAgent({ OTEL_CONFIG_FILE: file });
  }

  test('spans go where the file says', async () => {
    const result = await runWith(`otlp_http: { endpoint: "${receiver.url}/v1/traces" }`);
    assert.equal(result.stdout, 'hello\n');
    assert.ok(receiver.named('tools/call echo').length > 0, `${receiver.summary()} ${explain(result)}`);
  });

  test('a console exporter in the file would write to stdout: refused, in one line', async () => {
    const result = await runWith('console: {}');
    assert.equal(result.stdout, 'hello\n');
    assert.match(result.stderr, /OTEL_CONFIG_FILE asks for a console exporter/);
  });

  test('a broken file is said on stderr', async () => {
    const result = await runWith('no_such_exporter: {}');
    assert.equal(result.stdout, 'hello\n');
    assert.match(result.stderr, /opentelemetry-instrumentation-mcp: /);
  });
}
