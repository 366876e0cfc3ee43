/** What is in the tarball, how large it is, and what the package linters say of it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { REPOSITORY, tarball } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const run = promisify(execFile);

const MAX_PACKED_KB = 800;
const MAX_UNPACKED_KB = 3_100;

interface PackedFile {
  readonly name: string;
  readonly bytes: number;
}

/** Name and size of every file: fields of the 512-byte headers of a tar archive. */
function filesIn(archive: Buffer): PackedFile[] {
  const files: PackedFile[] = [];
  const text = (from: number, length: number): string =>
    archive.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= archive.length;) {
    const name = text(at, 100);
    if (name === '') break;
    const prefix = text(at + 345, 155);
    const bytes = Number.parseInt(text(at + 124, 12), 8);
    const path = prefix === '' ? name : `${prefix}/${name}`;
    files.push({ name: path.replace(/^package\//, ''), bytes });
    at += 512 + Math.ceil(bytes / 512) * 512;
  }
  return files;
}

/** The source that a built file was made from; `undefined` when there is none (any more). */
function sourceOf(built: string): string | undefined {
  const base = built.replace(/^build\//, '').replace(/(?:\.d)?\.([cm]?)[jt]s$/, '.$1ts');
  return existsSync(join(REPOSITORY, base)) ? base : undefined;
}

describe('the tarball', () => {
  test('holds the built sources, the pages, the monitoring configuration, the readme, the changelog, the licence, and nothing else', async () => {
    const { file } = await tarball();
    const names = filesIn(gunzipSync(readFileSync(file))).map(({ name }) => name);
    const built = names.filter((name) => name.startsWith('build/src/'));
    assert.ok(built.length > 100, `only ${built.length} built files`);
    const stale = built.filter((name) => sourceOf(name) === undefined);
    assert.deepEqual(stale, [], 'built files without a source: remove build/ and build again');
    const copied = names.filter((name) => /^(collector-config|grafana)\//.test(name));
    const kept = ['collector-config', 'grafana'].flatMap((folder) =>
      readdirSync(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(REPOSITORY, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
    );
    assert.deepEqual(copied.toSorted(), kept.toSorted());
    const others = names
      .filter((name) => !name.startsWith('build/src/') && !copied.includes(name))
      .toSorted();
    assert.deepEqual(others, [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'audit.schema.json',
      'docker-compose.yaml',
      'docs/anomaly-detection.md',
      'docs/cli.md',
      'docs/dashboards.md',
      'docs/environment.md',
      'docs/frameworks.md',
      'docs/monitoring.md',
      'docs/operations.md',
      'docs/policy.md',
      'docs/report.md',
      'docs/runbook.md',
      'docs/security.md',
      'docs/telemetry.md',
      'package.json',
      'policy.schema.json',
    ]);
  });

  test(`is at most ${MAX_PACKED_KB} kB, ${MAX_UNPACKED_KB} kB unpacked`, async (context) => {
    const packed = readFileSync((await tarball()).file);
    const unpacked = filesIn(gunzipSync(packed)).reduce((sum, { bytes }) => sum + bytes, 0);
    context.diagnostic(`${Math.ceil(packed.length / 1000)} kB, ${Math.ceil(unpacked / 1000)} kB unpacked`);
    assert.ok(packed.length <= MAX_PACKED_KB * 1000, `${packed.length} bytes`);
    assert.ok(unpacked <= MAX_UNPACKED_KB * 1000, `${unpacked} bytes unpacked`);
  });

  test('the command has its first line and runs', async () => {
    const program = join(REPOSITORY, 'build/src/cli/main.js');
    assert.match(readFileSync(program, 'utf8'), /^#!\/usr\/bin\/env node\n/);
    expectExit(await runProgram(program, { args: ['--help'] }));
  });
});

const bin = (name: string): string => join(REPOSITORY, 'node_modules', '.bin', name);

describe('linters of packages', () => {
  test('publint', async () => {
    const { stdout } = await run(bin('publint'), ['run', '--strict', (await tarball()).file]);
    assert.match(stdout, /All good!/);
  });

  test('attw for CommonJS and ES modules under node16 resolution', async () => {
    // It fails by its exit code; `node10`, which knows no subpaths, is outside the profile.
    const { stdout } = await run(bin('attw'), ['--profile', 'node16', '--no-color', (await tarball()).file]);
    for (const entry of ['', '/register', '/testing']) assert.ok(stdout.includes(`-mcp${entry}"`), stdout);
  });
});
