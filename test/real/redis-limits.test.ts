/** Agents whose limits are in a real Redis. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { compilePolicy } from '../../src/guards/compile';
import { LimitStores } from '../../src/guards/limit-stores';
import { policy, toolCall } from '../guards/support/input';
import { programsIn, project, REPOSITORY } from '../support/installs';
import {
  expectExit,
  runProgram,
  startProgram,
  type ProgramResult,
  type RunningProgram,
} from '../support/run-program';
import { component } from './support/component';
import { startRedis, type Redis } from './support/redis';

const AGENT = join(REPOSITORY, 'test/real/programs/limited-agent.cjs');

interface Counts {
  admitted: number;
  denied: number;
  failed: number;
  arrived: number;
  inOrder: boolean;
  longest: number;
}

async function provide(context: TestContext): Promise<Redis | undefined> {
  const redis = await component(context, startRedis);
  if (redis !== undefined) context.after(() => redis.end());
  return redis;
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'limits-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function writePolicy(context: TestContext, redis: object, points: number, mode = 'enforce'): string {
  const file = join(folder(context), 'policy.json');
  const rate = [{ id: 'all', per: ['server'], points, window: '1h' }];
  writeFileSync(file, JSON.stringify({ version: 1, id: 'limits', mode, limits: { rate, store: { redis } } }));
  return file;
}

function start(policyFile: string, ...args: string[]): RunningProgram {
  const env = { MCP_GUARD_POLICY: policyFile, OTEL_MCP_SDK: 'off' };
  return startProgram(AGENT, { preload: 'require', args, env, timeoutMs: 120_000 });
}

function agent(policyFile: string, ...args: string[]): Promise<ProgramResult> {
  const { child, result } = start(policyFile, ...args);
  child.stdin.end();
  return result;
}

const countsOf = (result: ProgramResult): Counts => JSON.parse(expectExit(result).stdout) as Counts;

test('1,000 calls of one client arrive in the order in which they were made', async (context) => {
  const redis = await provide(context);
  if (redis === undefined) return;
  const file = writePolicy(context, { url: redis.url, timeout: '10s', on_error: 'closed' }, 700);
  const result = countsOf(await agent(file, '1000', 'at-once'));
  // With ten lists of tools among them.
  assert.deepEqual(
    [result.admitted, result.denied, result.failed, result.arrived, result.inOrder],
    [700, 300, 0, 710, true],
  );
});

test('two processes of 10,000 calls each never exceed the limit together', async (context) => {
  const redis = await provide(context);
  if (redis === undefined) return;
  const file = writePolicy(context, { url: redis.url, timeout: '10s', on_error: 'closed' }, 5_000);
  const results = (await Promise.all([agent(file, '10000'), agent(file, '10000')])).map(countsOf);
  assert.equal(results[0]!.admitted + results[1]!.admitted, 5_000);
  assert.equal(results[0]!.arrived + results[1]!.arrived, 5_000);
  assert.equal(results[0]!.denied + results[1]!.denied, 15_000);
  assert.ok(
    results.every(({ admitted }) => admitted > 100),
    'both had a part of it',
  );
});

test('under observe nothing is denied, and what would be is counted all the same', async (context) => {
  const redis = await provide(context);
  if (redis === undefined) return;
  const file = writePolicy(context, { url: redis.url, timeout: '10s' }, 30, 'observe');
  // Nobody waits for Redis: what it has not answered when a process ends is lost, so this one goes on for a while.
  const { child, result } = start(file, '100', 'at-once', 'keep');
  const client = redis.client();
  context.after(() => client.disconnect());
  const deadline = Date.now() + 20_000;
  for (let used: string | null = null; used !== '30'; await pause(50)) {
    assert.ok(Date.now() < deadline, `${used} of 30`);
    const [key = ''] = await client.keys('mcpguard:*');
    used = await client.hget(key, 'used');
  }
  await pause(300);
  const [key = ''] = await client.keys('mcpguard:*');
  assert.equal(await client.hget(key, 'used'), '30');
  child.stdin.end();
  const { admitted, inOrder } = countsOf(await result);
  assert.deepEqual([admitted, inOrder], [100, true]);
});

test('a slow Redis does not delay the end of an agent, nor does one that is there', async (context) => {
  const redis = await provide(context);
  if (redis === undefined) return;
  const file = writePolicy(context, { url: redis.url }, 1_000_000);
  const healthy = expectExit(await agent(file, '20'));
  redis.stop();
  const slow = await agent(file, '20');
  redis.resume();
  assert.equal(countsOf(slow).admitted, 20);
  assert.ok(slow.ms < healthy.ms + 1_500, `${slow.ms} ms, and ${healthy.ms} ms with a Redis that answers`);
});

for (const onError of ['local', 'open', 'closed'] as const) {
  test(`${onError}: Redis is stopped, killed and started again`, async (context) => {
    const redis = await provide(context);
    if (redis === undefined) return;
    let failures = 0;
    const stores = new LimitStores({ evicted() {}, storeFailed: () => (failures += 1) });
    context.after(() => stores.use(undefined));
    const parsed = policy({
      mode: 'enforce',
      limits: {
        rate: [{ id: 'r', per: ['user'], points: 4, window: '1h' }],
        store: { redis: { url: redis.url, timeout: '200ms', on_error: onError } },
      },
    });
    const { engine } = compilePolicy(parsed, { clock: Date.now, counters: stores.use(parsed.limits) });
    const decide = async () => {
      const startedAt = performance.now();
      const { decisions, denial } = await engine.decideShared(toolCall({ now: Date.now() }));
      const decision = decisions.at(-1);
      const said = [decision?.verdict, decision?.action, decision?.reason, decision?.remaining];
      return { said, denial: denial?.kind, ms: performance.now() - startedAt };
    };
    const recovers = async (): Promise<void> => {
      const deadline = Date.now() + 15_000;
      for (let before = failures; ; before = failures) {
        await engine.decideShared(toolCall({ now: Date.now() }));
        if (failures === before) return;
        assert.ok(Date.now() < deadline, 'it has not recovered');
        await pause(100);
      }
    };
    const away = {
      local: [undefined, 'allow', 'allowed', 'allowed'],
      open: [undefined, 'error', 'failed_open', 'store_unavailable'],
      closed: ['guard_unavailable', 'error', 'blocked', 'store_unavailable'],
    }[onError];

    assert.deepEqual((await decide()).said, ['allow', 'allowed', 'allowed', 3]);
    redis.stop();
    const [first, second] = [await decide(), await decide()];
    assert.equal(failures, 2);
    assert.deepEqual([first.denial, ...first.said.slice(0, 3)], away);
    assert.deepEqual([second.denial, ...second.said.slice(0, 3)], away);
    assert.ok(first.ms >= 195 && first.ms < 5_000, `the first waited ${first.ms} ms`);
    assert.ok(second.ms < 195, `the second was not asked, and waited ${second.ms} ms`);
    redis.resume();
    await recovers();

    await redis.kill();
    await pause(50);
    const gone = await decide();
    assert.ok(gone.ms < 195, `nobody is waited for: ${gone.ms} ms`);
    assert.equal(gone.said[0], onError === 'local' ? 'allow' : 'error');
    if (onError === 'local') {
      // What is counted here denies, too.
      for (let call = 0; call < 4; call += 1) await decide();
      assert.equal((await decide()).denial, 'rate_limited');
    }
    await redis.start();
    await recovers();
    // It came back with nothing in it; `recovers` has made one call.
    assert.deepEqual((await decide()).said, ['allow', 'allowed', 'allowed', 2]);
  });
}

test('without ioredis the policy is not in force, and the message says what to install', async (context) => {
  const place = await programsIn(await project({ sdk: '1.32.2', otel: '2.x' }), 'test/real/programs');
  const result = await runProgram(join(place, 'limited-agent.cjs'), {
    preload: 'installed-require',
    cwd: place,
    env: { MCP_GUARD_POLICY: writePolicy(context, { url: 'redis://127.0.0.1:1' }, 5), OTEL_MCP_SDK: 'off' },
  });
  assert.equal(countsOf(result).admitted, 10);
  assert.match(result.stderr, /limits\.store\.redis: it needs the package `ioredis`.*`npm install ioredis`/);
});
