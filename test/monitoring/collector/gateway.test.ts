/**
 * Two tiers: agents and servers each send to the Collector of their own host; whichever it is, all spans of a trace reach one
 * and the same of two gateways.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { startCollector, sumOf, type Collector } from '../../../tools/stack/collector';
import { freePorts } from '../../../tools/stack/ports';
import { component } from '../../real/support/component';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import { runBusyAgent } from './support/busy-agent';
import { endAfter } from './support/ends';
import { newTraceId, sendSpans } from './support/otlp-json';

const COUNTS = { plain: 120, failing: 5, denied: 10 };

interface Fleet {
  /** One per host. */
  readonly hosts: readonly [Collector, Collector];
  readonly gateways: readonly [Collector, Collector];
  /** Behind each gateway. */
  readonly backends: readonly [OtlpReceiver, OtlpReceiver];
  readonly gatewayPorts: readonly [number, number];
}

async function startGateway(
  context: TestContext,
  backend: OtlpReceiver,
  otlpGrpc: number,
): Promise<Collector> {
  const env = {
    MCP_JAEGER_OTLP_ENDPOINT: backend.url,
    MCP_LOGS_OTLP_ENDPOINT: backend.url,
    MCP_LOG_EXPORTERS: '[otlp_http/logs]',
    MCP_SAMPLING_PERCENT: '100',
    MCP_SPAN_METRICS_INTERVAL: '1s',
  };
  const gateway = await startCollector({
    config: ['redaction.yaml', 'collector-gateway.yaml'],
    env,
    ports: { otlpGrpc },
  });
  return endAfter(context, gateway);
}

async function startFleet(context: TestContext): Promise<Fleet> {
  const backends = [await startOtlpReceiver(), await startOtlpReceiver()] as const;
  context.after(() => Promise.all(backends.map((backend) => backend.close())));
  const [first = 0, second = 0] = await freePorts(2);
  const gateways = [
    await startGateway(context, backends[0], first),
    await startGateway(context, backends[1], second),
  ] as const;
  const config = ['redaction.yaml', 'collector-gateway-agent.yaml'];
  const env = { MCP_GATEWAYS: `[127.0.0.1:${first}, 127.0.0.1:${second}]` };
  const host = async (): Promise<Collector> => endAfter(context, await startCollector({ config, env }));
  return { hosts: [await host(), await host()], gateways, backends, gatewayPorts: [first, second] };
}

const page = async ({ metricsUrl }: Collector): Promise<string> => (await fetch(metricsUrl)).text();

void test(
  'no trace is split, each span is counted once, and metrics stay with their host',
  { timeout: 120_000 },
  async (context) => {
    const fleet = await component(context, () => startFleet(context));
    if (fleet === undefined) return;
    const { hosts, gateways, backends } = fleet;
    const service = 'fleet-agent';
    const calls = await runBusyAgent(context, {
      service,
      counts: COUNTS,
      otlpUrl: hosts[0].otlpUrl,
      serverOtlpUrl: hosts[1].otlpUrl,
    });
    const sent = calls.toolCalls - COUNTS.denied;
    const spansOf = (name: string): number =>
      backends.flatMap(({ spans }) => spans).filter((span) => span.name.startsWith(name)).length;
    await hosts[0].eventually(
      'both sides of every call have arrived',
      () => spansOf('tools/call') === calls.toolCalls + sent,
    );
    for (const host of hosts)
      assert.ok((await host.own('otelcol_receiver_accepted_spans')) > 100, 'both hosts were used');

    const [one, other] = backends.map(({ spans }) => new Set(spans.map(({ traceId }) => traceId)));
    assert.ok(
      one !== undefined && other !== undefined && one.size > 20 && other.size > 20,
      'both gateways were used',
    );
    assert.deepEqual(
      [...one].filter((id) => other.has(id)),
      [],
      'no trace is in both',
    );
    for (const { spans } of backends) {
      for (const server of spans.filter(
        ({ name, kind }) => name.startsWith('tools/call') && kind === 'SERVER',
      )) {
        assert.ok(
          spans.some(({ spanId, kind }) => spanId === server.parentSpanId && kind === 'CLIENT'),
          server.traceId,
        );
      }
    }

    const labels = { span_kind: 'SPAN_KIND_CLIENT', mcp_method_name: 'tools/call' };
    await hosts[0].eventually('the gateways together have counted every call', async () => {
      const pages = await Promise.all(gateways.map(page));
      return (
        pages.reduce((sum, text) => sum + sumOf(text, 'traces_span_metrics_calls_total', labels), 0) ===
        calls.toolCalls
      );
    });
    assert.equal(sumOf(await page(hosts[0]), 'mcp_tool_calls_total'), calls.toolCalls);
    for (const collector of [hosts[1], ...gateways])
      assert.equal(sumOf(await page(collector), 'mcp_tool_calls_total'), 0);
    const logs = backends.flatMap((backend) => backend.logs).map(({ eventName }) => eventName);
    assert.ok(logs.includes('mcpguard.audit.anchor'), 'logs go through the gateways');
  },
);

void test(
  'a gateway that is away holds up nobody, and gets its spans when it is back',
  { timeout: 120_000 },
  async (context) => {
    const fleet = await component(context, () => startFleet(context));
    if (fleet === undefined) return;
    const { hosts, gateways, backends, gatewayPorts } = fleet;
    await gateways[1].stop();
    const ids = Array.from({ length: 400 }, newTraceId);
    for (let from = 0; from < ids.length; from += 50) {
      await sendSpans(
        hosts[0].otlpUrl,
        ids.slice(from, from + 50).map((traceId) => ({ name: 'span', traceId })),
      );
    }
    await hosts[0].eventually('the gateway that is there has its half', () => backends[0].spans.length > 100);
    const again = await startGateway(context, backends[1], gatewayPorts[1]);
    const count = (): number => backends[0].spans.length + backends[1].spans.length;
    await again.eventually('the other has the rest', () => count() >= ids.length, 60_000);
    assert.equal(count(), ids.length);
    assert.deepEqual(
      new Set(backends.flatMap(({ spans }) => spans.map(({ traceId }) => traceId))),
      new Set(ids),
    );
  },
);
