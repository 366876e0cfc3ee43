/** Processes that are killed, and processes that write at once: no line is lost, and none is torn unseen. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { verifyAudit } from '../../src/audit/verify';
import { REPOSITORY } from '../support/installs';
import { expectExit, startProgram, type RunningProgram } from '../support/run-program';
import { SECRET, temporaryFolder } from './support';

const PROGRAM = join(REPOSITORY, 'test/audit/programs/write.cjs');
const KILLS = Number(process.env['AUDIT_KILLS'] ?? 200);

function start(...args: string[]): RunningProgram {
  return startProgram(PROGRAM, { args });
}

/** Lines that the program's returned writes have written. */
function progressOf(file: string): number {
  try {
    const bytes = Buffer.alloc(8);
    const fd = openSync(file, 'r');
    readSync(fd, bytes, 0, 8, 0);
    closeSync(fd);
    return Number(bytes.readBigUInt64LE());
  } catch {
    return 0;
  }
}

async function killOne(folder: string): Promise<{ written: number; torn: number }> {
  const [dir, progress] = [join(folder, 'audit'), join(folder, 'progress')];
  const { child, result } = start('dir', dir, progress);
  while (progressOf(progress) === 0) {
    if (child.exitCode !== null) expectExit(await result);
    await sleep(2);
  }
  await sleep(Math.random() * 40);
  child.kill('SIGKILL');
  await result;
  const written = progressOf(progress);
  const { records, problems, isIntact } = await verifyAudit([dir], { secret: SECRET });
  assert.ok(isIntact, JSON.stringify(problems));
  assert.ok(records >= written && records <= written + 2, `${written} written, ${records} found`);
  // The kernel may stop a write that crosses a page when its process is killed: then it has not returned.
  const kinds = problems.map(({ kind }) => kind);
  assert.deepEqual(kinds.at(-1), 'crash');
  assert.ok(kinds.length === 1 || (kinds.length === 2 && kinds[0] === 'torn'), kinds.join());
  return { written, torn: kinds.length - 1 };
}

describe('SIGKILL', { skip: process.platform === 'win32' ? 'no signals' : false }, () => {
  test(`${KILLS} times at random moments: no line that was written is lost, none is torn unreported`, async (t) => {
    let [lines, pieces] = [0, 0];
    const worker = async (share: number): Promise<void> => {
      for (let kill = 0; kill < share; kill += 1) {
        const { written, torn } = await killOne(temporaryFolder(t));
        lines += written;
        pieces += torn;
      }
    };
    await Promise.all([worker(Math.ceil(KILLS / 2)), worker(Math.floor(KILLS / 2))]);
    t.diagnostic(`${lines} lines written in ${KILLS} lives, ${pieces} torn and reported`);
    assert.ok(lines > KILLS * 10, `${lines} lines: that was no load`);
  });
});

describe('four processes', () => {
  const LINES = 2_000;

  for (const kind of ['dir', 'file'] as const) {
    test(`on one ${kind === 'dir' ? 'folder' : 'file'}: no line lost, none torn, every chain whole`, async (t) => {
      const folder = temporaryFolder(t);
      const place = join(folder, kind === 'dir' ? 'audit' : 'run.log');
      const programs = [1, 2, 3, 4].map((number) =>
        start(kind, place, join(folder, `progress-${number}`), String(LINES)),
      );
      const counters = (await Promise.all(programs.map(({ result }) => result))).map(
        (result) => JSON.parse(expectExit(result).stdout) as { records: number; dropped: object },
      );
      assert.ok(counters.every(({ dropped }) => Object.keys(dropped).length === 0));
      const { records, problems, writers } = await verifyAudit([place], { secret: SECRET });
      assert.deepEqual(problems, []);
      assert.equal(
        records,
        counters.reduce((sum, counter) => sum + counter.records, 0),
      );
      assert.equal(writers.length, 4);
      assert.ok(writers.every(({ hasEnded, records: count }) => hasEnded && count >= LINES + 2));
    });
  }
});
