import assert from 'node:assert/strict';
import { test } from 'node:test';

import { named, percent, size, sizeRange, span, time, timeRange } from '../../../src/monitor/anomaly/words';

test('times, sizes and shares are in the units of people', () => {
  assert.deepEqual([0, 0.4, 12, 8_100, 59_400, 90_000, 4 * 3_600_000].map(time), [
    '0 ms',
    '0.4 ms',
    '12 ms',
    '8.1 s',
    '59 s',
    '1.5 min',
    '240 min',
  ]);
  assert.deepEqual([0, 800, 48_123, 4_200_000, 3e9].map(size), [
    '0 bytes',
    '800 bytes',
    '48 kB',
    '4.2 MB',
    '3 GB',
  ]);
  assert.equal(timeRange(200, 600), '0.2–0.6 s');
  assert.equal(timeRange(20, 90), '20–90 ms');
  assert.equal(sizeRange(900, 4_300), '0.9–4.3 kB');
  assert.equal(sizeRange(500, 501), '0.5 kB');
  assert.deepEqual([0.004, 0.012, 0.34, 1].map(percent), ['0.4 %', '1.2 %', '34 %', '100 %']);
  assert.deepEqual([0.2, 10, 89, 90, 600, 48 * 60].map(span), [
    'a minute',
    '10 min',
    '89 min',
    '2 h',
    '10 h',
    '2 days',
  ]);
});

test('names of others are on one line, and short', () => {
  assert.equal(named('search'), 'search');
  assert.equal(named('a\nb\u202Ec\u0000d'), 'a b c d');
  assert.equal(named('x'.repeat(200)), `${'x'.repeat(79)}…`);
});
