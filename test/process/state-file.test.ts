/** Budgets in a state file: kept over a restart, by one process at a time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { compilePolicy } from '../../src/guards/compile';
import { LimitStores } from '../../src/guards/limit-stores';
import { policy, toolCall } from '../guards/support/input';
import { REPOSITORY } from '../support/installs';
import { expectExit, startProgram, type ProgramResult, type RunningProgram } from '../support/run-program';

const AGENT = join(REPOSITORY, 'test/real/programs/limited-agent.cjs');
const STATE = 'budgets.json';

interface Place {
  readonly folder: string;
  readonly start: (...args: string[]) => RunningProgram;
  /** Calls that were admitted. */
  readonly run: (calls: number) => Promise<{ admitted: number; stderr: string }>;
}

/** A policy with a budget of ten calls, and a state file beside it. */
function place(context: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const budget = [{ id: 'b', per: ['server'], points: 10, window: '30d' }];
  const limits = { budget, store: { memory: { state_file: STATE } } };
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify({ version: 1, id: 'state', mode: 'enforce', limits }));
  const start = (...args: string[]): RunningProgram =>
    startProgram(AGENT, {
      preload: 'require',
      args,
      env: { MCP_GUARD_POLICY: file, OTEL_MCP_SDK: 'off' },
    });
  return {
    folder,
    start,
    async run(calls) {
      const { child, result } = start(String(calls));
      child.stdin.end();
      const ended = await result;
      return { admitted: admittedOf(ended), stderr: ended.stderr };
    },
  };
}

const admittedOf = (result: ProgramResult): number =>
  (JSON.parse(expectExit(result).stdout) as { admitted: number }).admitted;

describe('the state file', () => {
  it('keeps what was spent over a restart', async (context) => {
    const { folder, run } = place(context);
    assert.deepEqual(await run(7), { admitted: 7, stderr: '' });
    assert.deepEqual(await run(7), { admitted: 3, stderr: '' });
    assert.deepEqual(await run(2), { admitted: 0, stderr: '' });
    assert.deepEqual(readdirSync(folder).toSorted(), [STATE, 'policy.json']);
    if (process.platform !== 'win32') assert.equal(statSync(join(folder, STATE)).mode & 0o777, 0o600);
  });

  it('is for one process: another counts in memory, and says so once', async (context) => {
    const { folder, run, start } = place(context);
    const first = start('4', 'in-turn', 'keep');
    await once(first.child.stdout, 'data');
    const second = await run(20);
    assert.equal(second.admitted, 10);
    assert.match(second.stderr, /is in use by another process: .*limits\.store\.redis/);
    assert.equal(second.stderr.trim().split('\n').length, 1);
    first.child.stdin.end();
    assert.equal(admittedOf(await first.result), 4);
    assert.deepEqual(await run(20), { admitted: 6, stderr: '' });
    assert.equal(existsSync(join(folder, `${STATE}.lock`)), false);
  });

  it('of a process that was killed is taken over, with what it had a second ago', async (context) => {
    const { folder, run, start } = place(context);
    const { child, result } = start('4', 'in-turn', 'keep');
    await once(child.stdout, 'data');
    await pause(2_500);
    child.kill('SIGKILL');
    await result;
    assert.equal(existsSync(join(folder, `${STATE}.lock`)), true);
    assert.deepEqual(await run(20), { admitted: 6, stderr: '' });
  });

  it('held on another machine that is silent is taken over, and not before', async (context) => {
    const { folder, run } = place(context);
    const lock = join(folder, `${STATE}.lock`);
    writeFileSync(lock, JSON.stringify({ pid: 1, host: `not-${hostname()}`, id: 'x' }));
    assert.match((await run(1)).stderr, /is in use by another process/);
    utimesSync(lock, new Date(0), new Date(0));
    assert.deepEqual(await run(1), { admitted: 1, stderr: '' });
  });

  it('that is damaged is said to be, and budgets begin anew', async (context) => {
    const { folder, run } = place(context);
    for (const text of [
      '',
      '{"version":1,"windows":[[',
      '{"version":1,"windows":[["b",1,"x",1,1,null]]}',
      '[]',
    ]) {
      writeFileSync(join(folder, STATE), text);
      const { admitted, stderr } = await run(20);
      assert.equal(admitted, 10);
      assert.match(stderr, /is no state file, or a damaged one: budgets begin anew/);
    }
    assert.deepEqual(await run(20), { admitted: 0, stderr: '' });
  });

  it('that cannot be written leaves the agent alone', async (context) => {
    const { folder, run } = place(context);
    mkdirSync(join(folder, STATE));
    const { admitted, stderr } = await run(20);
    assert.equal(admitted, 10);
    assert.match(stderr, /cannot be used \(EISDIR/);
    assert.equal(existsSync(join(folder, `${STATE}.lock`)), false);
  });
});

describe('a policy that is reloaded', () => {
  const limited = (points: number, window = '1h', id = 'r') =>
    policy({
      mode: 'enforce',
      limits: {
        rate: [{ id, per: ['user'], points, window }],
        budget: [{ id: 'b', per: ['user'], points: 100, window: '1d' }],
      },
    });
  const remaining = (stores: LimitStores, next: ReturnType<typeof limited>) => {
    const counters = stores.use(next.limits);
    const { engine } = compilePolicy(next, { clock: Date.now, counters });
    const { decisions } = engine.decide(toolCall({ now: Date.now() }));
    return decisions.flatMap((decision) => decision.remaining ?? []);
  };

  it('goes on with what was counted for a limit of the same id and window', () => {
    const stores = new LimitStores({ evicted() {}, storeFailed() {} });
    assert.deepEqual(remaining(stores, limited(5)), [4, 99]);
    assert.deepEqual(remaining(stores, limited(5)), [3, 98]);
    // More points, a smaller memory: the same counters.
    const other = limited(9);
    const bounded = policy({
      mode: 'enforce',
      limits: { ...other.limits, store: { memory: { max_keys: 100 } } },
    });
    assert.deepEqual(remaining(stores, bounded), [6, 97]);
    // Another window, or another name, is another limit.
    assert.deepEqual(remaining(stores, limited(5, '2h')), [4, 96]);
    assert.deepEqual(remaining(stores, limited(5, '1h', 's')), [4, 95]);
    assert.deepEqual(remaining(stores, limited(9)), [5, 94]);
  });
});
