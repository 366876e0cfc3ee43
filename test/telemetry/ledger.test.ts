/** The synchronous ledger says what an SDK says: the same sums, counts, extremes and buckets for the same records. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { metrics } from '@opentelemetry/sdk-node';
import * as fc from 'fast-check';

import type { CallRecord, McpCall, Outcome, Session } from '../../src/core/call';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { createInstruments } from '../../src/telemetry/instruments';
import { InstrumentLedger, SeriesTable, addToSeries } from '../../src/telemetry/ledger';
import { CallMetrics } from '../../src/telemetry/metrics';
import { SIGNALS } from '../../src/telemetry/signals';

class CumulativeReader extends metrics.MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

interface Sums {
  readonly sum: number;
  readonly count?: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly buckets?: readonly number[];
  readonly boundaries?: readonly number[];
}

const keyOf = (name: string, attributes: object) =>
  `${name} ${JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => a.localeCompare(b)))}`;

/** What the SDK's reader reports, by metric and label set. */
function reported(data: metrics.ResourceMetrics): Map<string, Sums> {
  const all = data.scopeMetrics.flatMap(({ metrics: list }) => list);
  return new Map(
    all.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }): [string, Sums] => {
        const key = keyOf(descriptor.name, attributes);
        if (typeof value === 'number') return [key, { sum: value }];
        const { sum = 0, count, min, max, buckets } = value as metrics.Histogram;
        return [key, { sum, count, min, max, buckets: buckets.counts, boundaries: buckets.boundaries }];
      }),
    ),
  );
}

/** What the ledger says, by metric and label set. */
function ledgered(ledger: InstrumentLedger): Map<string, Sums> {
  const found = new Map<string, Sums>();
  for (const { name, boundaries, series } of ledger.read()) {
    for (const { attributes, sum, count, min, max, buckets } of series) {
      const sums = buckets === undefined ? { sum } : { sum, count, min, max, buckets, boundaries };
      found.set(keyOf(name, attributes), sums as Sums);
    }
  }
  return found;
}

/** Equal but for the rounding of sums, which are added in another order. */
function assertSame(one: Map<string, Sums>, other: Map<string, Sums>): void {
  assert.deepEqual([...one.keys()].toSorted(), [...other.keys()].toSorted());
  for (const [key, sums] of one) {
    const { sum, ...rest } = sums;
    const { sum: otherSum, ...otherRest } = other.get(key) as Sums;
    assert.ok(
      Math.abs(sum - otherSum) <= 1e-9 * Math.max(1, Math.abs(sum)),
      `${key}: ${sum} and ${otherSum}`,
    );
    assert.deepEqual(rest, otherRest, key);
  }
}

const session: Session = {
  role: 'client',
  transport: 'streamable_http',
  identity: 'x',
  serverId: 'http://x',
  address: 'x',
  port: 80,
  startedAt: 0,
  protocolVersion: '2025-11-25',
  sessionId: undefined,
  serverName: undefined,
  clientName: undefined,
};

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant<Outcome>({ status: 'success' }),
  fc.constantFrom<Outcome>(
    { status: 'error', errorType: 'tool_error' },
    { status: 'error', errorType: '-32602', rpcCode: -32_602 },
    { status: 'denied', errorType: 'rate_limited' },
  ),
);

/** Durations on and around the bucket boundaries, and anything else. */
const seconds = fc.oneof(
  fc.constantFrom(...SIGNALS.toolCallDuration.boundaries, 0, 0.010_000_001, 299.999, 1e6),
  fc.double({ min: 0, max: 400, noNaN: true }),
);

const record: fc.Arbitrary<CallRecord> = fc
  .record({
    tool: fc.constantFrom('a', 'b', 'c'),
    user: fc.option(fc.constantFrom('u', 'v'), { nil: undefined }),
    method: fc.constantFrom('tools/call', 'tools/list', 'made/up'),
    direction: fc.constantFrom('outgoing', 'incoming'),
    outcome,
    seconds,
  })
  .map(({ tool, user, method, direction, outcome: how, seconds: time }) => {
    const call: McpCall = {
      direction: direction,
      kind: 'request',
      method,
      target: method === 'tools/call' ? { type: 'tool', name: tool } : undefined,
      params: undefined,
      session,
      identity: { userId: user, agentName: 'agent' },
      requestId: 1,
    };
    return { call, outcome: how, decisions: [], seconds: time };
  });

describe('the ledger beside an SDK', () => {
  it('has the same series, sums, counts, extremes and buckets, however often the SDK collects', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.nat({ max: 5 }),
        async (records, collections) => {
          const reader = new CumulativeReader();
          const provider = new metrics.MeterProvider({ readers: [reader] });
          const ledger = new InstrumentLedger();
          const connections = [{ attributes: { server_id: 's', agent_name: 'a' }, value: 3 }];
          const instruments = createInstruments(provider.getMeter('test'), ledger, {
            activeConnections: () => connections,
            internalErrors: () => [],
            exportDropped: () => [],
          });
          const calls = new CallMetrics();
          const every = Math.ceil(records.length / (collections + 1));
          for (const [n, one] of records.entries()) {
            calls.recordCall(instruments, one, 'plain', ROOT_CONTEXT);
            if (n % every === 0) await reader.collect();
          }
          calls.recordSession(instruments, { session, seconds: 1.5, errorType: undefined });
          calls.recordConnectionError(instruments, session, 'timeout');
          const { resourceMetrics } = await reader.collect();
          assertSame(ledgered(ledger), reported(resourceMetrics));
          await provider.shutdown();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a series', () => {
  const tableOf = (signal = SIGNALS.toolCallDuration) => new SeriesTable(signal, () => {});

  it('a value on a boundary belongs to the bucket below it', () => {
    const { boundaries } = SIGNALS.toolCallDuration;
    const series = tableOf().series('x', {}, (all) => all);
    for (const boundary of boundaries) addToSeries(series, boundary, boundaries);
    assert.deepEqual(series.buckets, [...boundaries.map(() => 1), 0]);
    addToSeries(series, 301, boundaries);
    assert.equal(series.buckets?.at(-1), 1);
    assert.deepEqual([series.min, series.max, series.count], [0.01, 301, 15]);
  });

  it('equal keys are one series', () => {
    const table = tableOf();
    const one = table.series('k', { a: 'b' }, (all) => all);
    assert.equal(
      table.series('k', { a: 'b' }, (all) => all),
      one,
    );
    assert.equal(table.size, 1);
  });

  it('reading a ledger without records gives nothing', () => {
    const ledger = new InstrumentLedger();
    ledger.table(SIGNALS.toolCalls, () => {});
    assert.deepEqual([...ledger.read()], []);
  });
});
