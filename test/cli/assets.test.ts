/** `otel-mcp assets`: what a user expects of a command that writes files. That it works from the tarball: test/package/assets. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import type { AssetsReport } from '../../src/cli/commands/assets-copy';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'assets-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => runProgram(PROGRAM, { args: ['assets', ...args], cwd: folder });

async function report(...args: string[]): Promise<AssetsReport> {
  return JSON.parse(expectExit(await run('--json', ...args)).stdout) as AssetsReport;
}

async function fails(code: number, ...args: string[]): Promise<string> {
  const { stdout, stderr } = expectExit(await run(...args), code);
  assert.equal(stdout, '', 'stdout belongs to results');
  assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
  return stderr;
}

const states = ({ files }: AssetsReport) => [...new Set(files.map(({ state }) => state))];

test('it makes the folder, says what it wrote and what to type next', async () => {
  const { stdout } = expectExit(await run('--out', 'new/monitoring'));
  const [, written = '', all] = /^(\d+) of (\d+) files written to new\/monitoring$/m.exec(stdout) ?? [];
  assert.ok(Number(written) > 10, stdout);
  assert.equal(written, all);
  assert.match(stdout, /^ {2}collector-config\/collector\.yaml$/m);
  assert.match(stdout, /^Next\n {2}cd new\/monitoring\n {2}docker compose up /m);
});

test('written again, everything is as it was, and no file is touched', async () => {
  await report('--out', 'again');
  const file = join(folder, 'again/docker-compose.yaml');
  const before = statSync(file).mtimeMs;
  assert.deepEqual(states(await report('--out', 'again')), ['unchanged']);
  assert.equal(statSync(file).mtimeMs, before);
  assert.match(
    expectExit(await run('--out', 'again')).stdout,
    /^0 of \d+ files written to again, the others/,
  );
});

test('a changed file is named and not overwritten, and nothing else is written either', async () => {
  await report('--out', 'edited');
  const [compose, collector] = ['docker-compose.yaml', 'collector-config/collector.yaml'] as const;
  writeFileSync(join(folder, 'edited', compose), 'mine\n');
  rmSync(join(folder, 'edited', collector));
  const said = await fails(1, '--out', 'edited');
  assert.match(
    said,
    /^otel-mcp: nothing was written: a file in edited would be overwritten\n {2}docker-compose/,
  );
  assert.match(said, /--force overwrites/);
  assert.equal(readFileSync(join(folder, 'edited', compose), 'utf8'), 'mine\n');
  assert.throws(() => statSync(join(folder, 'edited', collector)));

  const { files } = await report('--out', 'edited', '--force');
  const stateOf = (path: string) => files.find((file) => file.path === path)?.state;
  assert.deepEqual([stateOf(compose), stateOf(collector)], ['overwritten', 'written']);
  for (const path of [compose, collector]) {
    assert.deepEqual(readFileSync(join(folder, 'edited', path)), readFileSync(join(REPOSITORY, path)));
  }
});

test('a folder that cannot be written is exit code 1, and the message says which and why', async () => {
  writeFileSync(join(folder, 'file'), '');
  assert.match(
    await fails(1, '--out', 'file'),
    /^otel-mcp: cannot read \S+file\S+: a file is where a folder/,
  );
  assert.match(await fails(1, '--out', 'file/below'), /a file is where a folder should be/);
  mkdirSync(join(folder, 'taken/docker-compose.yaml'), { recursive: true });
  assert.match(await fails(1, '--out', 'taken'), /docker-compose\.yaml: a folder of that name is there/);
});

test(
  'a folder that nobody can make',
  { skip: process.platform !== 'linux' && 'it needs /proc' },
  async () => {
    // Where Node's own `recursive` never returns.
    assert.match(await fails(1, '--out', '/proc/monitoring'), /^otel-mcp: cannot write \/proc\/monitoring\//);
  },
);

test('without --out it is a wrong command line; help shows how', async () => {
  assert.match(await fails(64), /'assets' needs --out DIR/);
  assert.match(await fails(64, '--out', ''), /'assets' needs --out DIR/);
  assert.match(await fails(64, 'monitoring'), /monitoring/);
  const { stdout } = expectExit(await run('--help'));
  assert.match(stdout, /^Usage {2}otel-mcp assets --out DIR \[options\]$/m);
  assert.match(stdout, /^Examples\n {2}npx otel-mcp assets --out monitoring  # into/m);
});
