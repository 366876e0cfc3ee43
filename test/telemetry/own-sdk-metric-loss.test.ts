/** Which metric points of a failed export are lost: those that no later export makes good. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InstrumentLedger } from '../../src/telemetry/ledger';
import { Delivery } from '../../src/telemetry/own-sdk/delivery';
import type { ExportThread, JobDone } from '../../src/telemetry/own-sdk/export-thread';
import type { ScopeMetricsLike } from '../../src/telemetry/own-sdk/metric-data';
import { MetricPush } from '../../src/telemetry/own-sdk/metric-export';
import { SIGNALS } from '../../src/telemetry/signals';

const [DELTA, CUMULATIVE] = [0, 1];
const PLAN = { traces: ['otlp'], metrics: ['otlp'], logs: [] } as const;

function push() {
  const delivery = new Delivery({}, PLAN);
  const ledger = new InstrumentLedger();
  ledger.observe(SIGNALS.exportDropped, () => [{ attributes: { signal: 'traces' }, value: 0 }]);
  const jobs: JobDone[] = [];
  // Stands for a thread whose collector answers when and what the test says.
  const thread = { post: (_job: unknown, done: JobDone) => void jobs.push(done) } as unknown as ExportThread;
  const metrics = new MetricPush({
    exporter: 'otlp',
    scope: { name: 'ours' },
    resource: { attributes: {} },
    ledger,
    thread,
    delivery,
    temporalityPreference: undefined,
  });
  const send = (scope: string, aggregationTemporality: number) => {
    metrics.export(
      { resource: { attributes: {} }, scopeMetrics: [two(scope, aggregationTemporality)] },
      () => {},
    );
  };
  const answer = (error?: string) => jobs.shift()?.(error);
  return {
    metrics,
    send,
    answer,
    lost: () => Object.fromEntries(delivery.states().map(({ signal, lost }) => [signal, lost])),
  };
}

/** Two points of one counter. */
function two(scope: string, aggregationTemporality: number): ScopeMetricsLike {
  const point = { startTime: [1, 0], endTime: [2, 0], value: 1 } as const;
  const descriptor = { name: 'c', description: '', unit: '{call}', valueType: 1 };
  const dataPoints = ['a', 'b'].map((tool) => ({ ...point, attributes: { tool } })) as never;
  return {
    scope: { name: scope },
    metrics: [{ descriptor, aggregationTemporality, dataPointType: 3, isMonotonic: true, dataPoints }],
  };
}

describe('a failed export of metrics', () => {
  test('cumulative sums come again: nothing is lost', () => {
    const { send, answer, lost } = push();
    send('ours', CUMULATIVE);
    send('other', CUMULATIVE);
    answer('refused');
    answer('refused');
    assert.deepEqual(lost(), { traces: 0, metrics: 0 });
  });

  test('differences: ours come at exit, those of other libraries never', () => {
    const { send, answer, lost } = push();
    send('ours', DELTA);
    answer('refused');
    assert.deepEqual(lost(), { traces: 0, metrics: 0 });
    send('other', DELTA);
    answer('refused');
    assert.deepEqual(lost(), { traces: 0, metrics: 2 });
  });

  test('differences that were under way when the end began are lost', () => {
    const { metrics, send, answer, lost } = push();
    send('ours', DELTA);
    metrics.sendRemainder();
    answer('refused');
    assert.deepEqual(lost(), { traces: 0, metrics: 2 });
  });

  test('what is refused at exit is lost once, however often it is tried', () => {
    const { metrics, answer, lost } = push();
    metrics.sendRemainder();
    answer('refused');
    assert.deepEqual(lost(), { traces: 0, metrics: 1 });
    metrics.sendRemainder();
    assert.equal(answer('refused'), undefined);
    assert.deepEqual(lost(), { traces: 0, metrics: 1 });
  });
});
