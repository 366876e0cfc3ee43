import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { SecondChanceMap } from '../../src/monitor/second-chance-map';

describe('a map with second chances', () => {
  test('holds no more than it may, what it was last given, and tells of every key that goes', () => {
    const step = fc.record({
      kind: fc.constantFrom('set', 'get', 'delete'),
      key: fc.nat(12),
      value: fc.nat(1_000),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
        const known = new Map<number, number>();
        const map = new SecondChanceMap<number>(max, (key, value) => {
          assert.equal(known.get(key), value);
          known.delete(key);
        });
        for (const { kind, key, value } of steps) {
          if (kind === 'get') assert.equal(map.get(key), known.get(key));
          else if (kind === 'delete') {
            map.delete(key);
            known.delete(key);
          } else {
            map.set(key, value);
            known.set(key, value);
          }
          assert.ok(map.size <= max);
          assert.equal(map.size, known.size);
        }
        assert.deepEqual(new Map([...map].map(([key, value]) => [key, value])), known);
      }),
    );
  });

  test('keeps what is used, forgets the rest in order', () => {
    const gone: string[] = [];
    const map = new SecondChanceMap<string>(3, (key) => gone.push(key));
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    map.get('a');
    map.set('d', 1);
    map.set('e', 1);
    assert.deepEqual(gone, ['b', 'c']);
    assert.equal(map.peek('a'), 1);
    map.set('f', 1);
    assert.deepEqual(gone, ['b', 'c', 'a']);
  });

  test('goes on in the same order after it was loaded', () => {
    const gone: number[][] = [[], []];
    const first = new SecondChanceMap<number>(40, (key) => gone[0]!.push(key));
    for (let at = 0; at < 300; at += 1) {
      first.set((at * 37) % 101, at);
      first.get((at * 11) % 101);
    }
    gone[0] = [];
    const second = new SecondChanceMap<number>(40, (key) => gone[1]!.push(key));
    for (const [key, value, isUsed] of first) second.load(key, value, isUsed);
    for (const map of [first, second]) for (let at = 0; at < 200; at += 1) map.set(1_000 + (at % 60), at);
    assert.deepEqual(gone[1], gone[0]);
  });

  test('gives no more than some chances in one step', () => {
    let gone = 0;
    const map = new SecondChanceMap<number>(1_000, () => (gone += 1));
    for (let key = 0; key < 1_000; key += 1) map.set(key, key);
    for (let key = 0; key < 1_000; key += 1) map.get(key);
    map.set(-1, 0);
    assert.equal(gone, 1);
    assert.ok(map.peek(0) !== undefined && map.peek(16) === undefined);
  });
});
