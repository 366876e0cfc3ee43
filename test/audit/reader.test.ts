/** Logs of every kind are read: the guide's, prefixed, shared, gzipped, torn. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { readAuditLines, readAuditRecords, type AuditLine } from '../../src/audit/reader';
import { auditRecordSchema, type AuditRecord } from '../../src/audit/schema';
import { verifyAudit } from '../../src/audit/verify';
import { temporaryFolder } from './support';

/** The example of the monitoring guide, on one line. */
const GUIDE =
  '{"event": "mcp_tool_call", "tool_name": "read_file", "server_id": "filesystem", "user_id": "user123", "agent_name": "deploy_agent", "params_hash": "a1b2c3d4e5f6", "success": true, "latency_ms": 45.2, "timestamp": "2024-12-19T10:30:00Z"}';

async function linesOf(inputs: readonly string[], stdin?: AsyncIterable<unknown>): Promise<AuditLine[]> {
  const lines: AuditLine[] = [];
  for await (const some of readAuditLines(inputs, stdin)) lines.push(...some);
  return lines;
}

async function usersOf(inputs: readonly string[]): Promise<(string | null | undefined)[]> {
  const users: (string | null | undefined)[] = [];
  for await (const record of readAuditRecords(inputs)) users.push(record.user_id);
  return users;
}

const record = (user: string): string =>
  JSON.stringify({ event: 'mcp_tool_call', timestamp: '2026-01-01T00:00:00Z', user_id: user });
const OURS = 'audit-20260101-host-1-0123abcd.jsonl';

describe('a line', () => {
  for (const prefix of [
    '',
    'MCP_AUDIT: ',
    'MCP_AUDIT:',
    '2024-12-19 10:30:00,123 INFO agent MCP_AUDIT: ',
    '[x] {oops} ',
  ]) {
    test(`of the guide is read after ${JSON.stringify(prefix)}`, async (t) => {
      const file = join(temporaryFolder(t), 'autonomous_run.log');
      writeFileSync(file, `${prefix}${GUIDE}\r\n`);
      const [line] = await linesOf([file]);
      assert.deepEqual(line?.record, JSON.parse(GUIDE));
      assert.equal(line?.text, GUIDE);
      assert.equal(line?.problem, undefined, 'what stands before it is no piece of a record');
    });
  }

  test('of the guide is a record of the schema but for its short hash', () => {
    const { params_hash: _, ...guide } = JSON.parse(GUIDE) as AuditRecord;
    assert.deepEqual(auditRecordSchema.parse(guide), guide);
  });

  test('of another program is told apart in a shared log, and reported in one of ours', async (t) => {
    const folder = temporaryFolder(t);
    const text = `starting\n\n{"level":"info","msg":"x"}\n${record('a')}\n[1, 2]\n`;
    for (const [name, problem] of [
      ['run.log', 'other'],
      [OURS, 'unreadable'],
    ] as const) {
      writeFileSync(join(folder, name), text);
      assert.deepEqual(
        (await linesOf([join(folder, name)])).map((line) => [line.line, line.record?.user_id, line.problem]),
        [
          [1, undefined, problem],
          [3, undefined, problem],
          [4, 'a', undefined],
          [5, undefined, problem],
        ],
      );
    }
  });

  test('that is torn is reported with its number, and what follows it is read', async (t) => {
    const file = join(temporaryFolder(t), 'run.log');
    const torn = record('torn').slice(0, 40);
    writeFileSync(
      file,
      [record('a'), torn, record('b'), `${torn}${record('c')}`, `MCP_AUDIT: ${torn}`].join('\n'),
    );
    assert.deepEqual(
      (await linesOf([file])).map((line) => [line.line, line.record?.user_id, line.problem]),
      [
        [1, 'a', undefined],
        [2, undefined, 'torn'],
        [3, 'b', undefined],
        [4, 'c', 'torn'],
        [5, undefined, 'torn'],
      ],
    );
  });

  test('after a piece of a record, however short, is told from one after text with braces', async (t) => {
    const file = join(temporaryFolder(t), 'run.log');
    const pieces = [
      '{',
      '{"',
      '{"act',
      '{"action"',
      '{"action":',
      '{"action":"x","b":{}',
      '{"action": 1} {x} ',
    ];
    const texts = ['{x} ', 'a {"b": 1} ', '{} '];
    writeFileSync(file, [...pieces, ...texts].map((before) => `${before}${record('a')}\n`).join(''));
    assert.deepEqual(
      (await linesOf([file])).map((line) => [line.record?.user_id, line.problem]),
      [...pieces.map(() => ['a', 'torn']), ...texts.map(() => ['a', undefined])],
    );
  });

  test('of 20 MB is skipped without being kept', async (t) => {
    const file = join(temporaryFolder(t), 'run.log');
    writeFileSync(file, `${record('a')}\n${'x'.repeat(20_000_000)}\n${record('b')}\n`);
    assert.deepEqual(
      (await linesOf([file])).map((line) => [line.line, line.record?.user_id, line.problem]),
      [
        [1, 'a', undefined],
        [2, undefined, 'too_long'],
        [3, 'b', undefined],
      ],
    );
  });

  test('is whole wherever a chunk ends', async () => {
    const bytes = Buffer.from(`${record('ä€😀')}\n${record('b')}\n`);
    for (let at = 1; at < bytes.length; at += 1) {
      const stdin = Readable.from([bytes.subarray(0, at), bytes.subarray(at)]);
      const lines = await linesOf(['-'], stdin);
      assert.deepEqual(
        lines.map((line) => [line.file, line.line, line.record?.user_id]),
        [
          ['-', 1, 'ä€😀'],
          ['-', 2, 'b'],
        ],
      );
    }
  });
});

describe('inputs', () => {
  test('files, gzipped files, folders and globs, each file once', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'a.jsonl'), record('a'));
    writeFileSync(join(folder, 'b.log.gz'), gzipSync(record('b')));
    writeFileSync(join(folder, 'notes.txt'), record('not a log'));
    writeFileSync(join(folder, 'sub/c.jsonl'), record('c'));
    assert.deepEqual(await usersOf([join(folder, 'a.jsonl')]), ['a']);
    assert.deepEqual(await usersOf([folder]), ['a', 'b']);
    assert.deepEqual(await usersOf([folder, join(folder, 'b*'), join(folder, 'a.jsonl')]), ['a', 'b']);
    assert.deepEqual(await usersOf([`${folder}/**/*.jsonl`]), ['a', 'c']);
    await assert.rejects(usersOf([join(folder, 'none*.jsonl')]), /no audit log at .*none/);
    await assert.rejects(usersOf([join(folder, 'none.jsonl')]), /no audit log at .*none/);
  });

  test('come in the order in which they were written', async (t) => {
    const folder = temporaryFolder(t);
    const names = [
      '20260102-h-1-aaaaaaaa',
      '20260101-h-1-aaaaaaaa-10',
      '20260101-h-1-aaaaaaaa-2',
      '20260101-h-1-aaaaaaaa',
    ];
    for (const name of names) writeFileSync(join(folder, `audit-${name}.jsonl`), record(name));
    assert.deepEqual(await usersOf([folder]), names.toReversed());
  });

  test('that are broken are errors that name them', async (t) => {
    const file = join(temporaryFolder(t), 'a.jsonl.gz');
    writeFileSync(file, 'this is no gzip');
    await assert.rejects(usersOf([file]), /incorrect header check/);
  });

  test('a gzipped file of ours verifies as it did', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, `${OURS}.gz`), gzipSync(`${record('a')}\n`));
    const { problems } = await verifyAudit([folder]);
    assert.deepEqual(
      problems.map(({ kind, file }) => [kind, basename(file)]),
      [['splice', `${OURS}.gz`]],
    );
  });
});
