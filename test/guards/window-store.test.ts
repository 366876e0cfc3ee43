/** Windows in memory. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { WindowStore } from '../../src/guards/window-store';
import { charge, DAY, windowSuite, type Counting } from './support/window-suite';

const inMemory = (maxKeys = 10): WindowStore => new WindowStore({ maxKeys }, () => {});

describe('windows', () => {
  windowSuite(
    it,
    () => {
      const store = inMemory();
      const counting: Counting = { take: async (one, now) => store.take(one, now) };
      return [counting];
    },
    300,
  );

  it('a denied call consumes nothing, and says when to come again', () => {
    const store = inMemory();
    assert.equal(store.take(charge(3, 3, '60s'), 1_000).admitted, true);
    const denied = store.take(charge(1, 3, '60s'), 11_000);
    assert.deepEqual([denied.admitted, denied.remaining, denied.retryAfterMs], [false, 0, 50_000]);
    assert.equal(store.take(charge(3, 3, '60s'), 61_000).admitted, true);
  });

  it('a clock set back begins a new window instead of locking a key out', () => {
    const store = inMemory();
    store.take(charge(1, 1, '1d'), DAY * 100);
    assert.equal(store.take(charge(1, 1, '1d'), DAY * 50).admitted, true);
  });

  it('keys are bounded, the one unused for longest goes, and each is counted', () => {
    let evicted = 0;
    const store = new WindowStore({ maxKeys: 3 }, () => (evicted += 1));
    for (const key of ['a', 'b', 'c']) store.take(charge(1, 1, '1d', key), 0);
    store.take(charge(1, 1, '1d', 'a'), 1);
    store.take(charge(1, 1, '1d', 'd'), 2);
    assert.equal(evicted, 1);
    assert.equal(store.take(charge(1, 1, '1d', 'a'), 3).admitted, false);
    assert.equal(store.take(charge(1, 1, '1d', 'b'), 3).admitted, true);
  });

  it('the further keys of one user share one, and others have theirs', () => {
    const store = new WindowStore({ maxKeys: 100, maxKeysPerOwner: 2 }, () => {});
    const of = (owner: string, tool: string) => ({ ...charge(1, 1, '60s', `|${owner}|${tool}`), owner });
    const admitted = (owner: string, tool: string, now = 0) => store.take(of(owner, tool), now).admitted;
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((tool) => admitted('u', tool)),
      [true, true, true, false],
    );
    assert.equal(admitted('v', 'd'), true);
    assert.equal(store.size, 4);
    // Once their windows are forgotten there is room again.
    store.sweep(60_000, 0);
    assert.equal(store.size, 0);
    assert.deepEqual([admitted('u', 'c', 60_000), admitted('u', 'd', 60_000)], [true, true]);
  });

  it('a sweep forgets what has ended and was long unused, and nothing else', () => {
    const store = inMemory();
    store.take(charge(1, 5, '1s', 'ended'), 0);
    store.take(charge(1, 5, '1s', 'used'), 4_000);
    store.take(charge(1, 5, 'total', 'endless'), 0);
    store.sweep(5_500, 5_000);
    assert.equal(store.size, 2);
    assert.equal(store.take(charge(1, 5, 'total', 'endless'), 9_000).remaining, 3);
  });

  it('100,000 users stay within the cap, and each that is forgotten too early is counted', () => {
    let evicted = 0;
    const store = new WindowStore({ maxKeys: 50_000 }, () => (evicted += 1));
    const before = memoryUsed();
    for (let user = 0; user < 100_000; user += 1) {
      store.take(charge(1, 10, '30d', `|1:t|8:user-${user}`), user);
    }
    const bytes = memoryUsed() - before;
    assert.equal(store.size, 50_000);
    assert.equal(evicted, 50_000);
    assert.ok(bytes < 20_000_000, `${bytes} bytes`);
    // The latest are known, the first begin anew.
    assert.equal(store.take(charge(1, 10, '30d', '|1:t|8:user-99999'), 100_000).remaining, 8);
    assert.equal(store.take(charge(1, 10, '30d', '|1:t|8:user-0'), 100_000).remaining, 9);
  });
});

function memoryUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
