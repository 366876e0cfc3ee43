/**
 * A real agent and a real server under the preload → Collector → Jaeger and Prometheus: what is worth keeping is kept, the rest
 * is sampled, and everything is counted.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startCollector, sumOf, type Collector } from '../../../tools/stack/collector';
import { startJaeger, type Jaeger, type JaegerTrace } from '../../../tools/stack/jaeger';
import { freePort } from '../../../tools/stack/ports';
import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import { startPrometheus, type Prometheus } from '../../../tools/stack/prometheus';
import { component } from '../../real/support/component';
import { runBusyAgent, type Calls, type Kind } from './support/busy-agent';
import { endAfter } from './support/ends';

const SERVICE = 'busy-agent';
const COUNTS = { plain: 400, failing: 12, slow: 5, denied: 15, observed: 15, broken: 8 };
const SLOW_MS = 400;
/** Of 400 at 10 %: mean 40, standard deviation 6; a correct run is outside less than once in 100,000. */
const SAMPLED = { least: 14, most: 70 };

interface Stack {
  readonly jaeger: Jaeger;
  readonly collector: Collector;
  readonly prometheus: readonly Prometheus[];
  readonly storage: string;
}

async function start(context: TestContext): Promise<Stack> {
  const storage = await mkdtemp(join(tmpdir(), 'sampling-'));
  context.after(() => rm(storage, { recursive: true, force: true }));
  const port = await freePort();
  const jaeger = endAfter(
    context,
    await startJaeger({ env: { MCP_PROMETHEUS_URL: `http://127.0.0.1:${port}` } }),
  );
  const env = {
    MCP_JAEGER_OTLP_ENDPOINT: jaeger.otlpUrl,
    MCP_SAMPLING_PERCENT: '10',
    MCP_SLOW_MS: String(SLOW_MS),
    MCP_SPAN_METRICS_INTERVAL: '3s',
  };
  const collector = endAfter(context, await startCollector({ env, storage }));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      {
        job_name: 'pipeline',
        honor_labels: true,
        static_configs: [{ targets: [`127.0.0.1:${collector.ports.metrics}`] }],
      },
      { job_name: 'collector', static_configs: [{ targets: [`127.0.0.1:${collector.ports.telemetry}`] }] },
    ],
  };
  const prometheus: Prometheus[] = [];
  for (const [index, version] of PROMETHEUS_VERSIONS.entries()) {
    // Jaeger reads the first one's.
    prometheus.push(
      endAfter(context, await startPrometheus({ version, config, ...(index === 0 ? { port } : {}) })),
    );
  }
  return { jaeger, collector, prometheus, storage };
}

void test('an agent’s calls through the Collector', { timeout: 180_000 }, async (context) => {
  const stack = await component(context, () => start(context));
  if (stack === undefined) return;
  const { collector } = stack;
  const calls = await runBusyAgent(context, { service: SERVICE, counts: COUNTS, otlpUrl: collector.otlpUrl });
  for (const [kind, count] of Object.entries(COUNTS))
    assert.equal(calls.traces[kind as Kind].length, count, kind);
  await collector.eventually('every span has been counted', async () => {
    const page = await (await fetch(collector.metricsUrl)).text();
    return spansOnPage(page) === calls.toolCalls;
  });
  await collector.eventually(
    'the queue is empty',
    async () => (await collector.own('otelcol_exporter_queue_size')) === 0,
  );

  await context.test('both are healthy, and listen on loopback only', () => reachable(stack));
  await context.test('every denied, every failed and every slow call is in Jaeger, whole', () =>
    wholeTraces(stack, calls),
  );
  await context.test('of the others one in ten is', () => sampled(stack, calls));
  await context.test('metrics and span metrics count all of them', () => counted(stack, calls));
  await context.test('exemplars lead from the counts to the traces', () => exemplars(context, stack, calls));
  await context.test('Jaeger’s Monitor tab reads the span metrics', () => performance(context, stack));
  await context.test('the file holds the heads of the audit chain', () => anchors(stack));
});

async function reachable({ collector, jaeger }: Stack): Promise<void> {
  assert.ok((await fetch(collector.healthUrl)).ok);
  assert.ok((await fetch(`http://127.0.0.1:${jaeger.ports.health}/status`)).ok);
  const [outside] = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  // A machine without a network has nothing else to listen on.
  if (outside === undefined) return;
  for (const port of [...Object.values(collector.ports), ...Object.values(jaeger.ports)]) {
    await assert.rejects(fetch(`http://${outside.address}:${port}/`), /fetch failed/, String(port));
  }
}

const tagOf = ({ tags }: JaegerTrace['spans'][number], key: string): unknown =>
  tags.find((tag) => tag.key === key)?.value;

async function wholeTraces({ jaeger }: Stack, { traces }: Calls): Promise<void> {
  for (const kind of ['denied', 'observed', 'failing', 'broken', 'slow'] as const) {
    for (const id of traces[kind]) {
      const trace = await jaeger.trace(id);
      assert.ok(trace !== undefined, `${kind} ${id} is not in Jaeger`);
      const sides = new Set(trace.spans.map((span) => tagOf(span, 'span.kind')));
      // What was denied never reached the server.
      assert.deepEqual(
        sides,
        new Set(kind === 'denied' ? ['client'] : ['client', 'server']),
        `${kind} ${id}`,
      );
      assert.equal(trace.spans.length, sides.size);
      const client = trace.spans.find((span) => tagOf(span, 'span.kind') === 'client');
      const server = trace.spans.find((span) => tagOf(span, 'span.kind') === 'server');
      if (server !== undefined) assert.equal(server.references[0]?.spanID, client?.spanID);
    }
  }
  const [id = ''] = traces.denied;
  const events = (await jaeger.trace(id))?.spans[0]?.logs.map(({ fields }) =>
    Object.fromEntries(fields.map(({ key, value }) => [key, value])),
  );
  const deny = events?.find((event) => event['mcpguard.verdict'] === 'deny');
  assert.deepEqual(
    [deny?.['event'], deny?.['mcpguard.action'], deny?.['security_rule.name']],
    ['mcpguard.decision', 'blocked', 'no-env'],
  );
}

async function sampled({ jaeger }: Stack, { traces }: Calls): Promise<void> {
  let kept = 0;
  for (const id of traces.plain) {
    const trace = await jaeger.trace(id);
    if (trace === undefined) continue;
    kept += 1;
    assert.equal(trace.spans.length, 2, `${id}: both sides or none`);
  }
  assert.ok(kept >= SAMPLED.least && kept <= SAMPLED.most, `${kept} of ${traces.plain.length} kept`);
}

function spansOnPage(page: string): number {
  const labels = { span_kind: 'SPAN_KIND_CLIENT', mcp_method_name: 'tools/call' };
  return sumOf(page, 'traces_span_metrics_calls_total', labels);
}

async function counted({ collector, prometheus }: Stack, { toolCalls }: Calls): Promise<void> {
  const page = await (await fetch(collector.metricsUrl)).text();
  assert.equal(toolCalls, COUNTS.plain + COUNTS.failing + COUNTS.slow + COUNTS.denied + COUNTS.observed);
  assert.equal(sumOf(page, 'mcp_tool_calls_total'), toolCalls);
  assert.equal(sumOf(page, 'mcp_tool_calls_total', { status: 'denied' }), COUNTS.denied);
  assert.equal(sumOf(page, 'mcp_tool_call_duration_seconds_count'), toolCalls - COUNTS.denied);
  assert.equal(
    sumOf(page, 'traces_span_metrics_calls_total', { mcpguard_outcome: 'blocked' }),
    COUNTS.denied,
  );
  assert.equal(
    sumOf(page, 'traces_span_metrics_calls_total', { mcpguard_outcome: 'observed' }),
    COUNTS.observed,
  );
  assert.equal(
    sumOf(page, 'traces_span_metrics_calls_total', {
      error_type: 'tool_error',
      span_kind: 'SPAN_KIND_CLIENT',
    }),
    COUNTS.failing,
  );
  // `_total` and `_seconds` once; the agent's service is the job, and a process the instance.
  assert.doesNotMatch(page, /_total_total|_seconds_seconds/);
  assert.match(page, /^mcp_tool_calls_total\{[^}]*instance="[^"]+",job="busy-agent"/m);
  // A span's metrics are of its service, whichever process was the first.
  assert.doesNotMatch(page, /^traces_span_metrics_\w+\{[^}]*instance=/m);
  assert.match(page, /^traces_span_metrics_calls_total\{[^}]*job="busy-agent"/m);
  // Both sides of every call that was sent.
  const sent = toolCalls - COUNTS.denied;
  const sums = [
    ['mcp_tool_calls_total{job="busy-agent"}', toolCalls],
    [
      'traces_span_metrics_calls_total{span_kind="SPAN_KIND_CLIENT",mcp_method_name="tools/call",job="busy-agent"}',
      toolCalls,
    ],
    [
      'traces_span_metrics_duration_milliseconds_count{span_kind="SPAN_KIND_SERVER",mcp_method_name="tools/call"}',
      sent,
    ],
  ] as const;
  for (const server of prometheus) {
    for (const [series, expected] of sums) {
      // The server's last spans, and their metrics, can come a flush and a scrape later than the agent's.
      await server.eventually(
        `sum(${series}) is ${expected}`,
        async () => (await server.number(`sum(${series})`)) === expected,
      );
    }
    assert.ok(
      (await server.number('sum(otelcol_exporter_sent_spans{job="collector"})')) > 0,
      'the Collector’s own telemetry',
    );
  }
}

interface ExemplarSeries {
  seriesLabels: Record<string, string>;
  exemplars: { labels: { trace_id: string; span_id: string }; value: string }[];
}

/** What has exemplars, by the kind of calls that they have to be of. */
const WITH_EXEMPLARS = {
  denied: 'traces_span_metrics_calls_total{mcpguard_outcome="blocked"}',
  observed: 'traces_span_metrics_calls_total{mcpguard_outcome="observed"}',
  slow: 'traces_span_metrics_duration_milliseconds_bucket{gen_ai_tool_name="trigger-long-running-operation"}',
} as const satisfies Partial<Record<Kind, string>>;

/** Trace ids of the exemplars of `query` in one Prometheus. */
async function exemplarsOf(server: Prometheus, query: string): Promise<string[]> {
  const now = Date.now() / 1000;
  const range = { start: String(now - 300), end: String(now + 300) };
  const series: ExemplarSeries[] = await server.get('query_exemplars', { query, ...range });
  return series.flatMap(({ exemplars: found }) => found.map(({ labels }) => labels.trace_id));
}

async function haveExemplars(servers: readonly Prometheus[]): Promise<boolean> {
  const asked = servers.flatMap((server) =>
    Object.values(WITH_EXEMPLARS).map((query) => exemplarsOf(server, query)),
  );
  return (await Promise.all(asked)).every((found) => found.length > 0);
}

/** They are on the page from one flush to the next, and a busy machine's scrape can miss them: then there are more calls. */
async function exemplars(context: TestContext, stack: Stack, first: Calls): Promise<void> {
  const { jaeger, prometheus, collector } = stack;
  const runs = [first];
  while (runs.length < 4 && !(await haveExemplars(prometheus))) {
    const counts = { denied: 5, observed: 5, slow: 2 };
    runs.push(await runBusyAgent(context, { service: SERVICE, counts, otlpUrl: collector.otlpUrl }));
    await pause(5_000);
  }
  for (const server of prometheus) {
    for (const [kind, query] of Object.entries(WITH_EXEMPLARS)) {
      const kept = runs.flatMap(({ traces }) => traces[kind as Kind]);
      const found = await exemplarsOf(server, query);
      assert.ok(found.length > 0, `no exemplar for ${query}`);
      for (const id of found) {
        assert.ok(kept.includes(id), `${id} is none of the calls that ${query} counts`);
        assert.ok((await jaeger.trace(id)) !== undefined);
      }
    }
  }
}

async function performance(context: TestContext, { jaeger, collector }: Stack): Promise<void> {
  // A rate needs a count that grows; the first agent's were there at once.
  await runBusyAgent(context, {
    service: SERVICE,
    counts: { plain: 20, slow: 3 },
    otlpUrl: collector.otlpUrl,
  });
  interface Answer {
    metrics: {
      labels: { name: string; value: string }[];
      metricPoints: { gaugeValue: { doubleValue: number | string } }[];
    }[];
  }
  const ask = async (metric: string, more = ''): Promise<Answer> => {
    const query = `service=${SERVICE}&spanKind=client&groupByOperation=true&step=1000&ratePer=10000&lookback=60000${more}`;
    return (await (await fetch(`${jaeger.url}/api/metrics/${metric}?${query}`)).json()) as Answer;
  };
  const highest = ({ metrics }: Answer, operation: string): number => {
    const named = metrics.find(({ labels }) => labels.some(({ value }) => value === operation));
    return Math.max(
      ...(named?.metricPoints ?? [])
        .map(({ gaugeValue }) => Number(gaugeValue.doubleValue))
        .filter((one) => !Number.isNaN(one)),
    );
  };
  await jaeger.eventually(
    'calls per second of an operation',
    async () => highest(await ask('calls'), 'tools/call echo') > 0,
  );
  let slow = Number.NaN;
  await jaeger.eventually('p95 of an operation', async () => {
    slow = highest(await ask('latencies', '&quantile=0.95'), 'tools/call trigger-long-running-operation');
    return slow > 0;
  });
  // The page takes it for milliseconds; the call takes 700.
  assert.ok(slow > 500 && slow < 1000, `p95 ${slow}`);
}

async function anchors({ storage, collector }: Stack): Promise<void> {
  const file = join(storage, 'logs/agents.jsonl');
  await collector.eventually('the anchor is in the file', () =>
    readFileSync(file, 'utf8').includes('mcpguard.audit.anchor'),
  );
  assert.match(
    readFileSync(file, 'utf8'),
    /"key":"mcpguard\.audit\.hash","value":\{"stringValue":"[0-9a-f]{64}"\}/,
  );
}
