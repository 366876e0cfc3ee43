/** Where lines go, how files follow each other, and what is counted. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';

import { auditKeys } from '../../src/audit/keys';
import { newRecord } from '../../src/audit/record';
import type { AuditRecord } from '../../src/audit/schema';
import { AuditWriter, type Anchor, type WriterOptions } from '../../src/audit/writer';
import { expectExit, runProgram } from '../support/run-program';
import { filesIn, openLog, problemsIn, recordsOf, runCall, SECRET, temporaryFolder } from './support';

const NOON = Date.UTC(2026, 10, 21, 12);
const isPosix = process.platform !== 'win32';

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

/** Writes one line. */
function write(writer: AuditWriter): boolean {
  return writer.write(newRecord('mcp_tool_call'));
}

describe('a folder', () => {
  test('gets a file of the day, readable by its owner alone', (t) => {
    const dir = join(temporaryFolder(t), 'deep/audit');
    const log = openLog({ dir }, {}, { now: () => NOON });
    log.close();
    const [file] = filesIn(dir);
    assert.match(basename(file!), new RegExp(`^audit-20261121-.+-${process.pid}-[0-9a-f]{8}\\.jsonl$`));
    if (isPosix) {
      assert.equal(statSync(dir).mode & 0o777, 0o700);
      assert.equal(statSync(file!).mode & 0o777, 0o600);
    }
  });

  test('gets a new file every day and when one is full; names are never used again', async (t) => {
    const dir = temporaryFolder(t);
    let now = NOON;
    const writer = openWriter({ dir, rotateBytes: 2_000, now: () => now });
    for (let line = 0; line < 20; line += 1) write(writer);
    now += 86_400_000;
    write(writer);
    writer.close();
    const names = filesIn(dir).map((file) => basename(file).replace(writer.id, 'W'));
    assert.ok(names.length >= 4, names.join());
    assert.ok(names.includes('audit-20261121-W.jsonl') && names.includes('audit-20261121-W-2.jsonl'));
    assert.ok(names.includes('audit-20261122-W.jsonl'));
    for (const file of filesIn(dir)) assert.ok(statSync(file).size < 2_700, 'one line more at most');
    assert.deepEqual(await problemsIn([dir]), []);
    const starts = filesIn(dir).map((file) => recordsOf(file)[0]!);
    assert.ok(starts.every(({ event }) => event === 'audit_start'));
    assert.equal(starts.filter(({ previous }) => previous === undefined).length, 1);
  });
});

describe('one file', () => {
  test('is appended to, each line with the prefix', async (t) => {
    const file = join(temporaryFolder(t), 'autonomous_run.log');
    writeFileSync(file, 'the agent’s own line');
    const log = openLog({ file });
    runCall(log);
    log.close();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(lines[0], 'the agent’s own line', 'a line that had no end gets one');
    assert.equal(lines.length, 4);
    assert.ok(lines.slice(1).every((line) => line.startsWith('MCP_AUDIT: {')));
    assert.deepEqual(await problemsIn([file]), []);
  });

  test('has another prefix when the policy says so, or none', (t) => {
    for (const prefix of ['', 'AUDIT ']) {
      const file = join(temporaryFolder(t), 'run.log');
      openLog({ file }, { prefix }).close();
      assert.ok(readFileSync(file, 'utf8').startsWith(`${prefix}{"event":"audit_start"`));
    }
  });
});

describe('the writer', () => {
  test('makes its head known every 1,000 lines, a minute after a line, and at the end', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const anchors: Anchor[] = [];
    const dir = temporaryFolder(t);
    const writer = openWriter({ dir, anchored: (anchor) => anchors.push(anchor) });
    for (let line = 0; line < 2_000; line += 1) write(writer);
    assert.deepEqual(
      anchors.map(({ seq }) => seq),
      [999, 1_999],
    );
    t.mock.timers.tick(60_000);
    assert.equal(anchors.at(-1)?.seq, 2_000);
    t.mock.timers.tick(600_000);
    assert.equal(anchors.length, 3, 'nothing new, nothing said');
    writer.close();
    const last = recordsOf(filesIn(dir)[0]!).at(-1)!;
    assert.deepEqual(anchors.at(-1), { writer: last.writer, seq: 2_001, hash: last.hash });
  });

  test('counts lines', (t) => {
    const writer = openWriter({ dir: temporaryFolder(t) });
    for (let line = 0; line < 3; line += 1) assert.equal(write(writer), true);
    assert.deepEqual(writer.counters(), { records: 4, dropped: new Map(), headSeq: 3 });
    assert.equal(writer.isWritable(), true);
    writer.close();
    writer.close();
    assert.equal(writer.counters().records, 5);
    assert.equal(write(writer), false);
    assert.equal(writer.isWritable(), false);
    assert.deepEqual(writer.counters().dropped, new Map([['closed', 1]]));
  });

  for (const fsync of ['none', 'interval', 'always'] as const) {
    test(`with fsync ${fsync} writes every line, and the process ends by itself`, async (t) => {
      const dir = temporaryFolder(t);
      const text = `
        const { AuditLog } = require(${JSON.stringify(join(__dirname, '../../src/audit/log.js'))});
        const { auditKeys } = require(${JSON.stringify(join(__dirname, '../../src/audit/keys.js'))});
        const policy = { dir: ${JSON.stringify(dir)}, level: 'metadata', max_bytes: 1, redact: [], fsync: '${fsync}', rotate_bytes: 1e9 };
        const log = new AuditLog({ policy, policyDigest: '', keys: auditKeys(), denialKind: () => '', anchored: () => {} });
        for (let line = 0; line < 10; line += 1) log.write({ event: 'mcp_request' });`;
      const result = expectExit(await runProgram('-e', { args: [text] }));
      assert.ok(result.ms < 5_000, `${result.ms} ms`);
      assert.equal(recordsOf(filesIn(dir)[0]!).length, 11);
    });
  }

  test('goes on when whoever is told the head throws', (t) => {
    const writer = openWriter({
      dir: temporaryFolder(t),
      anchored: () => {
        throw new Error('no');
      },
    });
    for (let line = 0; line < 1_500; line += 1) assert.equal(write(writer), true);
    writer.close();
  });
});

describe('the log', () => {
  test('names the policy in force on every line, also where a file begins', (t) => {
    const dir = temporaryFolder(t);
    const log = openLog({ dir }, { rotate_bytes: 1_000 });
    runCall(log);
    log.usePolicy('the next');
    for (let call = 0; call < 3; call += 1) runCall(log);
    log.close();
    const records = filesIn(dir)
      .flatMap((file) => recordsOf(file))
      .toSorted((a, b) => a.seq! - b.seq!);
    const digests = records
      .filter(({ event }) => event !== 'audit_end')
      .map((record) => record.policy_digest);
    assert.deepEqual(digests.slice(0, 2), ['0123456789ab', '0123456789ab']);
    assert.deepEqual(new Set(digests.slice(2)), new Set(['the next']));
    assert.ok(records.filter(({ event }) => event === 'audit_start').length > 2);
  });

  test('hands on every line that it has written, as it is in the file', (t) => {
    const dir = temporaryFolder(t);
    const handed: AuditRecord[] = [];
    const log = openLog({ dir }, {}, { written: (record) => handed.push(record) });
    runCall(log);
    log.write({
      event: 'mcp_access_denied',
      guard: 'own',
      action: 'blocked',
      verdict: 'deny',
      success: false,
    });
    log.close();
    assert.deepEqual(JSON.parse(JSON.stringify(handed)), recordsOf(filesIn(dir)[0]!));
    assert.deepEqual(
      handed.map(({ event }) => event),
      ['audit_start', 'mcp_tool_call', 'mcp_access_denied', 'audit_end'],
    );
  });
});
