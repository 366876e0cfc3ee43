/** The size guard counts what JSON would be, without making it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { McpCall } from '../../src/core/call';
import { compilePolicy } from '../../src/guards/compile';
import { createInputSizeGuard } from '../../src/guards/input-size';
import type { PolicyInput } from '../../src/policy/schema';
import { counters, policy, toolCall } from './support/input';

const FREE = { request_bytes: 1e9, depth: 1_000, keys: 1e9 };

function check(value: unknown, limits: Partial<typeof FREE>) {
  const call = { params: { name: 'tool', arguments: value } } as unknown as McpCall;
  return createInputSizeGuard({ ...FREE, ...limits }).check({ call, server: undefined, now: 0 });
}

function compile(input: Omit<PolicyInput, 'version' | 'id'>) {
  const { engine } = compilePolicy(policy(input), { clock: () => 0, counters: counters() });
  return (args: Record<string, unknown>) => engine.decide(toolCall({ args }));
}

describe('input_size', () => {
  it('bytes are those of the arguments as JSON, to the byte', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })),
      fc.array(fc.constantFrom('\ud800', '😀', 'é', '\n', '\u0001', '"', '\\', undefined, Number.MAX_VALUE)),
    );
    fc.assert(
      fc.property(values, (value) => {
        const bytes = Buffer.byteLength(JSON.stringify(value));
        assert.equal(check(value, { request_bytes: bytes })?.verdict, 'allow');
        const under = check(value, { request_bytes: bytes - 1 });
        assert.deepEqual([under?.verdict, under?.reason], ['deny', 'too_many_bytes']);
      }),
      { numRuns: 2_000 },
    );
  });

  it('depth and keys', () => {
    assert.equal(check({ a: { b: [1] } }, { depth: 3 })?.verdict, 'allow');
    assert.equal(check({ a: { b: [1] } }, { depth: 2 })?.reason, 'too_deep');
    assert.equal(check({ a: [1, 2], b: 3 }, { keys: 4 })?.verdict, 'allow');
    assert.equal(check({ a: [1, 2], b: 3 }, { keys: 3 })?.reason, 'too_many_keys');
  });

  it('a circle ends at the depth, and what JSON leaves out counts nothing', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    assert.equal(check(circle, { depth: 32 })?.reason, 'too_deep');
    assert.equal(check({ a: undefined, b: () => 1 }, { request_bytes: 2 })?.verdict, 'allow');
  });

  it('what writes itself counts as what it writes', () => {
    const date = new Date(0);
    const bytes = JSON.stringify(date).length;
    assert.equal(check(date, { request_bytes: bytes })?.verdict, 'allow');
    assert.equal(check(date, { request_bytes: bytes - 1 })?.verdict, 'deny');
  });

  it('100 MB cost less than a millisecond, as one text, as bytes and as many elements', () => {
    const limits = { request_bytes: 1_048_576, keys: 10_000, depth: 32 };
    const large = [
      'x'.repeat(100 * 1024 * 1024),
      Buffer.alloc(100 * 1024 * 1024),
      Array(10_000_000).fill(0),
      { nested: [{ text: 'y'.repeat(100 * 1024 * 1024) }] },
    ];
    for (const text of large) {
      const times = Array.from({ length: 9 }, () => {
        const from = performance.now();
        assert.equal(check({ text }, limits)?.verdict, 'deny');
        return performance.now() - from;
      });
      assert.ok(Math.min(...times) < 1, `${Math.min(...times)} ms`);
    }
  });

  it('what is not finite, boxed or a symbol counts as JSON has it', () => {
    const key = Symbol('s');
    const value = {
      a: [Number.NaN, -0, Number.POSITIVE_INFINITY, key, undefined, () => 1, true, false, null, 1e300],
      b: [new String('é'), new Number(1.5), new Boolean(false)],
      [key]: 1,
      e: { toJSON: (name: string) => ({ name, toJSON: () => 'not asked again' }) },
    };
    const bytes = Buffer.byteLength(JSON.stringify(value));
    assert.equal(check(value, { request_bytes: bytes })?.verdict, 'allow');
    assert.equal(check(value, { request_bytes: bytes - 1 })?.verdict, 'deny');
  });
});

describe('code of the caller', () => {
  const engine = compile({
    limits: { size: { request_bytes: 1e6, depth: 32, keys: 1_000 } },
    paths: { root: '/srv/data' },
    urls: {},
    content: {},
  });

  it('runs once for all guards: getters, toJSON and the traps of a proxy', () => {
    const ran: string[] = [];
    const args = new Proxy(
      {
        get path() {
          ran.push('getter');
          return 'a';
        },
        url: {
          toJSON(): string {
            ran.push('toJSON');
            return 'https://example.org/';
          },
        },
      },
      {
        get(target, key, receiver): unknown {
          if (key === 'path') ran.push('trap');
          return Reflect.get(target, key, receiver);
        },
      },
    );
    const { decisions } = engine(args);
    assert.deepEqual(ran, ['trap', 'getter', 'toJSON']);
    assert.deepEqual([...new Set(decisions.map(({ verdict }) => verdict))], ['allow']);
  });

  it('that throws is a failure of every guard that looks inside, once, and reaches nobody', () => {
    let ran = 0;
    const args = {
      get path(): string {
        ran += 1;
        throw new Error('of the caller');
      },
    };
    const { decisions } = engine(args);
    assert.equal(ran, 1);
    const failed = decisions.filter(({ verdict }) => verdict === 'error').map(({ guard }) => guard);
    assert.deepEqual(failed, ['input_size', 'path_traversal', 'url', 'content']);
  });
});
