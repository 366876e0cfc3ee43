/** Work that waits for the agent: in order, later, a fifth of the time at most, and never the reason why a process lives. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { WorkQueue } from '../../src/pipeline/work-queue';
import { REPOSITORY } from '../support/installs';

function queue(): { queue: WorkQueue; dropped: () => number } {
  let dropped = 0;
  return { queue: new WorkQueue((count) => (dropped += count)), dropped: () => dropped };
}

/** As `--expose-gc` gives it. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function busyFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('the queue', () => {
  test('does its work in order, after what waits on promises', async () => {
    const { queue: work } = queue();
    const done: (number | string)[] = [];
    for (let index = 0; index < 100; index += 1) work.add(() => done.push(index));
    await Promise.resolve().then(() => done.push('the agent'));
    assert.deepEqual(done, ['the agent']);
    await turn();
    assert.deepEqual(done, ['the agent', ...Array.from({ length: 100 }, (_, index) => index)]);
  });

  test('takes a fifth of the time of a busy process at most', async () => {
    const { queue: work } = queue();
    let [done, spent] = [0, 0];
    for (let index = 0; index < 400; index += 1)
      work.add(() => {
        busyFor(1);
        done += 1;
        spent += 1;
      });
    const startedAt = performance.now();
    await pause(500);
    const passed = performance.now() - startedAt;
    assert.ok(done > 0 && done < 400, `${done} done`);
    // A slice of 5 ms may be begun at the end of every pause of 20 ms.
    assert.ok(spent <= passed / 3, `${spent} ms of ${passed} ms`);
  });

  test('goes on after it was empty, and with work that work adds', async () => {
    const { queue: work } = queue();
    const done: string[] = [];
    work.add(() => {
      done.push('first');
      work.add(() => done.push('added'));
    });
    await turn();
    await turn();
    work.add(() => done.push('later'));
    await turn();
    assert.deepEqual(done, ['first', 'added', 'later']);
  });

  test('counts what does not fit', async () => {
    const { queue: work, dropped } = queue();
    let done = 0;
    for (let index = 0; index < 10_500; index += 1) work.add(() => (done += 1));
    assert.equal(dropped(), 500);
    work.finish();
    assert.equal(done, 10_000);
    assert.equal(dropped(), 500);
    work.add(() => (done += 1));
    work.finish();
    assert.equal(done, 10_001);
  });

  test('holds no more than a few megabytes, but for one piece that is larger', () => {
    const { queue: work, dropped } = queue();
    let done = 0;
    const add = (characters: number): void => work.add(() => (done += 1), characters);
    for (let index = 0; index < 100; index += 1) add(1_000_000);
    assert.equal(dropped(), 92);
    for (let index = 0; index < 100; index += 1) add(0);
    work.finish();
    assert.deepEqual([done, dropped()], [108, 92]);
    add(100_000_000);
    add(1);
    work.finish();
    add(1);
    work.finish();
    assert.deepEqual([done, dropped()], [110, 93]);
  });

  test('leaves what takes too long at the end, and counts it', () => {
    const { queue: work, dropped } = queue();
    let done = 0;
    for (let index = 0; index < 100; index += 1)
      work.add(() => {
        busyFor(10);
        done += 1;
      });
    const startedAt = performance.now();
    work.finish();
    assert.ok(performance.now() - startedAt < 300);
    assert.ok(done >= 1 && done < 100);
    assert.equal(done + dropped(), 100);
  });

  test('lets go of what is done, also under a load that never ends', async () => {
    const { queue: work } = queue();
    const items: WeakRef<object>[] = [];
    const add = (): void => {
      const item = { call: items.length };
      items.push(new WeakRef(item));
      work.add(() => {
        busyFor(1);
        item.call = -1;
      });
    };
    for (let index = 0; index < 200; index += 1) add();
    for (let round = 0; round < 5; round += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one slice after another
      await pause(40);
      add();
    }
    collectGarbage();
    const done = items.filter((item) => item.deref() === undefined).length;
    assert.ok(done >= 10 && done < 200, `${done} let go of`);
  });

  test('does nothing twice when a piece of work ends the process', () => {
    const { queue: work, dropped } = queue();
    const done: number[] = [];
    work.add(() => done.push(1));
    work.add(() => {
      done.push(2);
      work.finish();
    });
    work.add(() => done.push(3));
    work.finish();
    assert.deepEqual(done, [1, 2, 3]);
    assert.equal(dropped(), 0);
  });

  test('keeps no process alive', () => {
    const file = JSON.stringify(join(REPOSITORY, 'build/src/pipeline/work-queue.js'));
    const program = `
      const { WorkQueue } = require(${file});
      const queue = new WorkQueue(() => {});
      const slow = () => { const until = performance.now() + 10; while (performance.now() < until); };
      for (let index = 0; index < 1000; index += 1) queue.add(slow);
      process.on('exit', () => console.log('ended'));`;
    const { stdout, status } = spawnSync(process.execPath, ['-e', program], {
      encoding: 'utf8',
      timeout: 5_000,
    });
    assert.deepEqual([stdout.trim(), status], ['ended', 0]);
  });
});
