/** The addition for the host, on each of the files that it goes on top of: what is on the page, and what is kept off it. */
import assert from 'node:assert/strict';
import { cpus, totalmem } from 'node:os';
import { test } from 'node:test';

import { startCollector, sumOf, type Collector } from '../../../tools/stack/collector';
import { component } from '../../real/support/component';
import { sendCounter } from './support/otlp-json';

const ADDITION = 'collector-hostmetrics.yaml';
const page = async ({ metricsUrl }: Collector): Promise<string> => (await fetch(metricsUrl)).text();

/** Names and labels that rules and dashboards go by. */
const SERIES = {
  system_cpu_utilization_ratio: ['state'],
  system_memory_utilization_ratio: ['state'],
  system_filesystem_utilization_ratio: ['device', 'mode', 'mountpoint', 'type'],
  system_disk_io_bytes_total: ['device', 'direction'],
  system_network_io_bytes_total: ['device', 'direction'],
} as const;

function labelsOf(text: string, name: string): Record<string, string>[] {
  const lines = [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} `, 'gm'))];
  return lines.map(([, set = '']) =>
    Object.fromEntries([...set.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])),
  );
}

for (const base of ['collector.yaml', 'collector-gateway-agent.yaml']) {
  void test(`on top of ${base}`, async (context) => {
    const config = ['redaction.yaml', base, ADDITION];
    const env = { MCP_HOST_METRICS_INTERVAL: '500ms' };
    const collector = await component(context, () => startCollector({ config, env }));
    if (collector === undefined) return;
    context.after(() => collector.stop());
    // Utilisation is of the time between two looks.
    await collector.eventually('the host was looked at twice', async () =>
      /^system_cpu_utilization_ratio/m.test(await page(collector)),
    );
    await sendCounter(
      collector.otlpUrl,
      'mcp.tool.calls',
      3,
      {},
      { 'service.name': 'a', 'service.instance.id': '1' },
    );
    const text = await page(collector);
    for (const [name, labels] of Object.entries(SERIES)) {
      const found = labelsOf(text, name);
      // A container without a disk of its own has no file system and no device.
      if (!/filesystem|disk/.test(name)) assert.ok(found.length > 0, name);
      for (const set of found) {
        const own = Object.keys(set).filter((label) => !label.startsWith('otel_scope'));
        assert.deepEqual(own.toSorted(), [...labels], `${name}: no job or instance, those are the scrape's`);
      }
    }
    const idle = sumOf(text, 'system_cpu_utilization_ratio', { state: 'idle' });
    assert.ok(idle >= 0 && idle <= 1, `one mean of ${cpus().length} processors, not ${idle}`);
    const used = sumOf(text, 'system_memory_utilization_ratio', { state: 'used' });
    assert.ok(used > 0 && used < 1, `${used} of ${totalmem()} bytes`);
    for (const { device = '' } of labelsOf(text, 'system_network_io_bytes_total')) {
      assert.doesNotMatch(device, /^(?:lo|veth|docker|br-)/);
    }
    for (const { type = '' } of labelsOf(text, 'system_filesystem_utilization_ratio')) {
      assert.doesNotMatch(type, /^(?:tmpfs|proc|sysfs|squashfs|devtmpfs)$/);
    }
    assert.doesNotMatch(text, /^system_network_connections/m);
    // What agents send is on the page as ever.
    assert.equal(sumOf(text, 'mcp_tool_calls_total', { job: 'a' }), 3);
  });
}
