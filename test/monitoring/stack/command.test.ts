/** `npm run stack`, as a person uses it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { isAlive, REPOSITORY } from '../../../tools/stack/cache';
import { program } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import { runProgram } from '../../support/run-program';
import { childrenOf } from './sockets';

const MAIN = join(REPOSITORY, 'build/tools/stack/main.js');

/** What the stack needs, so that it does not have to be built while a test waits. */
const isThere = (context: TestContext): Promise<string | undefined> =>
  component(context, async () => {
    await program('alertmanager');
    await program('prometheus');
    await program('otelcol');
    return program('jaeger');
  });

interface Running {
  child: ChildProcess;
  stdout: string;
  stderr: string;
  ended: Promise<unknown>;
}

async function startCommand(context: TestContext, args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const running: Running = { child, stdout: '', stderr: '', ended: once(child, 'close') };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (running.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (running.stderr += text));
  context.after(() => child.kill('SIGKILL'));
  const deadline = Date.now() + 90_000;
  while (!running.stdout.includes('NODE_OPTIONS')) {
    assert.equal(child.exitCode, null, running.stderr);
    assert.ok(Date.now() < deadline, running.stderr);
    await pause(100);
  }
  return running;
}

test('prints URLs that answer, runs until Ctrl-C, and leaves no process', async (context) => {
  if ((await isThere(context)) === undefined) return;
  const running = await startCommand(context, ['--ports', 'free', '--agent', '127.0.0.1:9']);
  const urls = [...running.stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S+/g)].map(([url]) => url);
  assert.ok(urls.length >= 6, running.stdout);
  for (const url of urls) assert.equal((await fetch(url)).status, 200, url);
  const [, endpoint] = /OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)/.exec(running.stdout) ?? [];
  const answer = await fetch(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"resourceSpans":[]}',
  });
  assert.equal(answer.status, 200);

  const children = process.platform === 'linux' ? childrenOf(running.child.pid ?? 0) : [];
  if (process.platform === 'linux') assert.equal(children.length, 4);
  running.child.kill('SIGINT');
  await running.ended;
  assert.equal(running.child.exitCode, 0, running.stderr);
  assert.deepEqual(children.filter(isAlive), []);
});

test('SIGTERM ends it too, and one program that ends takes the others along', async (context) => {
  if ((await isThere(context)) === undefined) return;
  const terminated = await startCommand(context, ['--ports', 'free']);
  terminated.child.kill('SIGTERM');
  await terminated.ended;
  assert.equal(terminated.child.exitCode, 0, terminated.stderr);

  if (process.platform !== 'linux') return;
  const running = await startCommand(context, ['--ports', 'free']);
  const children = childrenOf(running.child.pid ?? 0);
  process.kill(children[0] ?? 0, 'SIGKILL');
  await running.ended;
  assert.equal(running.child.exitCode, 1);
  assert.match(running.stderr, /ended by itself/);
  assert.deepEqual(children.filter(isAlive), []);
});

test('killed without a chance to clean up, it leaves no process on Linux', async (context) => {
  if (process.platform !== 'linux') {
    context.skip('only Linux ends a program with its parent');
    return;
  }
  if ((await isThere(context)) === undefined) return;
  const running = await startCommand(context, ['--ports', 'free']);
  const children = childrenOf(running.child.pid ?? 0);
  assert.equal(children.length, 4);
  running.child.kill('SIGKILL');
  await running.ended;
  const deadline = Date.now() + 10_000;
  while (children.some(isAlive) && Date.now() < deadline) await pause(100);
  assert.deepEqual(children.filter(isAlive), []);
});

test('a standard port that is taken is an error where only those will do', async (context) => {
  if ((await isThere(context)) === undefined) return;
  // Somebody else may listen there already: then it is taken as well.
  const server = createServer().on('error', () => {});
  server.listen(9090, '127.0.0.1');
  context.after(() => server.close());
  const { code, stdout, stderr } = await runProgram(MAIN, { args: ['--ports', 'standard'] });
  assert.equal(code, 1);
  assert.match(stderr, /^stack: port \d+ is taken$/m);
  assert.equal(stdout, '');
});

test('a wrong argument is an error of its own, and names what is allowed', async () => {
  for (const [args, message] of [
    [['--prometheus', '1'], /--prometheus is 2\.42 or 3\.15, not '1'/],
    [['--ports', 'any'], /--ports is preferred or standard or free, not 'any'/],
    [['--agent', 'http://x/metrics'], /--agent is HOST:PORT/],
    [['start'], /the command is build, not 'start'/],
    [['--nothing'], /--nothing/],
  ] as const) {
    const { code, stderr } = await runProgram(MAIN, { args });
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, message);
  }
  const help = await runProgram(MAIN, { args: ['--help'] });
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: npm run stack/);
});

test('what is missing is said with its remedy, and building fails', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  // Nothing but Node on the PATH, nothing in the cache.
  symlinkSync(process.execPath, join(folder, 'node'));
  const env = { PATH: folder, XDG_CACHE_HOME: join(folder, 'cache') };
  const bare = await runProgram(MAIN, { args: ['build'], env });
  assert.equal(bare.code, 1);
  for (const message of [
    /8 missing/,
    /prometheus 2\.42: .*PROMETHEUS_BINARY is not set/,
    /alertmanager: .*ALERTMANAGER_BINARY is not set/,
    /OpenTelemetry Collector 0\.158\.0 is built with Go, and there is no go command: install Go 1\.26/,
    /jaeger 2\.13\.0 is built with Go/,
    /prometheus 3\.15: .*is built with Go/,
  ]) {
    assert.match(bare.stderr, message);
  }
  const named = await runProgram(MAIN, { env: { ...env, ALERTMANAGER_BINARY: '/nowhere/alertmanager' } });
  assert.equal(named.code, 1);
  assert.match(named.stderr, /ALERTMANAGER_BINARY names \/nowhere\/alertmanager, which is not there/);
});
