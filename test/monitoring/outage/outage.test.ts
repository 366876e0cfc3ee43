/**
 * The Collector is stopped under load, for two seconds and for sixty: what an agent sent and what arrived differ by the loss that
 * it reports, on stderr and as `mcpguard.export.dropped`; sums of metrics are complete afterwards; and the agent's calls are as
 * before. Behind the Collector (the shipped configuration, every trace kept) stands a receiver that counts spans.
 *
 * Three agents with 50 calls a second: one with the standard queue, one whose queue overflows, one without telemetry to compare.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { component } from '../../real/support/component';
import { startOtlpReceiver } from '../../support/otlp-receiver';
import { RATE, Stand, TRACED, type Call, type Name, type Outage } from './support/stand';

describe('the Collector is stopped under load', () => {
  let stand: Stand;
  let isDone = false;
  before(async () => {
    stand = new Stand(await startOtlpReceiver());
  });
  after(() => stand.close());

  const check = (name: string, body: () => void): void => {
    test(name, (t) => (isDone ? body() : t.skip('nothing was started')));
  };

  test('agents run through an outage of two seconds and one of a minute', async (t) => {
    stand.collector = await component(t, () => stand.startCollector(undefined));
    if (stand.collector === undefined) return;
    await stand.run();
    isDone = true;
    for (const name of TRACED) {
      t.diagnostic(
        `${name}: ${stand.made(name)} spans made, ${stand.arrived(name)} arrived, ${lostOnStderr(name)} lost`,
      );
    }
  });

  const ended = (name: Name) => {
    const found = stand.ended.get(name);
    assert.ok(found, name);
    return found;
  };

  /** What the line at exit says. */
  const lostOnStderr = (name: Name): number =>
    Number(/not delivered: (\d+) spans \(/.exec(ended(name).result.stderr)?.[1] ?? 0);

  check('two seconds: nothing is lost by an agent with the standard queue', () => {
    assert.equal(stand.lostInShort, 0);
  });

  for (const name of TRACED) {
    check(`sent minus arrived is the loss that is reported: ${name}`, () => {
      const lost = stand.made(name) - stand.arrived(name);
      assert.ok(lost > 0, 'a minute is more than can be held');
      const away = stand.outages.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
      assert.ok(lost < 1.2 * RATE * (away + 5), `${lost} spans in ${away} s: it is the outage’s`);
      assert.equal(lostOnStderr(name), lost, ended(name).result.stderr);
      assert.equal(stand.lost(name, 'traces'), lost);
      assert.equal(stand.lost(name, 'metrics'), 0);
    });

    check(`sums of metrics are complete: ${name}`, () => {
      const { calls } = ended(name);
      const of = (metric: string, labels = {}) => stand.metric(stand.page, metric, name, labels);
      assert.equal(of('mcp_tool_calls_total'), calls.length);
      assert.equal(of('mcp_tool_call_duration_seconds_count'), calls.length);
      const operation = { mcp_method_name: 'tools/call' };
      assert.equal(of('mcp_client_operation_duration_seconds_count', operation), calls.length);
    });

    check(`the calls are as before: ${name}`, () => {
      const { calls, result } = ended(name);
      assert.equal(result.code, 0, result.stderr);
      assert.deepEqual(
        calls.filter(({ isRight }) => !isRight),
        [],
      );
      const [, long] = stand.outages;
      assert.ok(long);
      const there = during(calls, long);
      const without = during(ended('untouched').calls, long);
      assert.ok(there.length > 0.7 * without.length, `${there.length} calls; ${without.length} without us`);
      // What waits for an export waits for a second or more; and others may use this machine, too.
      const [mine, other] = [slowing(calls, long), slowing(ended('untouched').calls, long)];
      assert.ok(mine < 3 * Math.max(1, other) + 1, `median ${mine} times as long; without us ${other}`);
      assert.ok(quantile(there, 0.99) < 1000, `99 % of the calls take less than ${quantile(there, 0.99)} ms`);
    });

    check(`it is said once that spans and metrics do not leave, and once what was lost: ${name}`, () => {
      const { result } = ended(name);
      const lines = result.stderr.split('\n').filter((line) => line !== '' && line !== 'ready');
      const patterns = [
        /: traces could not be exported to /,
        /: metrics could not be exported to /,
        /: not delivered: /,
      ];
      for (const pattern of patterns) {
        assert.equal(lines.filter((line) => pattern.test(line)).length, 1, result.stderr);
      }
      assert.equal(lines.length, patterns.length, result.stderr);
    });
  }

  check('an overflowing queue says so', () => {
    assert.match(ended('overflowing').result.stderr, /queue full/);
  });
});

const during = (calls: readonly Call[], { from, to }: Outage): Call[] =>
  calls.filter(({ startedAt }) => startedAt >= from && startedAt <= to);

function quantile(calls: readonly Call[], q: number): number {
  const sorted = calls.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

/** How many times as long the median call takes during an outage. */
function slowing(calls: readonly Call[], outage: Outage): number {
  const inside = new Set(during(calls, outage));
  const outside = calls.filter((call) => !inside.has(call));
  return quantile([...inside], 0.5) / quantile(outside, 0.5);
}
