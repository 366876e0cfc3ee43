/** What breaks under a log harms nobody and is counted. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { auditKeys } from '../../src/audit/keys';
import { newRecord } from '../../src/audit/record';
import { verifyAudit } from '../../src/audit/verify';
import { AuditWriter, type WriterOptions } from '../../src/audit/writer';
import { REPOSITORY } from '../support/installs';
import { cleanEnvironment } from '../support/run-program';
import { filesIn, problemsIn, recordsOf, SECRET, temporaryFolder } from './support';

const isPosix = process.platform !== 'win32';
const isRoot = isPosix && process.getuid?.() === 0;
/** Writes one line. */
function write(writer: AuditWriter): boolean {
  return writer.write(Object.assign(newRecord('mcp_tool_call'), { result: 'x'.repeat(300) }));
}

function openWriter(options: Partial<WriterOptions>): AuditWriter {
  return new AuditWriter({
    prefix: '',
    fsync: 'none',
    rotateBytes: 1e9,
    keys: auditKeys(SECRET),
    start: () => ({ policy_digest: 'd' }),
    ...options,
  });
}

const dropped = (writer: AuditWriter): Record<string, number> =>
  Object.fromEntries(writer.counters().dropped);

/** A file system of 64 kB in a folder; `undefined` where none can be made. */
function smallFileSystem(t: { after(work: () => void): void }): string | undefined {
  if (process.platform !== 'linux' || !isRoot) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'audit-small-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
  t.after(() => {
    if (mounted.status === 0) execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  });
  if (mounted.status !== 0) return undefined;
  return folder;
}

describe('a full disk', () => {
  test('a file system of 64 kB: lines are counted as lost, and the log goes on when there is room', async (t) => {
    const folder = smallFileSystem(t);
    if (folder === undefined) {
      t.skip('needs Linux, root and the right to mount a tmpfs; /dev/full is used below');
      return;
    }
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(16_384));
    const writer = openWriter({ dir: join(folder, 'audit') });
    let written = 0;
    for (let line = 0; line < 500; line += 1) if (write(writer)) written += 1;
    assert.ok(written > 20 && written < 200, `${written}`);
    assert.equal(writer.isWritable(), false);
    const lost = dropped(writer);
    assert.equal((lost['disk_full'] ?? 0) + (lost['short_write'] ?? 0), 500 - written);
    unlinkSync(ballast);
    assert.equal(write(writer), true);
    assert.equal(writer.isWritable(), true);
    for (let line = 0; line < 5; line += 1) assert.equal(write(writer), true);
    writer.close();
    const { problems, isIntact, records } = await verifyAudit([join(folder, 'audit')], { secret: SECRET });
    assert.ok(isIntact, JSON.stringify(problems));
    assert.equal(records, written + 6 + 2);
    const kinds = problems.map(({ kind }) => kind).toSorted();
    assert.deepEqual(kinds, lost['short_write'] === undefined ? ['loss'] : ['loss', 'torn']);
    const [file] = filesIn(join(folder, 'audit'));
    const whole = readFileSync(file!, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('"}'));
    assert.equal(
      whole.map((line) => JSON.parse(line) as unknown).length,
      records,
      'each on a line of its own',
    );
    assert.match(problems.find(({ kind }) => kind === 'loss')!.text, new RegExp(` ${500 - written} lines`));
  });

  test('/dev/full', { skip: existsSync('/dev/full') ? false : 'there is none' }, () => {
    const writer = openWriter({ file: '/dev/full' });
    assert.equal(writer.isWritable(), false);
    for (let line = 0; line < 10; line += 1) assert.equal(write(writer), false);
    writer.close();
    assert.deepEqual(writer.counters(), { records: 0, dropped: new Map([['disk_full', 11]]), headSeq: -1 });
  });
});

describe('a place that takes no file', () => {
  test('a folder that may not be written', { skip: isPosix ? false : 'file modes' }, (t) => {
    const folder = temporaryFolder(t);
    // Root may write everywhere but below /proc.
    const dir = isRoot ? '/proc/audit' : folder;
    if (!isRoot) chmodSync(folder, 0o500);
    const writer = openWriter({ dir });
    assert.equal(writer.isWritable(), false);
    for (let line = 0; line < 3; line += 1) assert.equal(write(writer), false);
    writer.close();
    assert.deepEqual(dropped(writer), { open: 3 });
  });

  test('a file where the folder should be, tried again every 5 seconds', async (t) => {
    const folder = temporaryFolder(t);
    const dir = join(folder, 'audit');
    writeFileSync(dir, '');
    let now = Date.now();
    const writer = openWriter({ dir, now: () => now });
    assert.equal(write(writer), false);
    rmSync(dir);
    now += 4_999;
    assert.equal(writer.isWritable(), false, 'not before');
    assert.equal(write(writer), false);
    now += 1;
    assert.equal(writer.isWritable(), true);
    assert.equal(write(writer), true);
    writer.close();
    assert.deepEqual(dropped(writer), { open: 2 });
    assert.equal(recordsOf(filesIn(dir)[0]!)[0]?.dropped, 2);
    assert.deepEqual(await problemsIn([dir]), ['loss']);
  });

  test('a symbolic link is not followed', { skip: isPosix ? false : 'links need a right there' }, (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'target'), '');
    symlinkSync('target', join(folder, 'run.log'));
    const writer = openWriter({ file: join(folder, 'run.log') });
    assert.equal(write(writer), false);
    writer.close();
    assert.equal(readFileSync(join(folder, 'target'), 'utf8'), '');
  });

  test(
    'a named pipe that nobody reads does not stop the agent',
    { skip: isPosix ? false : 'no pipes' },
    (t) => {
      const pipe = join(temporaryFolder(t), 'pipe');
      execFileSync('mkfifo', [pipe]);
      const started = performance.now();
      const writer = openWriter({ file: pipe });
      assert.equal(write(writer), false);
      writer.close();
      assert.ok(performance.now() - started < 1_000);
    },
  );

  test('no descriptor left', { skip: isPosix ? false : 'no limit there' }, (t) => {
    const dir = temporaryFolder(t);
    const program = join(REPOSITORY, 'test/audit/programs/hold-descriptors.cjs');
    const command = `ulimit -n 64; exec ${JSON.stringify(process.execPath)} ${JSON.stringify(program)} ${JSON.stringify(dir)}`;
    const result = spawnSync('sh', ['-c', command], { encoding: 'utf8', env: cleanEnvironment() });
    assert.equal(result.status, 0, result.stderr);
    assert.deepEqual(JSON.parse(result.stdout), [
      { wrote: false, isWritable: false, dropped: { open: 1 } },
      { wrote: false, isWritable: false, dropped: { open: 2 } },
      { wrote: true, isWritable: true, dropped: { open: 2 } },
    ]);
    assert.match(result.stderr, /EMFILE/);
  });
});

describe('a file that is taken away', { skip: isPosix ? false : 'an open file stays there' }, () => {
  const TAKEN: readonly (readonly [string, (file: string) => void])[] = [
    ['deleted', (file) => unlinkSync(file)],
    [
      'replaced',
      (file) => {
        writeFileSync(`${file}.new`, 'something else\n');
        renameSync(`${file}.new`, file);
      },
    ],
  ];

  for (const [what, take] of TAKEN) {
    test(`${what}: noticed within a second, lines meanwhile lost, the log goes on in a new file`, async (t) => {
      const dir = temporaryFolder(t);
      let now = Date.now();
      const writer = openWriter({ dir, now: () => now });
      write(writer);
      now += 1_000;
      write(writer);
      take(filesIn(dir)[0]!);
      for (let line = 0; line < 3; line += 1) assert.equal(write(writer), true, 'not known yet');
      now += 1_000;
      assert.equal(write(writer), true);
      writer.close();
      assert.deepEqual(dropped(writer), { file_replaced: 4 }, 'the line before it was taken too');
      const file = filesIn(dir).find((name) => name.endsWith('-2.jsonl'))!;
      const [start] = recordsOf(file);
      assert.deepEqual([start?.event, start?.dropped], ['audit_start', 4]);
      const problems = new Set(await problemsIn([file]));
      assert.ok(problems.has('loss') && problems.has(what === 'deleted' ? 'deletion' : 'loss'));
      const { isIntact } = await verifyAudit([dir], { secret: SECRET });
      assert.equal(isIntact, false);
    });
  }

  test('deleted: noticed within a second also when nothing more is written', async (t) => {
    const dir = temporaryFolder(t);
    const writer = openWriter({ dir });
    unlinkSync(filesIn(dir)[0]!);
    write(writer);
    const started = performance.now();
    while (writer.counters().dropped.size === 0 && performance.now() - started < 3_000) await sleep(20);
    assert.ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
    assert.equal(writer.isWritable(), true);
    writer.close();
  });

  test('moved away by a log rotation: nothing is lost', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'run.log');
    let now = Date.now();
    const writer = openWriter({ file, prefix: 'MCP_AUDIT: ', now: () => now });
    write(writer);
    renameSync(file, join(folder, 'run.1.log'));
    write(writer);
    now += 1_000;
    write(writer);
    writer.close();
    assert.deepEqual(dropped(writer), {});
    assert.deepEqual(await problemsIn([join(folder, 'run.1.log'), file]), []);
  });
});
