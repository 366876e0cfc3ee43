/** OTEL_MCP_HOST_METRICS with the real packages of either line, in real processes: names that rules and dashboards go by. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';

import { prometheusNames } from '../../../tools/gen/prometheus-names';
import { HOST_SIGNALS } from '../../../tools/gen/promql/host-signals';
import { freePort } from '../../../tools/stack/ports';
import { packages, type OtelLine } from '../../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import { expectExit, explain, runProgram, type ProgramResult } from '../../support/run-program';
import { placeOf, type Place } from './lines';

/** What npm installs beside the Node of each line; in the repository the first. */
const PACKAGES: Record<OtelLine, readonly string[]> = {
  '2.x': ['@opentelemetry/host-metrics@0.39.0', '@opentelemetry/instrumentation-runtime-node@0.36.1'],
  '3.x': ['@opentelemetry/host-metrics@0.39.0', '@opentelemetry/instrumentation-runtime-node@0.37.0'],
};
const INSTALL =
  /OTEL_MCP_HOST_METRICS=on .*`npm install @opentelemetry\/host-metrics @opentelemetry\/instrumentation-runtime-node` where the agent is/g;

/** By metric, its attributes; the same in both lines. */
const HOST = {
  'system.cpu.time': ['system.cpu.logical_number', 'system.cpu.state'],
  'system.cpu.utilization': ['system.cpu.logical_number', 'system.cpu.state'],
  'system.memory.usage': ['system.memory.state'],
  'system.memory.utilization': ['system.memory.state'],
  'process.cpu.time': ['process.cpu.state'],
  'process.cpu.utilization': ['process.cpu.state'],
  'process.memory.usage': [],
} as const;
const RUNTIME = {
  'nodejs.eventloop.utilization': [],
  'nodejs.eventloop.time': ['nodejs.eventloop.state'],
  'nodejs.eventloop.delay.min': [],
  'nodejs.eventloop.delay.max': [],
  'nodejs.eventloop.delay.mean': [],
  'nodejs.eventloop.delay.stddev': [],
  'nodejs.eventloop.delay.p50': [],
  'nodejs.eventloop.delay.p90': [],
  'nodejs.eventloop.delay.p99': [],
  'v8js.gc.duration': ['v8js.gc.type'],
  'v8js.memory.heap.space.size': ['v8js.heap.space.name'],
  'v8js.memory.heap.used': ['v8js.heap.space.name'],
  'v8js.memory.heap.space.available_size': ['v8js.heap.space.name'],
  'v8js.memory.heap.space.physical_size': ['v8js.heap.space.name'],
  'v8js.resource.active': ['v8js.resource.type'],
} as const;
const ALL: Readonly<Record<string, readonly string[]>> = { ...HOST, ...RUNTIME };

test('the table that pages and queries are made of holds these', () => {
  const table = HOST_SIGNALS.map(({ name, attributes }) => [name, attributes.toSorted()]);
  assert.deepEqual(Object.fromEntries(table), ALL);
});

for (const line of ['2.x', '3.x'] as const) describe(`OpenTelemetry ${line}`, () => testLine(line));

function testLine(line: OtelLine): void {
  let receiver: OtlpReceiver;
  let place: Place;
  /** Where the packages are, if not beside the agent. */
  let elsewhere: Record<string, string>;

  before(async () => {
    place = await placeOf(line);
    receiver = await startOtlpReceiver();
    if (line === '2.x') elsewhere = {};
    else elsewhere = { NODE_PATH: join(await packages(PACKAGES[line], '24.21.0'), 'node_modules') };
  });
  beforeEach(() => receiver.clear());
  after(() => receiver.close());

  async function run(env: Record<string, string>, args: readonly string[] = []): Promise<ProgramResult> {
    const result = await runProgram(place.program('own-sdk/programs/measured.cjs'), {
      ...place.options,
      args,
      env: { ...receiver.env('http/protobuf'), ...env },
    });
    // What keeps the agent alive, keeps it alive for ever: it is ended after half a minute then.
    return expectExit(result);
  }

  const on = (): Record<string, string> => ({ OTEL_MCP_HOST_METRICS: 'on', ...elsewhere });
  const measured = (): string[] =>
    [...new Set(receiver.points.map(({ name }) => name))]
      .filter((name) => !name.startsWith('mcp'))
      .toSorted();

  test('the page for Prometheus', async () => {
    const port = await freePort();
    const result = await run(
      {
        ...on(),
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      },
      [String(port)],
    );
    const types = [...result.stdout.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    const foreign = types.filter((name) => !/^(?:mcp|target_info)/.test(name)).toSorted();
    assert.deepEqual(
      foreign,
      HOST_SIGNALS.map((signal) => prometheusNames(signal).exporter).toSorted(),
      explain(result),
    );
    assert.match(result.stdout, /^mcp_tool_calls_total\{/m);
    assert.doesNotMatch(result.stderr, /opentelemetry-instrumentation-mcp/);
  });

  for (const mode of ['auto', 'global']) {
    test(`over OTLP, OTEL_MCP_SDK=${mode}`, async () => {
      const result = await run({ ...on(), OTEL_MCP_SDK: mode, OTEL_METRIC_EXPORT_INTERVAL: '100' });
      assert.deepEqual(measured(), Object.keys(ALL).toSorted(), explain(result));
      for (const [name, attributes] of Object.entries(ALL)) {
        for (const point of receiver.metric(name)) {
          assert.deepEqual(Object.keys(point.attributes).toSorted(), [...attributes], name);
        }
      }
      for (const name of ['system.memory.utilization', 'process.cpu.utilization']) {
        for (const { value = -1 } of receiver.metric(name)) assert.ok(value >= 0 && value <= 1, name);
      }
      assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
      assert.equal(result.stdout, '');
      assert.doesNotMatch(result.stderr, /opentelemetry-instrumentation-mcp/);
    });
  }

  const NOT_MEASURED: Record<string, Record<string, string>> = {
    'off, and so by default': {},
    'off said': { OTEL_MCP_HOST_METRICS: 'off' },
    'no SDK of ours': { OTEL_MCP_HOST_METRICS: 'on', OTEL_MCP_SDK: 'off' },
    'no metrics': { OTEL_MCP_HOST_METRICS: 'on', OTEL_METRICS_EXPORTER: 'none' },
  };
  for (const [title, env] of Object.entries(NOT_MEASURED)) {
    test(`${title}: nothing is loaded`, async () => {
      const result = await run({ ...elsewhere, ...env });
      assert.match(result.stderr, /^loaded: 0$/m, explain(result));
      assert.deepEqual(measured(), []);
    });
  }

  test('a value that is neither is one line, and off', async () => {
    const result = await run({ ...elsewhere, OTEL_MCP_HOST_METRICS: 'yes' });
    assert.equal(result.stderr.match(/OTEL_MCP_HOST_METRICS has an unknown value/g)?.length, 1);
    assert.match(result.stderr, /^loaded: 0$/m);
  });

  // The repository has them; the project that 3.x is tried in is a user's, who has installed this package and no more.
  if (line === '2.x') return;
  test('not installed: one line names the command, and the agent runs', async () => {
    const result = await run({ OTEL_MCP_HOST_METRICS: 'on' });
    assert.equal(result.stderr.match(INSTALL)?.length, 1, explain(result));
    assert.deepEqual(measured(), []);
    assert.equal(receiver.metric('mcp.tool.calls')[0]?.value, 1);
  });
}
