/** Our canonical form against a library’s, and against JSON itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import fc from 'fast-check';
import { canonicalize } from 'json-canonicalize';

import { canonicalText, firstBytes } from '../../src/audit/canonical';

const LIMIT = 65_536;

describe('canonicalText', () => {
  test('is the RFC 8785 form that a library makes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { text, bytes, isComplete } = canonicalText(value, LIMIT);
        assert.equal(text, canonicalize(JSON.parse(JSON.stringify(value))));
        assert.equal(bytes, Buffer.byteLength(text));
        assert.ok(isComplete);
      }),
      { numRuns: 2_000 },
    );
  });

  test('takes values as JSON.stringify does', () => {
    const value = {
      date: new Date(0),
      nothing: undefined,
      work: () => 1,
      list: [undefined, Number.NaN, Symbol('s')],
      map: new Map([[1, 2]]),
      buffer: Buffer.from('ab'),
      lone: '\ud800',
    };
    assert.deepEqual(JSON.parse(canonicalText(value, LIMIT).text), JSON.parse(JSON.stringify(value)));
  });

  test('a cut text is the beginning of the whole, and the size nearly that of the whole', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(60), (value, limit) => {
        const whole = canonicalText(value, LIMIT);
        const cut = canonicalText(value, limit);
        assert.equal(cut.isComplete, whole.bytes <= limit);
        assert.ok(Buffer.byteLength(cut.text) <= limit);
        if (cut.isComplete) assert.deepEqual(cut, whole);
        assert.ok(
          cut.bytes <= whole.bytes + 8 && cut.bytes * 6 >= whole.bytes - 8,
          `${cut.bytes}, ${whole.bytes}`,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('ends soon with millions of values', () => {
    const numbers = Array.from({ length: 3_000_000 }, () => 1);
    const objects = numbers.map((a) => ({ a }));
    const started = performance.now();
    assert.equal(canonicalText(numbers, LIMIT).isComplete, false);
    assert.equal(canonicalText(objects, LIMIT).isComplete, false);
    assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
  });

  test('ends with circular and deep values', () => {
    const circular: unknown[] = [];
    circular.push(circular, circular);
    assert.equal(canonicalText(circular, LIMIT).isComplete, false);
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    assert.equal(canonicalText(deep, LIMIT).isComplete, false);
  });
});

test('firstBytes cuts between characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytes) => {
      const cut = firstBytes(text, bytes);
      assert.ok(text.startsWith(cut));
      assert.ok(Buffer.byteLength(cut) <= bytes || cut === text);
    }),
  );
});
