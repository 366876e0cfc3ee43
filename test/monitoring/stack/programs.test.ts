/** Where the programs come from: their versions, the files that builds are made from, and two processes at once. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { REPOSITORY, run } from '../../../tools/stack/cache';
import { relocate } from '../../../tools/stack/debian';
import { COLLECTOR_VERSION } from '../../../tools/stack/go';
import { lock } from '../../../tools/stack/lock';
import { program, type ProgramName, type PrometheusVersion } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import { runProgram } from '../../support/run-program';

const VERSIONS: readonly [ProgramName, PrometheusVersion | undefined, string, RegExp][] = [
  ['prometheus', '2.42', '--version', /version 2\.42\./],
  ['promtool', '2.42', '--version', /version 2\.42\./],
  ['prometheus', '3.15', '--version', /version 3\.15\./],
  ['promtool', '3.15', '--version', /version 3\.15\./],
  ['alertmanager', undefined, '--version', /version 0\.25\./],
  ['amtool', undefined, '--version', /version 0\.25\./],
  ['otelcol', undefined, '--version', /version 0\.158\./],
  ['jaeger', undefined, 'version', /"gitVersion":"2\.13\.0"/],
];

for (const [name, version, flag, expected] of VERSIONS) {
  test(
    `${name} ${version ?? ''} says the version that it is asked for`.replaceAll('  ', ' '),
    async (context) => {
      const binary = await component(context, () => program(name, version));
      if (binary === undefined) return;
      const { stdout, stderr } = await run(binary, [flag]);
      assert.match(stdout + stderr, expected);
    },
  );
}

const source = (path: string): string => readFileSync(join(REPOSITORY, 'tools/stack/go', path), 'utf8');

test('the Collector is built from the modules that its manifest names', () => {
  interface Manifest {
    dist: { version: string; module: string };
    [kind: string]: unknown;
  }
  const { dist, ...kinds } = parse(source('collector/manifest.yaml')) as Manifest;
  assert.equal(dist.version, COLLECTOR_VERSION);
  const versions = source('collector/go.mod');
  assert.match(versions, new RegExp(`^module ${dist.module}$`, 'm'));
  const named = Object.values(kinds).flatMap((list) =>
    (list as { gomod: string }[]).map(({ gomod }) => gomod),
  );
  assert.ok(named.length >= 18);
  for (const gomod of named) assert.ok(versions.includes(`\t${gomod}\n`), gomod);
});

test('two processes that fill the same entry of the cache leave one whole', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { XDG_CACHE_HOME: folder };
  const things = join(folder, 'opentelemetry-instrumentation-mcp/thing');
  // What a process left that was killed meanwhile; no process has so high an id.
  mkdirSync(join(things, '1.0.99999999.abcdef01.tmp'), { recursive: true });
  const file = join(REPOSITORY, 'test/monitoring/stack/programs/fill.cjs');
  const results = await Promise.all([runProgram(file, { env }), runProgram(file, { env })]);
  for (const { code, stdout, stderr } of results) {
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as { whole: boolean }).whole, true);
  }
  const last = await runProgram(file, { env });
  assert.deepEqual(JSON.parse(last.stdout), { whole: true, beside: ['1.0'] });
});

test('a lock is waited for, and taken over from a process that is gone', async (context) => {
  const parent = mkdtempSync(join(tmpdir(), 'lock-'));
  context.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, 'some.lock');
  const never = (): boolean => false;
  const unlock = await lock(folder, never);
  let second = false;
  const waiting = lock(folder, never).then((release) => {
    second = true;
    return release;
  });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal(second, false);
  await unlock();
  await (
    await waiting
  )();
  assert.equal(existsSync(folder), false);

  mkdirSync(folder);
  writeFileSync(join(folder, 'pid'), '99999999');
  const taken = await lock(folder, never);
  assert.equal(readFileSync(join(folder, 'pid'), 'utf8'), String(process.pid));
  // Somebody else's, but what it is for is done.
  await (
    await lock(folder, () => true)
  )();
  assert.equal(existsSync(folder), true);
  await taken();
});

test('a folder that is compiled into a program is replaced, and longer paths that begin alike are not', async (context) => {
  const parent = mkdtempSync(join(tmpdir(), 'relocate-'));
  context.after(() => rmSync(parent, { recursive: true, force: true }));
  const file = join(parent, 'program');
  // A Go string ends without a mark: what follows may be anything but a slash.
  writeFileSync(file, '\u0000x/usr/share/thingy /usr/share/thing/ui\u0000/usr/share/thing');
  await relocate(file, '/usr/share/thing', '.');
  assert.equal(
    readFileSync(file, 'latin1'),
    '\u0000x.///////////////y /usr/share/thing/ui\u0000.///////////////',
  );
  await assert.rejects(relocate(file, '/opt/thing', '.'), /does not name \/opt\/thing/);
});
