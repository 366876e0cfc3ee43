/** Which traces are kept, kind by kind, while the rest is not kept at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { newTraceId, sendSpans, type SpanInput } from './support/otlp-json';
import { startRig } from './support/sink';

const decision = (attributes: Record<string, string>): NonNullable<SpanInput['events']> => [
  { name: 'mcpguard.decision', attributes },
];
const METHOD = { 'mcp.method.name': 'tools/call' };

const KEPT: readonly SpanInput[] = [
  { name: 'blocked', attributes: { 'mcpguard.outcome': 'blocked' } },
  { name: 'observed', attributes: { 'mcpguard.outcome': 'observed' } },
  { name: 'a guard failed open', attributes: { 'mcpguard.outcome': 'failed_open' } },
  {
    name: 'denied in an event',
    events: decision({ 'mcpguard.verdict': 'deny', 'mcpguard.action': 'blocked' }),
  },
  {
    name: 'observed in an event',
    events: decision({ 'mcpguard.verdict': 'deny', 'mcpguard.action': 'observed' }),
  },
  { name: 'a guard failed in an event', events: decision({ 'mcpguard.verdict': 'error' }) },
  { name: 'status ERROR', error: '' },
  { name: 'a tool error whose status was overwritten', attributes: { 'error.type': 'tool_error' } },
  {
    name: 'the caller’s fault, on the server',
    kind: 'SERVER',
    attributes: { 'rpc.response.status_code': '-32602' },
  },
  { name: 'a slow call', ms: 1000, attributes: METHOD },
  { name: 'a long run', ms: 60_001, kind: 'INTERNAL' },
  { name: 'mcpguard.finding' },
];

const DROPPED: readonly SpanInput[] = [
  { name: 'plain', attributes: METHOD },
  { name: 'allowed', attributes: { ...METHOD, 'mcpguard.outcome': 'allowed' } },
  { name: 'modified', attributes: { ...METHOD, 'mcpguard.outcome': 'modified' } },
  {
    name: 'allowed in an event',
    events: decision({ 'mcpguard.verdict': 'allow', 'mcpguard.action': 'allowed' }),
  },
  { name: 'not our event', events: [{ name: 'other', attributes: { 'mcpguard.verdict': 'deny' } }] },
  { name: 'nearly slow', ms: 990, attributes: METHOD },
  { name: 'slow, and no MCP call', ms: 5000, kind: 'INTERNAL' },
];

const ENV = { MCP_SAMPLING_PERCENT: '0', MCP_DECISION_WAIT: '1s' };
/** Longer than what is not kept is remembered for. */
const FORGOTTEN_MS = 3_000;

for (const file of ['collector.yaml', 'collector-gateway.yaml']) {
  void test(`${file}: what is worth keeping is kept, and nothing else`, async (context) => {
    const rig = await startRig(context, { config: ['redaction.yaml', file], env: ENV });
    if (rig === undefined) return;
    await sendSpans(rig.collector.otlpUrl, [...KEPT, ...DROPPED]);
    await rig.backend.waitFor(({ spans }) => spans.length >= KEPT.length, 10_000);
    await pause(FORGOTTEN_MS);
    const names = (spans: readonly { name: string }[]): string[] => spans.map(({ name }) => name).toSorted();
    assert.deepEqual(names(rig.backend.spans), names(KEPT));
  });
}

void test('a trace is kept with what came before and what comes after', async (context) => {
  const rig = await startRig(context, { env: ENV });
  if (rig === undefined) return;
  const { collector, backend } = rig;
  const traceId = newTraceId();
  const send = (name: string, more: Partial<SpanInput> = {}): Promise<void> =>
    sendSpans(collector.otlpUrl, [{ name, traceId, ...more }]);
  await send('early');
  await send('denied', { attributes: { 'mcpguard.outcome': 'blocked' } });
  await backend.waitFor(({ spans }) => spans.length === 2, 10_000);
  await pause(FORGOTTEN_MS);
  await send('late');
  await backend.waitFor(({ spans }) => spans.length === 3, 10_000);
  assert.deepEqual(
    backend.spans.map(({ name }) => name),
    ['early', 'denied', 'late'],
  );
});

void test('a denial is kept although its trace was found not worth keeping before', async (context) => {
  const rig = await startRig(context, { env: ENV });
  if (rig === undefined) return;
  const { collector, backend } = rig;
  const traceId = newTraceId();
  await sendSpans(collector.otlpUrl, [{ name: 'early', traceId }]);
  await collector.eventually(
    'the trace has been dropped',
    async () =>
      (await collector.own('otelcol_processor_tail_sampling_global_count_traces_sampled', {
        decision: 'not_sampled',
      })) === 1,
  );
  await sendSpans(collector.otlpUrl, [
    { name: 'denied', traceId, attributes: { 'mcpguard.outcome': 'blocked' } },
  ]);
  await sendSpans(collector.otlpUrl, [{ name: 'afterwards', traceId }]);
  await backend.waitFor(({ spans }) => spans.length === 2, 10_000);
  assert.deepEqual(
    backend.spans.map(({ name }) => name),
    ['denied', 'afterwards'],
  );
});
