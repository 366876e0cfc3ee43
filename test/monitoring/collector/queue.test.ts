/** Nothing that the Collector has taken is lost while Jaeger is away and the Collector itself is started again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { startCollector, type Collector, type CollectorOptions } from '../../../tools/stack/collector';
import { startJaeger } from '../../../tools/stack/jaeger';
import { program } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import { endAfter } from './support/ends';
import { newTraceId, sendSpans } from './support/otlp-json';

const BATCHES = 20;
const BATCH = 25;

/** Sends spans that are worth keeping, and some that are not; returns the traces of the first. */
async function send(otlpUrl: string): Promise<string[]> {
  const ids: string[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const kept = Array.from({ length: BATCH }, newTraceId);
    ids.push(...kept);
    const spans = kept.map((traceId) => ({
      name: 'denied',
      traceId,
      attributes: { 'mcpguard.outcome': 'blocked' },
    }));
    await sendSpans(otlpUrl, [...spans, { name: 'plain' }]);
  }
  return ids;
}

/** The queue grows as long as spans are on their way to it. */
async function allWait(collector: Collector): Promise<void> {
  let [size, since] = [0, Date.now()];
  await collector.eventually('they wait in the queue', async () => {
    const now = await collector.own('otelcol_exporter_queue_size');
    if (now !== size) [size, since] = [now, Date.now()];
    return size > 0 && Date.now() - since > 2_000;
  });
}

async function awayAndBack(context: TestContext, signal: NodeJS.Signals): Promise<void> {
  const storage = await mkdtemp(join(tmpdir(), 'queue-'));
  context.after(() => rm(storage, { recursive: true, force: true }));
  const first = endAfter(context, await startJaeger());
  const options: CollectorOptions = {
    storage,
    env: { MCP_JAEGER_OTLP_ENDPOINT: first.otlpUrl, MCP_SAMPLING_PERCENT: '0' },
  };
  const before = endAfter(context, await startCollector(options));
  const arrived = await send(before.otlpUrl);
  await first.eventually(
    'Jaeger has the traces',
    async () => (await first.traces({ service: 'by-hand' })).length === arrived.length,
  );
  await first.stop();

  const waiting = await send(before.otlpUrl);
  await allWait(before);
  await before.stop(signal);

  const after = endAfter(context, await startCollector({ ...options, ports: before.ports }));
  const further = await send(after.otlpUrl);
  const second = endAfter(context, await startJaeger({ ports: first.ports }));
  const expected = [...waiting, ...further].toSorted();
  let found: string[] = [];
  await second.eventually(
    'Jaeger has what waited',
    async () => {
      found = (await second.traces({ service: 'by-hand' })).map(({ traceID: id }) => id).toSorted();
      return found.length >= expected.length;
    },
    60_000,
  );
  assert.deepEqual(found, expected);
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  void test(
    `Jaeger is away, the Collector gets ${signal}: nothing is lost`,
    { timeout: 120_000 },
    async (context) => {
      if (
        (await component(context, () => Promise.all([program('otelcol'), program('jaeger')]))) === undefined
      )
        return;
      await awayAndBack(context, signal);
    },
  );
}
