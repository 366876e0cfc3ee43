/** The metrics page of the Collector stays right and small, whatever agents send. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sumOf, type Collector } from '../../../tools/stack/collector';
import { sendCounter, sendSpans } from './support/otlp-json';
import { shipped, type Section } from './support/shipped';
import { startRig } from './support/sink';

const page = async ({ metricsUrl }: Collector): Promise<string> => (await fetch(metricsUrl)).text();

void test('two agents of one service, with SDKs that name no instance, do not overwrite each other', async (context) => {
  const rig = await startRig(context);
  if (rig === undefined) return;
  const { collector } = rig;
  const agent = (pid: number): Record<string, string | number> => ({
    'service.name': 'fleet',
    'host.name': 'host-1',
    'process.pid': pid,
  });
  const labels = { tool_name: 'read_file' };
  await sendCounter(collector.otlpUrl, 'mcp.tool.calls', 3, labels, agent(11));
  await sendCounter(collector.otlpUrl, 'mcp.tool.calls', 4, labels, agent(12));
  const text = await page(collector);
  assert.equal(sumOf(text, 'mcp_tool_calls_total', { job: 'fleet' }), 7);
  assert.match(text, /^mcp_tool_calls_total\{instance="host-1:11",job="fleet"/m);
});

void test('an instance that is named stays', async (context) => {
  const rig = await startRig(context);
  if (rig === undefined) return;
  const resource = {
    'service.name': 'fleet',
    'service.instance.id': 'mine',
    'host.name': 'h',
    'process.pid': 1,
  };
  await sendCounter(rig.collector.otlpUrl, 'mcp.tool.calls', 3, {}, resource);
  assert.match(await page(rig.collector), /^mcp_tool_calls_total\{instance="mine",job="fleet"/m);
});

void test('span metrics of a service add up over its processes', async (context) => {
  const rig = await startRig(context, { env: { MCP_SPAN_METRICS_INTERVAL: '1s' } });
  if (rig === undefined) return;
  const { collector } = rig;
  for (const instance of ['one', 'two', 'three']) {
    const resource = { 'service.name': 'fleet', 'service.instance.id': instance };
    await sendSpans(collector.otlpUrl, [{ name: 'tools/call echo' }], { resource });
  }
  await collector.eventually(
    'three spans are counted',
    async () => sumOf(await page(collector), 'traces_span_metrics_calls_total') === 3,
    10_000,
  );
  assert.match(
    await page(collector),
    /^traces_span_metrics_calls_total\{[^}]*job="fleet"[^}]*\} 3(?:\.0)?$/m,
  );
});

void test('span metrics of a service are limited, and what is beyond the limit is counted together', async (context) => {
  const rig = await startRig(context, { env: { MCP_SPAN_METRICS_INTERVAL: '1s' } });
  if (rig === undefined) return;
  const { collector } = rig;
  const { connectors = {} } = shipped('collector.yaml').config;
  const limit = Number((connectors['span_metrics'] as Section)['aggregation_cardinality_limit']);
  const names = limit + 500;
  // A server that invents its tools.
  const spans = Array.from({ length: names }, (_, n) => ({ name: `tools/call tool-${n}` }));
  await sendSpans(collector.otlpUrl, spans);
  let text = '';
  await collector.eventually('all of them are counted', async () => {
    text = await page(collector);
    return sumOf(text, 'traces_span_metrics_calls_total') === names;
  });
  assert.equal(text.match(/^traces_span_metrics_calls_total\{/gm)?.length, limit + 1);
  const overflow = { otel_metric_overflow: 'true' };
  assert.equal(sumOf(text, 'traces_span_metrics_calls_total', overflow), names - limit);
  // Another service has room of its own.
  await sendSpans(collector.otlpUrl, [{ name: 'tools/call echo' }], {
    resource: { 'service.name': 'other' },
  });
  await collector.eventually(
    'the other service is counted',
    async () =>
      sumOf(await page(collector), 'traces_span_metrics_calls_total', { service_name: 'other' }) === 1,
  );
});
