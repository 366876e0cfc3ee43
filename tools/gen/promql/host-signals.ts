/**
 * What agents under OTEL_MCP_HOST_METRICS measure of host, process and Node. The metrics are those of OpenTelemetry's packages, in
 * the versions that the tests install; a test compares them with what real processes send.
 */
import type { Signal } from '../../../src/telemetry/signals';

export interface HostSignal extends Pick<Signal, 'name' | 'type' | 'unit' | 'attributes'> {
  readonly package: '@opentelemetry/host-metrics' | '@opentelemetry/instrumentation-runtime-node';
}

const host = (
  name: string,
  type: Signal['type'],
  unit: string,
  ...attributes: readonly string[]
): HostSignal => ({ name, type, unit, attributes, package: '@opentelemetry/host-metrics' });

const runtime = (
  name: string,
  type: Signal['type'],
  unit: string,
  ...attributes: readonly string[]
): HostSignal => ({ name, type, unit, attributes, package: '@opentelemetry/instrumentation-runtime-node' });

const CPU = ['system.cpu.state', 'system.cpu.logical_number'] as const;
const SPACE = 'v8js.heap.space.name';

/** Units as the packages say them; some say none. */
export const HOST_SIGNALS: readonly HostSignal[] = [
  host('system.cpu.time', 'counter', 's', ...CPU),
  host('system.cpu.utilization', 'gauge', '', ...CPU),
  host('system.memory.usage', 'gauge', '', 'system.memory.state'),
  host('system.memory.utilization', 'gauge', '', 'system.memory.state'),
  host('process.cpu.time', 'counter', 's', 'process.cpu.state'),
  host('process.cpu.utilization', 'gauge', '', 'process.cpu.state'),
  host('process.memory.usage', 'gauge', ''),
  runtime('nodejs.eventloop.utilization', 'gauge', '1'),
  runtime('nodejs.eventloop.time', 'counter', 's', 'nodejs.eventloop.state'),
  runtime('nodejs.eventloop.delay.min', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.max', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.mean', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.stddev', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.p50', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.p90', 'gauge', 's'),
  runtime('nodejs.eventloop.delay.p99', 'gauge', 's'),
  runtime('v8js.gc.duration', 'histogram', 's', 'v8js.gc.type'),
  runtime('v8js.memory.heap.space.size', 'updowncounter', 'By', SPACE),
  runtime('v8js.memory.heap.used', 'gauge', 'By', SPACE),
  runtime('v8js.memory.heap.space.available_size', 'gauge', 'By', SPACE),
  runtime('v8js.memory.heap.space.physical_size', 'gauge', 'By', SPACE),
  runtime('v8js.resource.active', 'gauge', '{resource}', 'v8js.resource.type'),
];
