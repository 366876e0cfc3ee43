/** What nodes of a cluster say, well and badly. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { readSlots, redirectionOf, slotOf } from '../../src/guards/redis-slots';

const ASKED = { host: '10.0.0.1', port: 6379 };

test('slots are those of the specification', () => {
  // CRC16 of 123456789 is 31C3; the others are what `CLUSTER KEYSLOT` of Redis 7.0 says.
  assert.equal(slotOf('123456789'), 0x31c3);
  assert.deepEqual(['', 'a', 'foo', 'Ümläut 🦊'].map(slotOf), [0, 15495, 12182, 15525]);
});

describe('redirections', () => {
  const of = (message: string) => redirectionOf(new Error(message), ASKED);

  for (const [message, kind, slot, host, port] of [
    ['MOVED 3999 127.0.0.1:6381', 'MOVED', 3999, '127.0.0.1', 6381],
    ['ASK 0 redis-2.example:7000', 'ASK', 0, 'redis-2.example', 7000],
    ['MOVED 16383 ::1:6381', 'MOVED', 16383, '::1', 6381],
    // It does not know by which name it is reached.
    ['MOVED 1 :6382', 'MOVED', 1, '10.0.0.1', 6382],
    ['MOVED 1 ?:6382', 'MOVED', 1, '10.0.0.1', 6382],
  ] as const) {
    test(message, () => assert.deepEqual(of(message), { kind, slot, to: { host, port } }));
  }

  for (const message of [
    'CLUSTERDOWN Hash slot not served',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MOVED 16384 h:1',
    'MOVED x h:1',
    'MOVED 1 h:0',
    'MOVED 1 h:65536',
    'MOVED 1 h',
    'ERR MOVED 1 h:1',
    '',
  ]) {
    test(`none: ${message}`, () => assert.equal(of(message), undefined));
  }
});

describe('CLUSTER SLOTS', () => {
  test('the first of each range is its master', () => {
    const reply = [
      [0, 5460, ['10.0.0.1', 6379, 'id', []], ['10.0.0.4', 6379, 'id', []]],
      [5461, 16383, ['redis-2', 7000, 'id', ['ip', '10.0.0.2']]],
    ];
    assert.deepEqual(readSlots(reply, ASKED), [
      { from: 0, to: 5460, master: { host: '10.0.0.1', port: 6379 } },
      { from: 5461, to: 16383, master: { host: 'redis-2', port: 7000 } },
    ]);
  });

  test('a host that is left out is that of the node that was asked', () => {
    for (const host of [null, '', '?']) {
      assert.deepEqual(readSlots([[0, 1, [host, 7000]]], ASKED)[0]?.master, { host: '10.0.0.1', port: 7000 });
    }
  });

  for (const reply of [
    null,
    'OK',
    [[]],
    [[0, 1]],
    [[0, 1, ['h', 0]]],
    [[0, 16384, ['h', 1]]],
    [['a', 1, ['h', 1]]],
  ]) {
    test(`none: ${JSON.stringify(reply)}`, () => assert.throws(() => readSlots(reply, ASKED), TypeError));
  }
});
