/** The size guard counts what JSON would be, without making it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { McpCall } from '../../src/core/call';
import { createInputSizeGuard } from '../../src/guards/input-size';

const FREE = { request_bytes: 1e9, depth: 1_000, keys: 1e9 };

function check(value: unknown, limits: Partial<typeof FREE>) {
  const call = { params: { name: 'tool', arguments: value } } as unknown as McpCall;
  return createInputSizeGuard({ ...FREE, ...limits }).check({ call, server: undefined, now: 0 });
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
});
