/** What the verifier says of every manipulation of a log, with a key and without. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';

import fc from 'fast-check';

import { auditKeys, type AuditKeys } from '../../src/audit/keys';
import type { AuditRecord } from '../../src/audit/schema';
import { verifyAudit } from '../../src/audit/verify';
import type { Anchor } from '../../src/audit/writer';
import {
  filesIn,
  openLog,
  problemsIn,
  recordsOf,
  runCall,
  SECRET,
  temporaryFolder,
  toolCall,
} from './support';

const CALLS = 8;

interface Written {
  readonly file: string;
  readonly anchor: Anchor;
}

/** One log of one writer: `audit_start`, eight calls, `audit_end`. */
function write(folder: string, keys: AuditKeys, now?: () => number): Written {
  const anchors: Anchor[] = [];
  const before = new Set(filesIn(folder));
  const log = openLog({ dir: folder }, {}, { keys, now, anchored: (anchor) => anchors.push(anchor) });
  for (let call = 0; call < CALLS; call += 1) runCall(log, toolCall({ identity: { userId: `user${call}` } }));
  log.close();
  const file = filesIn(folder).find((name) => !before.has(name))!;
  return { file, anchor: anchors.at(-1)! };
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

/** What somebody without the key can make of a line: changed, with a hash that fits without a key. */
function forged(line: string, changes: Partial<AuditRecord>): string {
  const { hash: _, ...rest } = { ...(JSON.parse(line) as AuditRecord), ...changes };
  const body = JSON.stringify(rest);
  return `${body.slice(0, -1)},"hash":"${createHash('sha256').update(body).digest('hex')}"}`;
}

/** The same for a line and everything after it. */
function rewritten(lines: string[], from: number, changes: Partial<AuditRecord>): string[] {
  const result = lines.slice(0, from);
  for (const [index, line] of lines.slice(from).entries()) {
    const prev = (JSON.parse(result.at(-1)!) as AuditRecord).hash;
    result.push(forged(line, { ...(index === 0 ? changes : {}), prev }));
  }
  return result;
}

const changed = (line: string): string => line.replace('"user_id":"user', '"user_id":"admin');

type Manipulation = (lines: string[], other: string[]) => string[] | string;

interface Row {
  readonly name: string;
  readonly make: Manipulation;
  /** With the key, of a log that has one. */
  readonly keyed: readonly string[];
  /** Of a log without a key. */
  readonly unkeyed: readonly string[];
  /** With the log's last head from outside; default: as without. */
  readonly anchored?: readonly string[];
}

const same = (kinds: readonly string[]): Pick<Row, 'keyed' | 'unkeyed'> => ({ keyed: kinds, unkeyed: kinds });

const ROWS: readonly Row[] = [
  { name: 'nothing', make: (lines) => lines, ...same([]) },
  { name: 'a field edited', make: (lines) => lines.with(4, changed(lines[4]!)), ...same(['edit']) },
  {
    name: 'the last record edited',
    make: (lines) => lines.with(lines.length - 1, lines.at(-1)!.replace('"v":1', '"v":2')),
    ...same(['edit']),
  },
  {
    name: 'the first record edited',
    make: (lines) => lines.with(0, lines[0]!.replace('"v":1', '"v":2')),
    ...same(['edit']),
  },
  {
    name: 'a number edited',
    make: (lines) => lines.with(4, lines[4]!.replace('"seq":4', '"seq":40')),
    ...same(['edit']),
  },
  {
    name: 'a key that comes twice',
    make: (lines) => lines.with(4, lines[4]!.replace('{', '{"user_id":"admin",')),
    ...same(['edit']),
  },
  {
    name: 'edited with a new hash',
    make: (lines) => lines.with(4, forged(lines[4]!, { user_id: 'admin' })),
    keyed: ['edit'],
    unkeyed: ['splice'],
  },
  {
    // What a chain without a key cannot show, and an anchor can.
    name: 'edited, and everything after it written anew',
    make: (lines) => rewritten(lines, 8, { user_id: 'admin' }),
    keyed: ['edit', 'edit'],
    unkeyed: [],
    anchored: ['edit'],
  },
  {
    name: 'a record made unreadable',
    make: (lines) => lines.with(4, lines[4]!.replace('{', '')),
    ...same(['edit']),
  },
  { name: 'a record deleted', make: (lines) => lines.toSpliced(4, 1), ...same(['deletion']) },
  { name: 'three records deleted', make: (lines) => lines.toSpliced(4, 3), ...same(['deletion']) },
  { name: 'the beginning deleted', make: (lines) => lines.slice(2), ...same(['deletion']) },
  {
    name: 'two neighbours swapped',
    make: (lines) => lines.toSpliced(4, 2, lines[5]!, lines[4]!),
    ...same(['reordering']),
  },
  {
    name: 'a record moved to the end',
    make: (lines) => [...lines.toSpliced(4, 1), lines[4]!],
    ...same(['reordering']),
  },
  {
    name: 'a record moved to the beginning',
    make: (lines) => [lines[0]!, lines[6]!, ...lines.slice(1, 6), ...lines.slice(7)],
    ...same(['reordering', 'reordering', 'reordering', 'reordering', 'reordering']),
  },
  { name: 'a record repeated', make: (lines) => lines.toSpliced(6, 0, lines[4]!), ...same(['splice']) },
  {
    name: 'a record of another log inserted',
    make: (lines, other) => lines.toSpliced(4, 0, other[4]!),
    ...same(['splice']),
  },
  {
    name: 'a record of another log in place of one',
    make: (lines, other) => lines.with(4, other[4]!),
    ...same(['deletion', 'splice']),
  },
  { name: 'text inserted', make: (lines) => lines.toSpliced(4, 0, 'hello'), ...same(['splice']) },
  {
    name: 'a record without a chain inserted',
    make: (lines) => lines.toSpliced(4, 0, '{"event":"mcp_tool_call","timestamp":"2024-12-19T10:30:00Z"}'),
    ...same(['splice']),
  },
  {
    name: 'the end cut off',
    make: (lines) => lines.slice(0, 6),
    ...same(['crash']),
    anchored: ['truncation'],
  },
  {
    name: 'audit_end cut off',
    make: (lines) => lines.slice(0, -1),
    ...same(['crash']),
    anchored: ['truncation'],
  },
  {
    name: 'the end cut off in a line',
    make: (lines) => `${lines.slice(0, 6).join('\n')}\n${lines[6]!.slice(0, 50)}`,
    ...same(['crash', 'torn']),
    anchored: ['torn', 'truncation'],
  },
  {
    name: 'a key taken away from every record',
    make: (lines) =>
      rewritten(
        [lines[0]!, ...lines].map((line) => forged(line, { kid: 'ephemeral' })),
        1,
        {},
      ).slice(1),
    keyed: ['unkeyed'],
    unkeyed: [],
    anchored: ['edit'],
  },
];

describe('verifying one file', () => {
  for (const { name, make, keyed, unkeyed, anchored } of ROWS) {
    test(name, async (t) => {
      for (const keys of [auditKeys(SECRET), auditKeys(undefined)]) {
        const hasKey = keys.chain !== undefined;
        const folder = temporaryFolder(t);
        const { file, anchor } = write(folder, keys);
        const other = write(temporaryFolder(t), keys);
        const made = make(linesOf(file), linesOf(other.file));
        writeFileSync(file, typeof made === 'string' ? made : `${made.join('\n')}\n`);
        const secret = hasKey ? SECRET : undefined;
        assert.deepEqual(await problemsIn([folder], { secret }), hasKey ? keyed : unkeyed, `key: ${hasKey}`);
        const expected = anchored ?? unkeyed;
        if (!hasKey)
          assert.deepEqual(await problemsIn([folder], { anchors: [anchor] }), expected, 'anchored');
      }
    });
  }

  test('says where', async (t) => {
    const folder = temporaryFolder(t);
    const { file, anchor } = write(folder, auditKeys(SECRET));
    const lines = linesOf(file);
    writeFileSync(file, `${lines.with(4, changed(lines[4]!)).join('\n')}\n`);
    const { problems, isIntact, writers, records } = await verifyAudit([file], { secret: SECRET });
    assert.equal(isIntact, false);
    assert.equal(records, CALLS + 2);
    assert.deepEqual(problems, [
      {
        kind: 'edit',
        severity: 'broken',
        writer: anchor.writer,
        file,
        line: 5,
        text: 'record 4 is not what was written',
      },
    ]);
    assert.deepEqual(
      writers.map(({ proof, lastSeq, lastHash, hasEnded }) => ({ proof, lastSeq, lastHash, hasEnded })),
      [{ proof: 'keyed', lastSeq: anchor.seq, lastHash: anchor.hash, hasEnded: true }],
    );
  });

  test('with another key says that it is another', async (t) => {
    const folder = temporaryFolder(t);
    write(folder, auditKeys(SECRET));
    assert.deepEqual(await problemsIn([folder], { secret: Buffer.alloc(32, 9) }), ['wrong_key']);
  });

  test('without the key of a keyed log checks the links, and says so', async (t) => {
    const folder = temporaryFolder(t);
    const { file } = write(folder, auditKeys(SECRET));
    const { writers, isIntact } = await verifyAudit([folder]);
    assert.deepEqual([isIntact, writers[0]?.proof], [true, 'links']);
    writeFileSync(file, `${linesOf(file).toSpliced(4, 1).join('\n')}\n`);
    assert.deepEqual(await problemsIn([folder], {}), ['deletion']);
  });

  test('a log without a key is unkeyed when a key is given', async (t) => {
    const folder = temporaryFolder(t);
    write(folder, auditKeys(undefined));
    assert.deepEqual(await problemsIn([folder]), ['unkeyed']);
    assert.equal((await verifyAudit([folder])).writers[0]?.proof, 'unkeyed');
  });

  test('a clock that was set back is a note', async (t) => {
    const folder = temporaryFolder(t);
    let now = Date.UTC(2026, 10, 21, 12);
    write(folder, auditKeys(SECRET), () => (now -= 10));
    const { problems, isIntact } = await verifyAudit([folder], { secret: SECRET });
    assert.ok(isIntact);
    assert.ok(problems.every(({ kind, severity }) => kind === 'clock_back' && severity === 'note'));
    assert.ok(problems.length > 0);
  });

  test('an anchor of a writer that is not there', async (t) => {
    const folder = temporaryFolder(t);
    write(folder, auditKeys(SECRET));
    const anchors = [{ writer: 'host-1-00000000', seq: 3, hash: '0'.repeat(64) }];
    assert.deepEqual(await problemsIn([folder], { secret: SECRET, anchors }), ['deletion']);
  });

  test('any deletion, swap or change of a character is found', async (t) => {
    const folder = temporaryFolder(t);
    const { file, anchor } = write(folder, auditKeys(SECRET));
    const lines = linesOf(file);
    const index = fc.nat(lines.length - 1);
    const check = async (made: readonly string[]): Promise<boolean> => {
      writeFileSync(file, `${made.join('\n')}\n`);
      return (await verifyAudit([file], { secret: SECRET, anchors: [anchor] })).isIntact;
    };
    await fc.assert(
      fc.asyncProperty(
        index,
        index,
        fc.nat(),
        fc.constantFrom('delete', 'swap', 'change'),
        async (a, b, at, how) => {
          if (how === 'delete') assert.equal(await check(lines.toSpliced(a, 1)), false);
          else if (how === 'swap')
            assert.equal(await check(lines.with(a, lines[b]!).with(b, lines[a]!)), a === b);
          else {
            const line = lines[a]!;
            const where = at % line.length;
            const other = line[where] === 'x' ? 'y' : 'x';
            assert.equal(
              await check(lines.with(a, line.slice(0, where) + other + line.slice(where + 1))),
              false,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
    assert.equal(await check(lines), true);
  });
});

describe('verifying a folder', () => {
  const keys = auditKeys(SECRET);

  test('finds a file that is missing between others, and at the beginning', async (t) => {
    for (const missing of [0, 1]) {
      const folder = temporaryFolder(t);
      const files = [write(folder, keys), write(folder, keys), write(folder, keys)];
      assert.deepEqual(await problemsIn([folder]), []);
      rmSync(files[missing]!.file);
      assert.deepEqual(await problemsIn([folder]), ['deletion']);
    }
  });

  test('does not miss a file that was not given, nor one that may have been pruned', async (t) => {
    const folder = temporaryFolder(t);
    const first = write(folder, keys);
    const second = write(folder, keys);
    assert.deepEqual(await problemsIn([second.file]), []);
    rmSync(first.file);
    const later = Date.now() + 91 * 86_400_000;
    assert.deepEqual(await problemsIn([folder], { secret: SECRET, now: later }), []);
  });

  test('finds a file that ends before what the next one knows', async (t) => {
    for (const cut of [(lines: string[]) => `${lines.slice(0, 6).join('\n')}\n`, () => '']) {
      const folder = temporaryFolder(t);
      const first = write(folder, keys);
      write(folder, keys);
      writeFileSync(first.file, cut(linesOf(first.file)));
      assert.deepEqual(await problemsIn([folder]), ['truncation']);
    }
  });

  test('finds an unkeyed file that was written anew, through the one after it', async (t) => {
    const unkeyed = auditKeys(undefined);
    const folder = temporaryFolder(t);
    const first = write(folder, unkeyed);
    write(folder, unkeyed);
    writeFileSync(first.file, `${rewritten(linesOf(first.file), 4, { user_id: 'admin' }).join('\n')}\n`);
    assert.deepEqual(await problemsIn([folder], {}), ['edit']);
  });

  test('follows a writer through its files, and finds what is missing of them', async (t) => {
    const folder = temporaryFolder(t);
    const log = openLog({ dir: folder }, { rotate_bytes: 2_000 });
    for (let call = 0; call < 10; call += 1) runCall(log);
    log.close();
    const files = filesIn(folder);
    assert.ok(files.length > 3);
    assert.deepEqual(await problemsIn([folder]), []);
    const second = files.find((file) => file.endsWith('-2.jsonl'))!;
    const lines = linesOf(second);
    writeFileSync(second, `${lines.slice(0, -1).join('\n')}\n`);
    assert.deepEqual(await problemsIn([folder]), ['truncation']);
    renameSync(second, `${second}.away`);
    assert.deepEqual(new Set(await problemsIn([folder])), new Set(['deletion']));
  });

  test('keeps the chains of several writers in one file apart', async (t) => {
    const file = join(temporaryFolder(t), 'run.log');
    writeFileSync(file, 'an ordinary line\n{"level":"info"}\n');
    const logs = [openLog({ file }), openLog({ file })];
    for (let call = 0; call < 6; call += 1) runCall(logs[call % 2]!);
    for (const log of logs) log.close();
    const { problems, writers, others } = await verifyAudit([file], { secret: SECRET });
    assert.deepEqual([problems, writers.length, others], [[], 2, 2]);
    const lines = linesOf(file);
    writeFileSync(file, `${lines.toSpliced(5, 1).join('\n')}\n`);
    assert.deepEqual(await problemsIn([file]), ['deletion']);
  });

  test('a writer that was killed left no audit_end', async (t) => {
    const folder = temporaryFolder(t);
    const log = openLog({ dir: folder });
    runCall(log);
    const { problems, isIntact } = await verifyAudit([folder], { secret: SECRET });
    assert.deepEqual(
      problems.map(({ kind, severity, file }) => [kind, severity, basename(file)]),
      [['crash', 'gap', basename(filesIn(folder)[0]!)]],
    );
    assert.ok(isIntact);
    log.close();
    assert.equal(recordsOf(filesIn(folder)[0]!).length, 3);
  });
});
