/** A monitor without an audit log: a call is one piece of work, and what is known of calls under way outlives a reload. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { CallRecord, Decision, McpCall } from '../../src/core/call';
import { MonitorInForce } from '../../src/pipeline/monitor-in-force';
import type { Recorder } from '../../src/pipeline/recorder';
import { policy, session, toolCall } from '../guards/support/input';

const allowed: Decision = {
  guard: 'tool_allowlist',
  verdict: 'allow',
  action: 'allowed',
  mode: 'observe',
  reason: 'allowed',
  stage: 'request',
};
const observed: Decision = { ...allowed, verdict: 'deny', action: 'observed', reason: 'denied_by_rule' };

const ended = (call: McpCall, decisions: readonly Decision[]): CallRecord => ({
  call,
  outcome: { status: 'success', result: { content: [] } },
  decisions,
  seconds: 0.01,
});

function inForce(): {
  readonly inForce: MonitorInForce;
  readonly each: (tell: (one: Recorder) => void) => void;
} {
  let recorders: readonly Recorder[] = [];
  const monitor = new MonitorInForce({
    signal() {},
    write() {},
    evicted() {},
    facts: () => ({}),
    subscribe(recorder) {
      recorders = [...recorders, recorder];
      return () => void (recorders = recorders.filter((other) => other !== recorder));
    },
  });
  return { inForce: monitor, each: (tell) => recorders.forEach(tell) };
}

const dropped = ({ monitoring }: MonitorInForce): number[] =>
  Array.from(monitoring.monitorDropped(), ({ value }) => value);

describe('a monitor without an audit log', () => {
  it('has one piece of work of a call, and none of what a server here is asked', () => {
    const { inForce: monitor, each } = inForce();
    monitor.prepare(policy({ monitor: {} }), [])();
    const served = { ...session(), role: 'server' as const };
    for (let index = 0; index < 10_001; index += 1) {
      const { call } = toolCall();
      each((recorder) => recorder.decided?.(call, [allowed]));
      each((recorder) => recorder.record(ended({ ...call, direction: 'incoming', session: served }, [])));
      each((recorder) => recorder.record(ended(call, [allowed])));
    }
    assert.deepEqual(dropped(monitor), [1, 0]);
  });

  it('lets go of results, or counts calls that it does not look at, before they fill the memory', () => {
    const { inForce: monitor, each } = inForce();
    monitor.prepare(policy({ monitor: {} }), [])();
    const text = 'x'.repeat(200_000);
    for (let index = 0; index < 100; index += 1) {
      const { call } = toolCall(index % 2 === 0 ? {} : { args: { text } });
      const result = index % 2 === 0 ? { content: [{ type: 'text', text }] } : { content: [] };
      each((recorder) => recorder.record({ ...ended(call, []), outcome: { status: 'success', result } }));
    }
    monitor.close();
    const [lost = 0] = dropped(monitor);
    assert.ok(lost > 50 && lost < 70, `${lost} of 100`);
    assert.equal(monitor.monitoring.observed, 100 - lost);
  });

  it('counts a call once that was under way when the policy was loaded again', () => {
    const { inForce: monitor, each } = inForce();
    monitor.prepare(policy({ monitor: {} }), [])();
    const { call } = toolCall();
    each((recorder) => recorder.decided?.(call, [observed]));
    monitor.prepare(policy({ monitor: {}, rules: [] }), [])();
    each((recorder) => recorder.record(ended(call, [observed])));
    monitor.close();
    assert.equal(monitor.monitoring.observed, 2, 'its denial, and its end');
  });
});
