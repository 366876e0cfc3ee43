/** The path guard's judgement of one path, against an oracle in another language and against real paths. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, describe, it } from 'node:test';

import { Root } from '../../src/guards/path-escape';
import { pathCases, type PathCase } from './support/path-cases';
import { askOracle, whyNoOracle } from './support/path-oracle';

const CASES = 220_000;
const SEED = Number(process.env['PATH_SEED'] ?? 20_261_121);
const REAL_PATHS = 30_000;

const roots = new Map<string, Root>();

function escapeOf({ root, path }: PathCase) {
  let known = roots.get(root);
  if (known === undefined) roots.set(root, (known = new Root(root)));
  return known.escapeOf(path);
}

/** What a denial may be for where the sentence sees no escape: `src/guards/path-escape.ts` says why each is one. */
function isStricterOnPurpose(path: string, reason: string): boolean {
  const decoded = [path];
  for (let round = 0; round < 3; round += 1) {
    decoded.push(
      (decoded.at(-1) ?? '').replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
        Buffer.from(escapes.replaceAll('%', ''), 'hex').toString(),
      ),
    );
  }
  const text = decoded.map((one) => `${one}\n${one.normalize('NFKC')}`).join('\n');
  if (reason === 'null_byte') return text.includes('\0');
  // A folding that is decoded again; a look-alike; space at the ends or behind dots; names of dots; `~`; the unfolded.
  return /[^\0-\x7f]|[\\/]{2}|(?:^|[\\/:])(?:[.\s]*\s[.\s]*|\.{3,})(?:[\\/]|$)|^~|^\s|\s$/m.test(text);
}

describe('generated paths', () => {
  it('every escape is denied, and what is denied besides is so on purpose', { skip: whyNoOracle() }, (t) => {
    const cases = [...pathCases(SEED, CASES)];
    const truth = askOracle(cases);
    assert.equal(truth.length, cases.length);
    const missed: PathCase[] = [];
    const wrong: (PathCase & { reason: string })[] = [];
    let escapes = 0;
    let stricter = 0;
    for (const [at, one] of cases.entries()) {
      const reason = escapeOf(one);
      assert.equal(escapeOf(one), reason, 'the same path twice gives the same answer');
      if (truth[at] === true) {
        escapes += 1;
        if (reason === undefined) missed.push(one);
      } else if (reason !== undefined) {
        stricter += 1;
        if (!isStricterOnPurpose(one.path, reason)) wrong.push({ ...one, reason });
      }
    }
    t.diagnostic(
      `seed ${SEED}: ${CASES} paths, ${escapes} escapes, ${missed.length} missed; ${stricter} denied beyond the sentence`,
    );
    assert.ok(escapes >= CASES / 4, `${escapes} escapes`);
    assert.deepEqual(missed.slice(0, 5), []);
    assert.deepEqual(wrong.slice(0, 5), []);
  });
});

describe('real paths', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paths-'));
  after(() => rmSync(folder, { recursive: true }));

  it('none that the oracle clears is denied, relative or absolute', { skip: whyNoOracle() }, (t) => {
    const root = join(__dirname, '../../..');
    const cases: PathCase[] = [
      ...underFolder('/usr/share', REAL_PATHS),
      ...underFolder(join(root, 'node_modules'), REAL_PATHS),
    ];
    const truth = askOracle(cases);
    let cleared = 0;
    for (const [at, one] of cases.entries()) {
      if (truth[at] === true) continue;
      cleared += 1;
      assert.equal(escapeOf(one), undefined, JSON.stringify(one));
    }
    t.diagnostic(
      `${cases.length} real paths; ${cases.length - cleared} name streams or devices of Windows, such as Foo::Bar.3pm`,
    );
    assert.ok(cleared >= 9_000, `${cleared} paths`);
  });

  it('no name that people give is denied', { skip: process.platform === 'win32' && 'POSIX names' }, () => {
    // prettier-ignore
    const made = [
      '100%', '50%25 off.txt', '%41', 'a%2fb', '%', '%%', '%zz', 'x%20y', '%2e', '%2e%2e%2e', 'v1..v2.diff', '..data', 'data..',
      '...', '...slug', '[...slug].ts', '..2026_11_21', '.env', '..hidden/x', 'a/..b/c..', 'données.txt', 'ünïcode/ß', '文件/图.md',
      'e\u0301.txt', '½.txt', '1⁄2', 'ﬁle', '①', 'ＡＢＣ', '🙂', '👨‍👩‍👧', 'कृपया', 'می‌خواهم', 'א.ב', 'x…', '‥.txt', 'a b ', ' a', "o'k", 'q?', 'a*b',
      'console.log', 'null.txt', 'comma', 'com10', 'lpt', 'auxiliary', 'conin', 'prn_x', 'a~', '~$doc.docx', '#x#', 'C', 'a;b', '$HOME',
    ];
    const places = made.flatMap((name) => [name, `a/b/${name}`, `a/../${name}`, `${folder}/${name}`]);
    for (const name of made) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, `${name}-file`), '');
    }
    for (const path of places) assert.equal(escapeOf({ root: folder, path }), undefined, path);
  });
});

function underFolder(root: string, most: number): PathCase[] {
  const found: string[] = [];
  const waiting = [root];
  for (let at = waiting.pop(); at !== undefined && found.length < most; at = waiting.pop()) {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      found.push(path);
    }
  }
  return found.flatMap((path) => [
    { root, path },
    { root, path: relative(root, path) },
  ]);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

describe('what each escape is called', () => {
  const rows: readonly [root: string, path: string, reason: string | undefined][] = [
    ['/srv/data', 'a/../../x', 'escapes_root'],
    ['/srv/data', '/srv/database', 'escapes_root'],
    ['/srv/data', '/srv/data/../data/x', undefined],
    ['/srv/data', 'a\\..\\..\\x', 'escapes_root'],
    ['/srv/data', '%25252e%25252e%25252fx', 'escapes_root'],
    ['/srv/data', '．．／x', 'escapes_root'],
    ['/srv/data', '％2e％2e％2fx', 'escapes_root'],
    ['/srv/data', '..∕x', 'escapes_root'],
    ['/srv/data', '.\u200b./x', 'escapes_root'],
    ['/srv/data', 'a½/../../x', 'escapes_root'],
    ['/srv/data', '１¼/．．/．．', 'escapes_root'],
    ['/srv/data', ' ../x', 'escapes_root'],
    ['/srv/data', 'a/.. /.. /x', 'escapes_root'],
    ['/srv/data', '~/.ssh/id_rsa', 'escapes_root'],
    ['/srv/data', '/SRV/data/x', 'escapes_root'],
    ['/srv/data', 'a\0b', 'null_byte'],
    ['/srv/data', 'a%2500b', 'null_byte'],
    ['/srv/data', 'C:\\Windows', 'other_drive'],
    ['/srv/data', 'c:x', 'other_drive'],
    ['/srv/data', '\\\\host\\share\\x', 'network_share'],
    ['/srv/data', '//srv/data/x', 'network_share'],
    ['/srv/data', '\\\\?\\C:\\x', 'network_share'],
    ['/srv/data', 'x/NUL', 'device_name'],
    ['/srv/data', 'x/com¹.txt', 'device_name'],
    ['/srv/data', 'con .log', 'device_name'],
    ['/srv/data', 'x.txt::$DATA', 'alternate_stream'],
    ['/srv/data', '\\??\\C:\\x', 'alternate_stream'],
    ['C:\\Data', 'c:/data/x', undefined],
    ['C:\\Data', 'C:x', undefined],
    ['C:\\Data', 'C:..\\x', 'escapes_root'],
    ['C:\\Data', 'C:nul', 'device_name'],
    ['C:\\Data', 'D:\\Data\\x', 'other_drive'],
    ['C:\\Data', '\\Windows', 'escapes_root'],
    ['\\\\host\\share\\data', '\\\\HOST\\share\\data\\x', undefined],
    ['\\\\host\\share\\data', '\\\\host\\share\\other', 'network_share'],
    ['\\\\host\\share\\data', 'x/../y', undefined],
    ['\\\\host\\share\\data', 'C:\\x', 'other_drive'],
    ['/', '/etc/../x', undefined],
    ['/', '../x', undefined],
    ['/srv/data', '', undefined],
    ['/srv/data', '.', undefined],
    ['/srv/data', './...', undefined],
  ];
  for (const [root, path, reason] of rows) {
    it(`${JSON.stringify(path)} in ${root}: ${reason ?? 'stays'}`, () => {
      assert.equal(escapeOf({ root, path }), reason);
    });
  }
});
