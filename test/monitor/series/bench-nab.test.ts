/** `npm run bench:nab` as somebody runs it: on series of one's own, laid out as NAB's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { REPOSITORY } from '../../support/installs';
import { cleanEnvironment } from '../../support/run-program';
import { gaussFrom, scoresOf, series, START } from './support';

const PROGRAM = join(REPOSITORY, 'bench/nab/run.mjs');

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

function bench(...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  return { code: status, out: stdout, error: stderr };
}

/** 400 minutes with a spike, as NAB writes them: times without a zone. */
const gauss = gaussFrom(1);
const VALUES = series(400, (i) => Math.round(1e4 * (i === 300 ? 25 : gauss())) / 1e4);
const LINES = VALUES.map(
  (value, i) => `${new Date(START + i * 60_000).toISOString().slice(0, 19).replace('T', ' ')},${value}`,
);
const CSV = `timestamp,value\n${LINES.join('\n')}\n`;

let folder = '';
let number = 0;

/** A fresh folder with these files. */
function filled(files: Readonly<Record<string, string>>): string {
  const base = join(folder, String(number++));
  mkdirSync(base);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, name)), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  return base;
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-nab-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('bench:nab', () => {
  for (const layout of ['data/', '']) {
    test(`writes a result per series found in ${layout || '.'}, line by line`, () => {
      const data = filled({
        [`${layout}one/a.csv`]: CSV,
        [`${layout}two/b.csv`]: CSV.replaceAll('\n', '\r\n'),
        [`${layout}two/notes.txt`]: 'no series',
      });
      const out = join(data, 'results', 'of today');
      const { code, error, out: said } = bench('--data', data, '--out', out);
      assert.equal(code, 0, error);
      assert.equal(error, '');
      assert.match(said, /^2 series with 800 values; .*\n(?:.*\n)*.*score\.py --results/);
      assert.deepEqual(
        [readdirSync(join(out, 'one')), readdirSync(join(out, 'two'))],
        [['a.csv'], ['b.csv']],
      );
      const scores = scoresOf(VALUES);
      assert.ok(scores[300]! >= 0.5);
      const wanted = ['timestamp,value,anomaly_score', ...LINES.map((line, i) => `${line},${scores[i]}`), ''];
      for (const name of ['one/a.csv', 'two/b.csv']) {
        assert.deepEqual(readFileSync(join(out, name), 'utf8').split('\n'), wanted);
      }
    });
  }

  test('takes other parameters, and the time', () => {
    const data = filled({ 'one/a.csv': CSV });
    const { code, error, out } = bench(
      '--data',
      data,
      '--out',
      join(data, 'out'),
      '--time',
      '--set',
      'warmUp=350',
    );
    assert.equal(code, 0, error);
    assert.match(out, /^\d+ ns per value, \d+ bytes of state per series$/m);
    const lines = readFileSync(join(data, 'out/one/a.csv'), 'utf8').trim().split('\n').slice(1);
    assert.ok(lines.slice(0, 350).every((line) => line.endsWith(',0')));
  });

  test('tells how it is called', () => {
    const { code, out } = bench('--help');
    assert.equal(code, 0);
    assert.match(out, /--data DIR[\s\S]*--out RESULTS/);
  });

  const BAD: readonly [string, Readonly<Record<string, string>>, readonly string[], RegExp][] = [
    ['no folder', {}, ['--data', '{}/nowhere', '--out', '{}/out'], /nowhere is no folder/],
    ['no series', { 'one/a.txt': '' }, ['--data', '{}', '--out', '{}/out'], /has no <group>\/<file>\.csv/],
    ['no option', {}, [], /--data and --out are needed/],
    ['an unknown option', {}, ['--dat', 'x'], /--dat/],
    ['an unknown parameter', {}, ['--data', '{}', '--out', '{}/out', '--set', 'x=1'], /no parameter x/],
    [
      'a file without a header',
      { 'one/a.csv': '' },
      ['--data', '{}', '--out', '{}/out'],
      /a\.csv: the first line/,
    ],
    [
      'a line that is none',
      { 'one/a.csv': CSV.replace(LINES[7]!, 'yesterday,7') },
      ['--data', '{}', '--out', '{}/out'],
      /a\.csv: line 9: not a timestamp and a number: yesterday,7/,
    ],
    [
      'a line without a value',
      { 'one/a.csv': CSV.replace(LINES[7]!, '2026-03-02 00:07:00,') },
      ['--data', '{}', '--out', '{}/out'],
      /a\.csv: line 9/,
    ],
  ];
  for (const [what, files, args, message] of BAD) {
    test(`says so when there is ${what}`, () => {
      const base = filled(files);
      const { code, error } = bench(...args.map((arg) => arg.replace('{}', base)));
      assert.equal(code, 2);
      assert.match(error, message);
      assert.doesNotMatch(error, /\n\s+at /);
      assert.ok(!existsSync(join(base, 'out')));
    });
  }
});
