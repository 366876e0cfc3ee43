/** Which messages the guards of a policy are asked about, and what they may change of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { McpCall } from '../../src/core/call';
import { compilePolicy } from '../../src/guards/compile';
import type { Admission } from '../../src/pipeline/guards';
import { PolicyGuards } from '../../src/pipeline/policy-guards';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, toolCall } from '../guards/support/input';

const HIDDEN = '\u200b';

function guardsOf(input: Omit<PolicyInput, 'version' | 'id'>): (call: Partial<McpCall>) => Admission {
  const written = policy({ mode: 'enforce', ...input });
  const clock = () => 0;
  const guards = new PolicyGuards(
    compilePolicy(written, { clock, counters: counters() }),
    written.deny_as,
    clock,
  );
  return (call) => guards.decide({ ...toolCall().call, ...call }) as Admission;
}

const params = { name: 'search', arguments: { text: `a${HIDDEN}b` }, _meta: { progressToken: 1 } };
const strips = guardsOf({ content: { hidden_characters: 'strip' } });
const denies = guardsOf({ content: {} });

describe('what goes out', () => {
  it('is a copy without hidden characters, and otherwise what the SDK sends', () => {
    const sent = { ...params, task: { ttl: 1 } };
    assert.deepEqual(strips({ params }).rewrite?.(sent), { ...sent, arguments: { text: 'ab' } });
    assert.equal(params.arguments.text, `a${HIDDEN}b`);
  });

  it('is stripped in the further requests of a call too', () => {
    const { call: parent } = toolCall();
    const admission = strips({ params, parent });
    assert.deepEqual(admission.decisions, []);
    assert.deepEqual(admission.rewrite?.(params)['arguments'], { text: 'ab' });
  });

  it('is the caller’s own where there is nothing to strip', () => {
    const clean = { name: 'search', arguments: { text: 'ab' } };
    assert.ok(!('rewrite' in strips({ params: clean })));
    assert.ok(!('rewrite' in strips({ params: clean, parent: toolCall().call })));
  });

  it('has the URI of a resource stripped, and the rules see it so', () => {
    const guards = guardsOf({
      content: { hidden_characters: 'strip' },
      rules: [{ id: 'no', deny: { resource: 'demo://secret' } }],
    });
    const read = (uri: string) =>
      guards({ method: 'resources/read', target: { type: 'resource', name: uri }, params: { uri } });
    assert.deepEqual(read(`demo://o${HIDDEN}pen`).rewrite?.({ uri: 'x' }), { uri: 'demo://open' });
    assert.equal(read(`demo://se${HIDDEN}cret`).denial?.errorType, 'access_denied');
  });
});

describe('what comes in', () => {
  const sampling = {
    direction: 'incoming',
    method: 'sampling/createMessage',
    target: undefined,
    params: { messages: [{ role: 'user', content: { type: 'text', text: `a${HIDDEN}b` } }] },
  } as const;

  it('from a server is denied where it cannot be stripped', () => {
    for (const guards of [strips, denies]) {
      const { denial, refusal } = guards(sampling);
      assert.equal(denial?.errorType, 'input_rejected');
      assert.ok(refusal && 'error' in refusal);
    }
  });

  for (const [method, value] of [
    ['resources/read', { contents: [{ uri: 'demo://a', text: `a${HIDDEN}b` }] }],
    ['prompts/get', { messages: [{ role: 'user', content: { type: 'text', text: `a${HIDDEN}b` } }] }],
  ] as const) {
    it(`as the result of ${method} is reviewed`, () => {
      const call = { method, target: undefined, params: { uri: 'demo://a' } };
      const denied = denies(call).review?.(value);
      assert.equal(denied?.denial?.errorType, 'input_rejected');
      assert.equal(denied?.denial?.result, undefined);
      assert.deepEqual(
        strips(call).review?.(value).value,
        JSON.parse(JSON.stringify(value).replace(HIDDEN, '')),
      );
    });
  }

  it('is not reviewed where no guard looks at results', () => {
    const guards = guardsOf({ content: { in: ['arguments'] } });
    assert.ok(!('review' in guards({ params: { name: 'search', arguments: {} } })));
    assert.ok(!('review' in guards({ method: 'tools/list' })));
  });

  it('as a list that is none is left as it is', () => {
    const admission = denies({ method: 'tools/list' });
    for (const value of [undefined, {}, { tools: 'none' }, { tools: [null] }]) {
      assert.deepEqual(admission.review?.(value), { decisions: [], value });
    }
  });

  it('as a list keeps what is not in question', () => {
    const tools = [{ name: 'a' }, { name: 'b', description: HIDDEN }];
    const list = { tools, nextCursor: 'next', _meta: { x: 1 } };
    assert.deepEqual(denies({ method: 'tools/list' }).review?.(list).value, { ...list, tools: [tools[0]] });
    assert.equal(list.tools.length, 2);
  });

  it('with a decision of a guard that allowed the request before has it once', () => {
    const admission = denies({ params: { name: 'search', arguments: {} } });
    assert.deepEqual(admission.review?.({ content: [] }).decisions, []);
  });
});
