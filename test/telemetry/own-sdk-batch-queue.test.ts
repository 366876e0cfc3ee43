/** What becomes of a batch that could not be delivered. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';

import { BatchQueue } from '../../src/telemetry/own-sdk/batch-queue';
import type { PushExporter } from '../../src/telemetry/own-sdk/configuration';
import { Delivery } from '../../src/telemetry/own-sdk/delivery';
import type { ExportThread, JobDone } from '../../src/telemetry/own-sdk/export-thread';
import type { ExportJob, ResourceLike } from '../../src/telemetry/own-sdk/wire';

const DELAY = 5_000;
const REFUSED = 'connect ECONNREFUSED 127.0.0.1:4318';

mock.method(process.stderr, 'write', () => true);

interface Item {
  readonly resource: ResourceLike;
  readonly id: number;
}

interface Stand {
  readonly queue: BatchQueue<Item>;
  readonly delivery: Delivery;
  /** Ids of every batch that was handed over, in order. */
  readonly sent: readonly (readonly number[])[];
  answer(error?: string): void;
  lost(): number;
}

function stand(exporters: PushExporter[] = ['otlp']): Stand {
  const jobs: { job: ExportJob; done: JobDone }[] = [];
  const sent: number[][] = [];
  const thread = {
    post(job: ExportJob, done: JobDone) {
      jobs.push({ job, done });
      sent.push(job.items as number[]);
    },
  } as unknown as ExportThread;
  const delivery = new Delivery({}, { traces: exporters, metrics: [], logs: [] });
  const queue = new BatchQueue<Item>({
    signal: 'traces',
    exporters,
    limits: { maxQueueSize: 6, maxExportBatchSize: 3, scheduleDelay: DELAY },
    thread,
    delivery,
    plain: ({ id }) => id,
  });
  return {
    queue,
    delivery,
    sent,
    answer: (error) => jobs.shift()!.done(error),
    lost: () => delivery.states()[0]!.lost,
  };
}

const add = ({ queue }: Stand, ...ids: number[]): void => {
  for (const id of ids) queue.add({ resource: { attributes: {} }, id });
};

beforeEach((t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
  (t as { after(work: () => void): void }).after(() => mock.timers.reset());
});

test('a batch that reached nobody is sent again, first and later, and is not lost', () => {
  const one = stand();
  add(one, 1, 2, 3, 4);
  mock.timers.tick(1);
  one.answer(REFUSED);
  // A whole batch is there, and it waits all the same.
  mock.timers.tick(DELAY - 1);
  assert.deepEqual(one.sent, [[1, 2, 3]]);
  mock.timers.tick(1);
  assert.deepEqual(one.sent, [
    [1, 2, 3],
    [1, 2, 3],
  ]);
  one.answer();
  mock.timers.tick(DELAY);
  assert.deepEqual(one.sent.at(-1), [4]);
  assert.equal(one.lost(), 0);
});

test('what the queue cannot hold meanwhile is lost, the newest first', () => {
  const one = stand();
  add(one, 1, 2, 3);
  mock.timers.tick(1);
  one.answer(REFUSED);
  add(one, 4, 5, 6, 7, 8);
  assert.equal(one.lost(), 2);
  mock.timers.tick(DELAY);
  one.answer();
  mock.timers.tick(1);
  assert.deepEqual(one.sent.slice(1), [
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

for (const [what, error] of [
  ['had no answer in time', 'Request timed out'],
  ['was refused', '400 Bad Request'],
  ['was cut off', 'read ECONNRESET'],
] as const) {
  test(`a batch that ${what} may have arrived, and is lost`, () => {
    const one = stand();
    add(one, 1, 2, 3);
    mock.timers.tick(1);
    one.answer(error);
    mock.timers.tick(DELAY);
    assert.deepEqual([one.sent.length, one.lost()], [1, 3]);
  });
}

test('another exporter may have taken it', () => {
  const one = stand(['otlp', 'console']);
  add(one, 1, 2, 3);
  mock.timers.tick(1);
  one.answer(REFUSED);
  mock.timers.tick(DELAY);
  assert.deepEqual([one.sent.length, one.lost()], [1, 3]);
});

test('at the end of the process there is no later', () => {
  const one = stand();
  add(one, 1, 2, 3);
  one.delivery.beginExit();
  one.queue.sendAll();
  one.answer(REFUSED);
  assert.deepEqual([one.sent.length, one.lost()], [1, 3]);
});

test('a flush ends with its answer, and what came back is there for the next', async () => {
  const one = stand();
  add(one, 1, 2);
  const flushed = one.queue.forceFlush();
  await Promise.resolve();
  one.answer(REFUSED);
  await flushed;
  assert.equal(one.lost(), 0);
  mock.timers.tick(DELAY);
  assert.deepEqual(one.sent.at(-1), [1, 2]);
});
