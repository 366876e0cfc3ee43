/** The shipped Collector without a Jaeger to send to, and then gone: its own page and the alerts on it, in a real Prometheus. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { startCollector } from '../../../tools/stack/collector';
import { freePort } from '../../../tools/stack/ports';
import { startPrometheus } from '../../../tools/stack/prometheus';
import { component } from '../../real/support/component';
import { RULES } from '../rules/promtool';

/** A span that tail sampling keeps. */
const SPAN = {
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0102030405060708090a0b0c0d0e0f10',
              spanId: '0102030405060708',
              name: 'tools/call',
              startTimeUnixNano: '1',
              endTimeUnixNano: '2',
              status: { code: 2 },
            },
          ],
        },
      ],
    },
  ],
};

test('Jaeger is away, then the Collector is', async (context) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const collector = await component(context, () =>
    startCollector({ env: { MCP_JAEGER_OTLP_ENDPOINT: nobody } }),
  );
  if (collector === undefined) return;
  context.after(() => collector.stop());
  const sent = await fetch(`${collector.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(SPAN),
  });
  assert.equal(sent.status, 200);
  const queued = async (): Promise<boolean> => {
    const page = await (await fetch(collector.telemetryUrl)).text();
    return /^otelcol_exporter_queue_size\{.*otlp_http\/jaeger.*\} [1-9]/m.test(page);
  };
  await collector.eventually('the span waits in the queue', queued);

  const rules = readFileSync(join(RULES, 'mcp-alerts.yaml'), 'utf8').replaceAll(
    /^( +(?:for|interval):) .*$/gm,
    '$1 1s',
  );
  const prometheus = await component(context, () =>
    startPrometheus({
      interval: '1s',
      targets: {
        pipeline: [new URL(collector.metricsUrl).host],
        collector: [new URL(collector.telemetryUrl).host],
      },
      files: { 'rules/mcp-alerts.yaml': rules },
    }),
  );
  if (prometheus === undefined) return;
  context.after(() => prometheus.stop());

  const firing = async (): Promise<string[]> => {
    const alerts = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    return alerts
      .map(({ labels }) =>
        [labels['alertname'], labels['severity'], labels['job'], labels['exporter']].join(' ').trim(),
      )
      .toSorted();
  };
  await prometheus.eventually('the Collector cannot deliver', async () => (await firing()).length > 0);
  assert.deepEqual(await firing(), ['McpCollectorNotDelivering high mcp-collector otlp_http/jaeger']);
  // What the other alerts on the Collector divide by and look at is on the page too.
  assert.equal(await prometheus.number('max(otelcol_exporter_queue_capacity)'), 200_000);
  for (const name of ['otelcol_receiver_refused_spans', 'otelcol_exporter_queue_size']) {
    assert.notDeepEqual(await prometheus.query(name), [], `${name} is not there`);
  }

  await collector.stop();
  const down = async (): Promise<string[]> =>
    (await firing()).filter((alert) => alert.startsWith('McpTargetDown'));
  await prometheus.eventually('the Collector is missed', async () => (await down()).length >= 4);
  assert.deepEqual(await down(), [
    'McpTargetDown high mcp-collector',
    'McpTargetDown high mcp-collector-metrics',
    'McpTargetDown medium mcp-collector',
    'McpTargetDown medium mcp-collector-metrics',
  ]);
});
