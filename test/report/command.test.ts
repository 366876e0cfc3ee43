/** `otel-mcp report` as people and cron run it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { buildReport } from '../../src/report/build';
import type { Report } from '../../src/report/model';
import { openLog, runCall, SECRET } from '../audit/support';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram, type ProgramOptions } from '../support/run-program';
import { blocked, call, failed, logOf, MINUTE, series, START, temporaryFolder, type Line } from './support';

const PROGRAM = join(REPOSITORY, 'build/src/cli/main.js');

const otelMcp = (args: readonly string[], options: ProgramOptions = {}) =>
  runProgram(PROGRAM, { args: ['report', ...args], ...options });

const quietLog = (): Line[] => [call(), call()];
const warningLog = (): Line[] => [...series(11, START, MINUTE, blocked), ...series(20, START, MINUTE, call)];
const criticalLog = (): Line[] => [...series(10, START, 0, failed), ...series(10, START, 0, call)];

describe('exit codes', () => {
  for (const [name, lines, args, code] of [
    ['no alert', quietLog, [], 0],
    ['a warning', warningLog, [], 1],
    ['a critical alert', criticalLog, [], 2],
    ['a warning, failing on critical ones', warningLog, ['--fail-on', 'critical'], 0],
    ['a critical alert, failing on critical ones', criticalLog, ['--fail-on', 'critical'], 2],
    ['a critical alert, failing on none', criticalLog, ['--fail-on', 'none'], 0],
    ['another threshold', warningLog, ['--threshold', 'access_denied_per_hour=11'], 0],
    ['a period without the alert', warningLog, ['--until', '2026-03-01T00:05:00Z'], 0],
    ['a period with no record', warningLog, ['--since', '2026-04-01'], 0],
    ['no record', () => ['text', '{"a":1}'], [], 3],
    ['an empty log', () => [], [], 3],
  ] as const) {
    test(`${code}: ${name}`, async (t) => {
      const result = expectExit(await otelMcp([logOf(t, lines()), ...args]), code);
      if (code === 3) assert.match(result.stderr, /^otel-mcp: no audit record in \d+ lines? of \d files?$/m);
      else assert.match(result.stdout, /^MCP Security Report$/m);
    });
  }

  test('3: a log that is not there, that cannot be read, or an empty folder', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'a.jsonl.gz'), 'no gzip');
    for (const [input, said] of [
      [join(folder, 'none.log'), /no audit log at .*none\.log/],
      [join(folder, '*.log'), /no audit log at/],
      [join(folder, 'a.jsonl.gz'), /cannot read .*a\.jsonl\.gz: incorrect header check/],
    ] as const) {
      const { stderr, stdout } = expectExit(await otelMcp([input]), 3);
      assert.match(stderr, said);
      assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
      assert.equal(stdout, '');
    }
    mkdirSync(join(folder, 'empty'));
    assert.match(expectExit(await otelMcp([join(folder, 'empty')]), 3).stderr, /no audit record in .*empty/);
  });

  test('64: a command line that is wrong', async (t) => {
    const log = logOf(t, quietLog());
    for (const [args, said] of [
      [[log, '--format', 'pdf'], /--format is one of text, json, md, html, not 'pdf'/],
      [[log, '--fail-on', 'high'], /--fail-on is one of none, warning, critical/],
      [[log, '--since', 'yesterday'], /--since is a time such as/],
      [[log, '--top', '0'], /--top is a whole number from 1/],
      [[log, '--threshold', 'errors=5'], /there is no 'errors'; there are access_denied_per_hour/],
      [[log, '--threshold', 'error_percent=101'], /error_percent is a number from 0 to 100/],
      [[log, '--threshold', 'error_percent'], /--threshold is NAME=NUMBER/],
      [[log, '--json', '--format', 'md'], /--json and --format md say two things/],
      [['--verify', '-'], /--verify reads a log twice/],
      [[log, '--verbose'], /unknown option '--verbose'/],
    ] as const) {
      assert.match(expectExit(await otelMcp(args), 64).stderr, said);
    }
  });
});

describe('what it prints', () => {
  test('JSON is the result of buildReport()', async (t) => {
    const log = logOf(t, warningLog());
    for (const flag of [['--json'], ['--format', 'json']]) {
      const { stdout } = expectExit(await otelMcp([log, ...flag, '--top', '2']), 1);
      const printed = JSON.parse(stdout) as Report;
      const built = await buildReport([log], { top: 2, now: Date.parse(printed.timestamp) });
      assert.deepEqual(printed, JSON.parse(JSON.stringify(built)));
    }
  });

  test('every format, by its name or by that of the file', async (t) => {
    const log = logOf(t, warningLog());
    const folder = temporaryFolder(t);
    for (const [format, name, begin] of [
      ['text', 'r.txt', /^MCP Security Report\n=/],
      ['json', 'r.json', /^\{\n {2}"schema_version": 1,/],
      ['md', 'r.md', /^# MCP Security Report\n/],
      ['html', 'r.html', /^<!doctype html>\n/],
    ] as const) {
      const { stdout } = expectExit(await otelMcp([log, '--format', format]), 1);
      assert.match(stdout, begin);
      const file = join(folder, name);
      assert.equal(expectExit(await otelMcp([log, '-o', file]), 1).stdout, '');
      assert.match(readFileSync(file, 'utf8'), begin);
    }
    assert.deepEqual(readdirSync(folder).toSorted(), ['r.html', 'r.json', 'r.md', 'r.txt'], 'nothing else');
  });

  test('nothing with --quiet, unless there is an alert; a file all the same', async (t) => {
    const file = join(temporaryFolder(t), 'r.json');
    const quiet = expectExit(await otelMcp([logOf(t, quietLog()), '--quiet']), 0);
    assert.deepEqual([quiet.stdout, quiet.stderr], ['', '']);
    assert.equal(
      expectExit(await otelMcp([logOf(t, warningLog()), '-q', '--fail-on', 'critical']), 0).stdout,
      '',
    );
    assert.match(expectExit(await otelMcp([logOf(t, warningLog()), '-q']), 1).stdout, /^ALERTS:$/m);
    expectExit(await otelMcp([logOf(t, quietLog()), '-q', '-o', file]), 0);
    assert.equal((JSON.parse(readFileSync(file, 'utf8')) as Report).schema_version, 1);
  });

  test('no progress where stderr is no terminal', async (t) => {
    assert.equal(expectExit(await otelMcp([logOf(t, quietLog())]), 0).stderr, '');
  });

  test('as much as a reader wants, and the exit code does not suffer', async (t) => {
    const log = logOf(t, warningLog());
    const child = spawn(process.execPath, [PROGRAM, 'report', log, '--format', 'html'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    await new Promise((done) => child.once('close', done));
    assert.equal(stderr, '');
  });
});

describe('an output file', () => {
  test('is replaced as a whole, with its mode, behind a link too', async (t) => {
    const folder = temporaryFolder(t);
    const [file, link] = [join(folder, 'r.txt'), join(folder, 'link.txt')];
    writeFileSync(file, 'old', { mode: 0o640 });
    symlinkSync('r.txt', link);
    const { ino } = statSync(file);
    expectExit(await otelMcp([logOf(t, quietLog()), '-o', link]), 0);
    assert.match(readFileSync(file, 'utf8'), /^MCP Security Report/);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.notEqual(statSync(file).ino, ino, 'a reader of the old file still has all of it');
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o640);
  });

  test('stays as it was when the log cannot be read; one that cannot be written is exit code 3', async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, 'r.txt');
    writeFileSync(file, 'old');
    expectExit(await otelMcp([join(folder, 'none.log'), '-o', file]), 3);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    const { stderr } = expectExit(await otelMcp([logOf(t, quietLog()), '-o', join(folder, 'no/r.txt')]), 3);
    assert.match(stderr, /cannot write .*no\/r\.txt/);
    assert.ok(!existsSync(join(folder, 'no')));
  });

  const noShell = process.platform === 'win32' ? 'no /dev/stdout' : false;
  test('may be a device or a pipe, which is written to', { skip: noShell }, (t) => {
    const command = `"${process.execPath}" "${PROGRAM}" report "${logOf(t, quietLog())}" -o /dev/stdout | cat`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    assert.match(stdout, /^MCP Security Report/, stderr);
  });
});

describe('what it reads', () => {
  const text = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

  test('standard input, named or not', async () => {
    for (const args of [['-'], []]) {
      const { stdout } = expectExit(await otelMcp(args, { stdin: text(quietLog()) }), 0);
      assert.match(stdout, /^Total Calls: 2$/m);
    }
  });

  test('files, folders, globs and .gz together, each file once', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'a.jsonl'), text(quietLog()));
    writeFileSync(join(folder, 'b.log'), `10:00 INFO starting\nMCP_AUDIT: ${text([call()])}`);
    writeFileSync(join(folder, 'c.jsonl.gz'), gzipSync(text([call()])));
    const { stdout } = expectExit(await otelMcp([folder, join(folder, '*.jsonl'), '--json']), 0);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.tool_call_stats.total_calls, 4);
    assert.equal(report.coverage.file_count, 3);
    assert.equal(report.coverage.foreign_lines, 1);
  });

  test('the log of a policy, under its thresholds and with its key', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'audit.key'), SECRET);
    const log = openLog({ dir: join(folder, 'audit') });
    for (let calls = 0; calls < 5; calls += 1) runCall(log);
    log.close();
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      'version: 1\nid: p\naudit: {dir: audit, key_file: audit.key}\nreport: {thresholds: {average_latency_ms: 1}}\n',
    );
    const { stdout } = expectExit(await otelMcp(['--policy', policy, '--verify', '--json']), 0);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.tool_call_stats.total_calls, 5);
    assert.deepEqual(report.integrity?.proofs, { keyed: 1, unkeyed: 0, links: 0 });
    assert.equal(report.integrity?.is_intact, true);
    assert.equal(report.objectives.find(({ name }) => name === 'average_latency')?.is_met, false);
    writeFileSync(policy, 'version: 1\nid: p\nreports: {}\n');
    assert.match(expectExit(await otelMcp(['--policy', policy]), 3).stderr, /unknown key `reports`/);
  });

  test('twice with --verify: a log that was changed is a critical alert', async (t) => {
    const folder = temporaryFolder(t);
    const log = openLog({ dir: folder });
    for (let calls = 0; calls < 5; calls += 1) runCall(log);
    log.close();
    const key = join(temporaryFolder(t), 'key');
    writeFileSync(key, SECRET);
    const args = [folder, '--verify', '--key-file', key];
    assert.match(expectExit(await otelMcp(args), 0).stdout, /^ {2}Verified: 7 records\.$/m);
    const [file] = readdirSync(folder).map((name) => join(folder, name));
    writeFileSync(file!, readFileSync(file!, 'utf8').replace('"user_id":"user123"', '"user_id":"mallory"'));
    const { stdout } = expectExit(await otelMcp(args), 2);
    assert.match(stdout, /^ {2}\[CRITICAL\] the audit log is not as it was written: 1 × edit$/m);
    assert.match(stdout, /^ {2}.*audit-.*\.jsonl:2: edit: record 1 is not what was written$/m);
    expectExit(await otelMcp([...args, '--fail-on', 'none']), 0);
    expectExit(await otelMcp([folder]), 0);
    const noKey = expectExit(await otelMcp([folder, '--verify', '--key-file', join(folder, 'none')]), 3);
    assert.match(noKey.stderr, /none/);
  });
});

test('the help names every option, threshold and exit code', async () => {
  const { stdout } = expectExit(await otelMcp(['--help']));
  for (const word of [
    '--since',
    '--until',
    '--format',
    '--output',
    '--fail-on',
    '--quiet',
    '--top',
    '--policy',
    '--threshold',
    '--verify',
    '--key-file',
    'error_percent=10',
    'unknown: no record',
  ]) {
    assert.ok(stdout.includes(word), word);
  }
});
