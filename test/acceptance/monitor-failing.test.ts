/** A monitor that throws, is slow, or does not come along: its agent is as without it, and what was not looked at is counted. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { callsTo, runGuarded, type GuardedRun, type Policy, type Step } from './support/guarded-run';
import { SIDES } from './support/nine-cases';

const CALLS = 20;
const POLICY: Policy = { mode: 'observe', rules: [{ id: 'only-echo', allow: { tool: 'echo' } }] };

const preloading = (program: string): readonly string[] => [
  '--require',
  join(REPOSITORY, 'test/acceptance/programs', program),
];

/** What the agent got; a server says what trace context came to it. */
const seenBy = ({ connected, outcomes }: GuardedRun): string =>
  JSON.stringify([connected, outcomes]).replaceAll(/00-\w{32}-\w{16}-01/g, 'traceparent');

const dropped = ({ points }: GuardedRun): Record<string, number> =>
  Object.fromEntries(
    points
      .filter(({ name }) => name === 'mcpguard.monitor.dropped')
      .map(({ attributes, value }) => [attributes['reason'] as string, Number(value)]),
  );

for (const { name, agent, echo, textArgument } of SIDES) {
  const steps: Step[] = Array.from({ length: CALLS }, (_, index) =>
    index % 4 === 3
      ? { call: 'whoami', arguments: {} }
      : { call: 'echo', arguments: { [textArgument]: String(index) } },
  );
  const run = (policy: Policy, nodeArgs: readonly string[] = []): Promise<GuardedRun> =>
    runGuarded({ agent: { ...agent, nodeArgs }, servers: { main: echo }, steps, policy });

  describe(`a monitor in trouble: ${name}`, () => {
    let without: GuardedRun;
    before(async () => {
      without = await run(POLICY);
      assert.equal(callsTo(without.servers['main']).length, CALLS);
      assert.deepEqual(dropped(without), {}, 'no monitor, no metric of it');
    });

    const isAsWithout = (watched: GuardedRun): void => {
      assert.equal(seenBy(watched), seenBy(without));
      assert.deepEqual(callsTo(watched.servers['main']), callsTo(without.servers['main']));
      const events = ({ audit }: GuardedRun): string[] => audit.map(({ event }) => event);
      assert.deepEqual(events(watched), events(without));
    };

    test('it throws: every line is counted as lost, and that is said once', async () => {
      const broken = await run({ ...POLICY, monitor: {} }, preloading('monitor-throwing.cjs'));
      isAsWithout(broken);
      const lines = broken.audit.filter(({ call_id: id }) => id !== undefined).length;
      assert.deepEqual(dropped(broken), { queue_full: 0, failed: lines });
      assert.equal(broken.program.stderr.match(/monitor failed and was bypassed/g)?.length, 1);
    });

    test('it is slow: it has looked at a part when the agent ends, and says how much it has not', async () => {
      const slow = await run({ ...POLICY, monitor: {} }, preloading('monitor-slow.cjs'));
      isAsWithout(slow);
      const { queue_full: lost = 0, failed } = dropped(slow);
      assert.equal(failed, 0);
      const lines = slow.audit.filter(({ call_id: id }) => id !== undefined).length;
      assert.ok(lost > 0 && lost < lines, `${lost} of ${lines}`);
    });
  });
}
