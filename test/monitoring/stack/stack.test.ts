/** The whole stack with the shipped configuration, on both versions of Prometheus. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CACHE, isAlive, REPOSITORY } from '../../../tools/stack/cache';
import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import { startStack } from '../../../tools/stack/stack';
import { component } from '../../real/support/component';
import { listeners } from './sockets';

const runtimeFolders = (): string[] =>
  existsSync(join(CACHE, 'run'))
    ? readdirSync(join(CACHE, 'run')).filter((name) => name.includes(`-${process.pid}-`))
    : [];

for (const version of PROMETHEUS_VERSIONS) {
  test(`Prometheus ${version}: all are healthy, see each other, listen on loopback only, and leave nothing`, async (context) => {
    const stack = await component(context, () => startStack({ prometheus: version, interval: '1s' }));
    if (stack === undefined) return;
    context.after(() => stack.stop());
    const { prometheus, alertmanager, collector, jaeger } = stack;

    const build = await prometheus.get<{ version: string }>('status/buildinfo');
    assert.ok(build.version.startsWith(version), build.version);
    const flags = await prometheus.get<Record<string, string>>('status/flags');
    assert.equal(flags['storage.tsdb.retention.time'], '1y');
    assert.equal(flags['enable-feature'], 'exemplar-storage');
    assert.equal(flags['web.enable-otlp-receiver'], version === '3.15' ? 'true' : undefined);

    // The shipped scrape configuration, with no agent and everything else up.
    const targets = (await prometheus.scraped()).map(({ labels, health }) => `${labels['job']} ${health}`);
    assert.deepEqual(targets.toSorted(), [
      'mcp-alertmanager up',
      'mcp-collector up',
      'mcp-collector-metrics up',
      'mcp-jaeger up',
      'mcp-prometheus up',
    ]);
    const found = await prometheus.get<{ activeAlertmanagers: { url: string }[] }>('alertmanagers');
    assert.deepEqual(found.activeAlertmanagers, [{ url: `${alertmanager.url}/api/v2/alerts` }]);
    const rules = await prometheus.get<{ groups: { rules: { health: string; lastError?: string }[] }[] }>(
      'rules',
    );
    const all = rules.groups.flatMap((group) => group.rules);
    assert.ok(all.length > 20, `${all.length} rules`);
    assert.deepEqual(
      all.filter(({ health }) => health === 'err').map(({ lastError }) => lastError),
      [],
    );

    // What the health checks of docker-compose.yaml ask, by the port that it is there.
    const ports = new Map([
      ['9090', new URL(prometheus.url).port],
      ['9093', new URL(alertmanager.url).port],
      ['13133', String(collector.ports.health)],
      ['14133', String(jaeger.ports.health)],
    ]);
    const checks = readFileSync(join(REPOSITORY, 'docker-compose.yaml'), 'utf8').matchAll(
      /^ *test: .*http:\/\/[\w.]+:(\d+)(\/[^']*)/gm,
    );
    const asked = [...checks].filter(([, port = '']) => ports.has(port));
    assert.equal(asked.length, ports.size);
    for (const [, port = '', path] of asked) {
      assert.equal((await fetch(`http://127.0.0.1:${ports.get(port)}${path}`)).status, 200, path);
    }
    assert.deepEqual(await jaeger.services(), []);

    if (process.platform === 'linux') {
      for (const { title, pid } of stack.servers) {
        const open = listeners(pid);
        assert.notEqual(open.length, 0, `${title} listens on nothing`);
        assert.deepEqual(
          open.filter(({ isLoopback }) => !isLoopback),
          [],
          `${title} listens on more than loopback`,
        );
      }
    } else process.stderr.write('SKIPPED what is listened on: only Linux tells\n');

    const pids = stack.servers.map(({ pid }) => pid);
    assert.notEqual(runtimeFolders().length, 0);
    await stack.stop();
    assert.deepEqual(pids.filter(isAlive), []);
    assert.deepEqual(runtimeFolders(), []);
  });
}

test('a trace and a metric come out at the other end', async (context) => {
  const env = { MCP_SAMPLING_PERCENT: '100', MCP_DECISION_WAIT: '1s' };
  const stack = await component(context, () => startStack({ interval: '1s', env }));
  if (stack === undefined) return;
  context.after(() => stack.stop());
  const now = `${Date.now()}000000`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'probe' } }] };
  const point = { asInt: '3', startTimeUnixNano: now, timeUnixNano: now };
  const metric = {
    name: 'probe.calls',
    sum: { dataPoints: [point], aggregationTemporality: 2, isMonotonic: true },
  };
  const span = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    name: 'probe',
    kind: 3,
    startTimeUnixNano: now,
    endTimeUnixNano: now,
    status: { code: 2 },
  };
  await post(`${stack.collector.otlpUrl}/v1/metrics`, {
    resourceMetrics: [{ resource, scopeMetrics: [{ scope: {}, metrics: [metric] }] }],
  });
  await post(`${stack.collector.otlpUrl}/v1/traces`, {
    resourceSpans: [{ resource, scopeSpans: [{ scope: {}, spans: [span] }] }],
  });
  await stack.prometheus.eventually(
    'the metric is there',
    async () => (await stack.prometheus.number('probe_calls_total{job="probe"}')) === 3,
  );
  await stack.jaeger.eventually(
    'the trace is there',
    async () => (await stack.jaeger.trace(span.traceId)) !== undefined,
  );
  const [trace] = await stack.jaeger.traces({ service: 'probe' });
  assert.equal(trace?.traceID, span.traceId);
});

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}
