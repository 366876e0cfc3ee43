/**
 * What `enforce` changes of a call that goes on: hidden characters taken out of arguments and results, results withheld, and
 * time limits. Under `observe` all of it stays as it was.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { join } from 'node:path';

import type { Mode } from './support/denials';
import { callsTo, node, runGuarded, type GuardedRun, type Policy, type Step } from './support/guarded-run';
import { PROGRAMS, SIDES } from './support/nine-cases';

const HIDDEN = 'pay\u202Eload\u200B \u{E0041}';
const VISIBLE = 'payload ';
/** Faster, and nothing here looks at it. */
const NO_TELEMETRY = { OTEL_MCP_SDK: 'off' };

for (const side of SIDES) {
  const { agent, echo, textArgument } = side;
  const step: Step = { call: 'echo', arguments: { [textArgument]: HIDDEN } };
  const run = (mode: Mode, content: Policy['content']): Promise<GuardedRun> =>
    runGuarded({
      agent,
      servers: { main: echo },
      steps: [step],
      policy: { mode, content },
      env: NO_TELEMETRY,
    });
  const sent = ({ servers }: GuardedRun): unknown => callsTo(servers['main']);
  const answered = ({ outcomes }: GuardedRun): string | undefined => outcomes[0]?.result?.content?.[0]?.text;

  describe(`hidden characters: ${side.name}`, () => {
    test('taken out of arguments', async () => {
      const content: Policy['content'] = { hidden_characters: 'strip', in: ['arguments'] };
      const [enforced, observed] = await Promise.all([run('enforce', content), run('observe', content)]);
      assert.deepEqual(sent(enforced), [['echo', { [textArgument]: VISIBLE }]]);
      assert.deepEqual(sent(observed), [['echo', { [textArgument]: HIDDEN }]]);
      const actions = [enforced, observed].map(
        ({ audit }) => audit.find(({ method }) => method === 'tools/call')?.action,
      );
      assert.deepEqual(actions, ['modified', 'observed']);
    });

    test('taken out of results', async () => {
      const content: Policy['content'] = { hidden_characters: 'strip', in: ['results'] };
      const [enforced, observed] = await Promise.all([run('enforce', content), run('observe', content)]);
      assert.deepEqual(sent(enforced), sent(observed));
      assert.ok(answered(enforced)?.includes(VISIBLE), answered(enforced));
      assert.ok(answered(observed)?.includes(HIDDEN), answered(observed));
    });

    test('a result that has some is withheld: the call was made and keeps its time', async () => {
      const content: Policy['content'] = { in: ['results'] };
      const [enforced, observed] = await Promise.all([run('enforce', content), run('observe', content)]);
      const { thrown } = enforced.outcomes[0] ?? {};
      assert.deepEqual(
        [thrown?.code, thrown?.kind, thrown?.guard],
        ['MCP_GUARD_DENIED', 'input_rejected', 'content'],
      );
      assert.deepEqual(sent(enforced), [['echo', { [textArgument]: HIDDEN }]]);
      assert.ok(answered(observed)?.includes(HIDDEN));
      const denial = enforced.audit.find(({ event }) => event === 'mcp_input_rejected');
      assert.deepEqual([denial?.action, denial?.success, denial?.outcome], ['blocked', false, 'denied']);
      assert.ok((denial?.latency_ms ?? 0) > 0, 'its latency');
    });
  });
}

describe('time limits', () => {
  const [v1, v2] = SIDES;
  const servers = { v1: 'echo-server-v1.cjs', v2: 'echo-server-v2.cjs' };
  const sides = [
    ['v1', v1, servers.v1],
    ['v2', v2, servers.v2],
  ] as const;
  for (const [major, side, server] of sides) {
    test(`${major}: a call that takes too long ends as the SDK ends it, and is no denial`, async () => {
      assert.ok(side);
      const slow: Step = { call: 'slow', arguments: { ms: 1500 } };
      const run = (mode: Mode): Promise<GuardedRun> =>
        runGuarded({
          agent: side.agent,
          servers: { main: node(join(PROGRAMS, server)) },
          steps: [slow],
          policy: { mode, timeout: { '*/slow': '300ms' } },
          env: NO_TELEMETRY,
        });
      const [enforced, observed] = await Promise.all([run('enforce'), run('observe')]);
      const { thrown } = enforced.outcomes[0] ?? {};
      assert.match(thrown?.message ?? '', /timed? ?out/i);
      assert.notEqual(thrown?.code, 'MCP_GUARD_DENIED');
      const line = enforced.audit.find(({ method }) => method === 'tools/call');
      assert.deepEqual([line?.event, line?.outcome, line?.error_type], ['mcp_tool_call', 'error', 'timeout']);
      assert.equal(observed.outcomes[0]?.result?.content?.[0]?.text, 'slow but sure');
    });
  }
});
