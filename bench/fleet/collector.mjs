/** CPU and memory of a real Collector under the shipped configuration, beside one that does nothing. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { ROOT } from '../lib/paths.mjs';
import { post, record, sendSpans } from './load.mjs';
import { cpuSeconds, residentBytes } from './process.mjs';
import { pointsOf } from './protobuf.mjs';
import { startSink } from './sink.mjs';

const require = createRequire(import.meta.url);
const { startCollector, COLLECTOR_FILES } = require(join(ROOT, 'build/tools/stack/collector.js'));

const RATE = 2_000;
const SECONDS = 20;
const WARM_UP = 5;
const AGENTS = 1_000;

const EMPTY = `
receivers:
  otlp:
    protocols:
      http: { endpoint: '127.0.0.1:\${env:MCP_OTLP_HTTP_PORT}' }
      grpc: { endpoint: '127.0.0.1:\${env:MCP_OTLP_GRPC_PORT}' }
exporters:
  debug: { verbosity: basic }
service:
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
  telemetry: { metrics: { level: none } }
`;

/** The first tier of a fleet, with two gateways behind it. */
const FIRST_TIER = ['redaction.yaml', 'collector-gateway-agent.yaml'];

/** The shipped files without what masks secrets. */
const UNMASKED = `
service:
  pipelines:
    traces: { processors: [memory_limiter] }
`;

async function underLoad(recorded, config, env) {
  const collector = await startCollector({ config, env });
  try {
    const idle = residentBytes(collector.pid);
    await sendSpans(collector.otlpUrl, recorded, RATE, WARM_UP);
    const before = cpuSeconds(collector.pid);
    const sent = await sendSpans(collector.otlpUrl, recorded, RATE, SECONDS);
    // What it still has to send on belongs to it.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const seconds = cpuSeconds(collector.pid) - before;
    return { cpu: (seconds * 1000) / sent, idle, resident: residentBytes(collector.pid) };
  } finally {
    await collector.stop();
  }
}

async function firstTier(recorded) {
  const gateways = [await startCollector({ config: EMPTY }), await startCollector({ config: EMPTY })];
  try {
    const addresses = gateways.map(({ grpcUrl }) => new URL(grpcUrl).host);
    return await underLoad(recorded, FIRST_TIER, { MCP_GATEWAYS: `[${addresses.join(', ')}]` });
  } finally {
    for (const gateway of gateways) await gateway.stop();
  }
}

export async function measureCollector() {
  const recorded = await record();
  const sink = await startSink(false);
  const env = { MCP_JAEGER_OTLP_ENDPOINT: sink.url };
  try {
    const shipped = await underLoad(recorded, [...COLLECTOR_FILES], env);
    const unmasked = await underLoad(recorded, [...COLLECTOR_FILES, UNMASKED], env);
    const empty = await underLoad(recorded, EMPTY, {});
    const balancing = await firstTier(recorded);
    // Spans that wait for their trace to become worth keeping: all but those that are kept at once.
    const waiting = RATE * (SECONDS + WARM_UP) * 0.9;
    return {
      collectorCpuPer1000Spans: shipped.cpu,
      collectorCpuPer1000SpansUnmasked: unmasked.cpu,
      collectorCpuPer1000SpansEmpty: empty.cpu,
      collectorCpuPer1000SpansFirstTier: balancing.cpu,
      collectorIdleBytes: shipped.idle,
      collectorBytesAtRate: shipped.resident,
      collectorBytesPerWaitingSpan: (shipped.resident - shipped.idle) / waiting,
    };
  } finally {
    sink.close();
  }
}

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** The page of metrics: agents that each send the same series, as many processes. */
export async function measureMetrics() {
  const { metrics } = await record();
  const template = metrics.find((body) => body.includes('fleet-agent'));
  const at = template.toString('latin1').search(ID);
  if (at < 0) throw new Error('no service.instance.id in the metrics of the agent');
  const points = pointsOf(template).length;
  const collector = await startCollector({ env: { MCP_MEMORY_LIMIT_MIB: '4096' } });
  try {
    const send = async (ids) => {
      for (const id of ids) {
        const body = Buffer.from(template);
        body.write(id, at, 'latin1');
        await post(`${collector.otlpUrl}/v1/metrics`, body);
      }
    };
    const ids = Array.from({ length: AGENTS }, () => randomUUID());
    await send(ids.slice(0, 10));
    const idle = residentBytes(collector.pid);
    await send(ids);
    const before = cpuSeconds(collector.pid);
    await send(ids);
    const sent = cpuSeconds(collector.pid);
    const page = await (await fetch(collector.metricsUrl)).text();
    const scraped = cpuSeconds(collector.pid);
    const series = page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
    return {
      metricPointsPerAgent: points,
      collectorCpuPer1000Points: ((sent - before) * 1000) / (points * AGENTS),
      collectorCpuPer1000SeriesScraped: ((scraped - sent) * 1000) / series,
      collectorBytesPerSeries: (residentBytes(collector.pid) - idle) / series,
      pageBytesPerSeries: page.length / series,
    };
  } finally {
    await collector.stop();
  }
}
