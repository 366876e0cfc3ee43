/** What the monitor has learned, over restarts of real agents and reloads of the policy. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';

import { MonitorInForce } from '../../../src/pipeline/monitor-in-force';
import type { MonitorSnapshot } from '../../../src/monitor/snapshot';
import { policy } from '../../guards/support/input';
import { REPOSITORY } from '../../support/installs';
import { expectExit, startProgram, type ProgramResult, type RunningProgram } from '../../support/run-program';
import { lineOf, START } from './support';

const AGENT = join(REPOSITORY, 'test/monitor/usage/programs/watched-agent.cjs');
const STATE = 'learned.json';

interface Place {
  readonly folder: string;
  readonly state: string;
  readonly start: (...work: string[]) => RunningProgram;
  readonly run: (...work: string[]) => Promise<{ snapshot: MonitorSnapshot; stderr: string }>;
}

function place(context: TestContext, monitor: object = { state_file: STATE }, more: object = {}): Place {
  const folder = mkdtempSync(join(tmpdir(), 'learned-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify({ version: 1, id: 'watched', monitor, ...more }));
  writeFileSync(join(folder, 'key'), 'k'.repeat(32));
  const start = (...args: string[]): RunningProgram =>
    startProgram(AGENT, {
      preload: 'require',
      args,
      env: { MCP_GUARD_POLICY: file, MCP_AUDIT_KEY_FILE: join(folder, 'key'), OTEL_MCP_SDK: 'off' },
    });
  return {
    folder,
    state: join(folder, STATE),
    start,
    async run(...work) {
      const { child, result } = start(...work);
      child.stdin.end();
      const ended = await result;
      return { snapshot: snapshotOf(ended), stderr: ended.stderr };
    },
  };
}

const snapshotOf = (result: ProgramResult): MonitorSnapshot =>
  JSON.parse(expectExit(result).stdout.trim().split('\n').at(-1)!) as MonitorSnapshot;

const callsOf = ({ usage }: MonitorSnapshot): Record<string, number> =>
  Object.fromEntries(usage.user_tools.rows.map((row) => [`${row.user_id} ${row.tool_name}`, row.calls]));

describe('an agent that starts again', () => {
  test('knows what it has learned', async (context) => {
    const { folder, state, run } = place(context);
    const first = await run('ada:search:30:same', 'bob:search:4', 'bob:fail:2');
    assert.equal(first.stderr, '');
    assert.deepEqual(callsOf(first.snapshot), { 'ada search': 30, 'bob search': 4, 'bob fail': 2 });
    const second = await run('ada:search:3:same', 'bob:search:5', 'eve:search:1');
    assert.equal(second.stderr, '');
    assert.deepEqual(callsOf(second.snapshot), {
      'ada search': 33,
      'bob search': 9,
      'bob fail': 2,
      'eve search': 1,
    });
    const { tools, users } = second.snapshot.usage;
    assert.deepEqual(
      tools.rows.map((row) => [row.tool_name, row.calls, row.failure]),
      [
        ['search', 43, 0],
        ['fail', 2, 2],
      ],
    );
    assert.ok(
      users.rows.every(
        (row) => row.p95_latency_ms !== null && row.hours.reduce((a, b) => a + b) === row.calls,
      ),
    );
    // One of ada's and five of bob's: the hashes are those of the same key.
    assert.equal(tools.rows[0]?.distinct_parameters, 6);
    assert.deepEqual(readdirSync(folder).toSorted(), ['key', STATE, 'policy.json']);
    if (process.platform !== 'win32') assert.equal(statSync(state).mode & 0o777, 0o600);
    const kept = readFileSync(state, 'utf8');
    assert.match(kept, /bob/);
    assert.doesNotMatch(kept, /secret|same|result/);
  });

  test('goes on with the windows of its rules', async (context) => {
    const forbidden = {
      mode: 'enforce',
      rules: [{ id: 'no-admin', deny: { tool: 'admin_*' } }],
      classification: { admin: ['*/admin_*'] },
    };
    const rulesOf = ({ findings }: MonitorSnapshot): string[] => findings.map(({ rule }) => rule);
    const { run } = place(context, { state_file: STATE }, forbidden);
    assert.deepEqual(rulesOf((await run('ada:admin_users:2')).snapshot), []);
    assert.deepEqual(rulesOf((await run('ada:admin_users:1')).snapshot), ['privilege_escalation']);
    const without = place(context, {}, forbidden);
    await without.run('ada:admin_users:2');
    assert.deepEqual(rulesOf((await without.run('ada:admin_users:1')).snapshot), []);
  });

  test('knows it no more without the file, and has no monitor without the section', async (context) => {
    const without = place(context, {});
    await without.run('ada:search:3');
    assert.deepEqual(callsOf((await without.run('ada:search:1')).snapshot), { 'ada search': 1 });
    writeFileSync(join(without.folder, 'policy.json'), JSON.stringify({ version: 1, id: 'unwatched' }));
    assert.equal((await without.run('ada:search:1')).snapshot, null);
  });

  test('shares the file with nobody: another process learns for itself, and is told what to do', async (context) => {
    const { state, run, start } = place(context);
    const first = start('ada:search:3', 'wait');
    await once(first.child.stdout, 'data');
    const second = await run('ada:search:1');
    assert.deepEqual(callsOf(second.snapshot), { 'ada search': 1 });
    assert.match(
      second.stderr,
      /learned\.json is in use by another process: the monitor learns .* give monitor\.state_file of each process a name of its own\n$/,
    );
    assert.equal(second.stderr.trim().split('\n').length, 1);
    first.child.stdin.end();
    snapshotOf(await first.result);
    assert.equal(existsSync(`${state}.lock`), false);
    assert.deepEqual(callsOf((await run('ada:search:1')).snapshot), { 'ada search': 4 });
  });

  test('puts a file that it cannot read aside, and says so once', async (context) => {
    const { state, run } = place(context);
    const others = ['no state', '{"kind":"otel-mcp monitor","version":99,"parts":{}}'];
    for (const text of others) {
      writeFileSync(state, text);
      const { snapshot, stderr } = await run('ada:search:1');
      assert.deepEqual(callsOf(snapshot), { 'ada search': 1 });
      assert.match(
        stderr,
        /learned\.json is no state file of this version, or a damaged one: .*learned\.json\.old/,
      );
      assert.equal(stderr.trim().split('\n').length, 1);
      assert.equal(readFileSync(`${state}.old`, 'utf8'), text);
    }
    assert.deepEqual(callsOf((await run('ada:search:1')).snapshot), { 'ada search': 2 });
  });

  test('goes on where the file cannot be written', async (context) => {
    const { state, run } = place(context);
    mkdirSync(state);
    const { snapshot, stderr } = await run('ada:search:2');
    assert.deepEqual(callsOf(snapshot), { 'ada search': 2 });
    assert.match(stderr, /learned\.json cannot be used \(EISDIR.*\): the monitor learns/);
    assert.equal(existsSync(`${state}.lock`), false);
  });
});

describe('a policy that is reloaded', () => {
  const inForce = (): MonitorInForce =>
    new MonitorInForce({
      evicted() {},
      signal() {},
      write() {},
      facts: () => ({}),
      subscribe: () => () => undefined,
    });
  const known = (monitor: MonitorInForce): number | undefined =>
    monitor.monitoring.snapshot(1)?.usage.tools.rows[0]?.calls;
  const put = (monitor: MonitorInForce, section: object): void =>
    monitor.prepare(policy({ monitor: section, audit: { dir: 'audit' } }), [])();
  const call = (monitor: MonitorInForce): void =>
    monitor.monitoring.observe(lineOf({ time: START }), undefined);

  test('leaves what was learned as it is, whatever changes', () => {
    const monitor = inForce();
    put(monitor, {});
    call(monitor);
    put(monitor, {});
    call(monitor);
    put(monitor, { keys_max: 10, rules: [] });
    call(monitor);
    assert.equal(known(monitor), 3);
    monitor.stop();
    assert.equal(known(monitor), undefined);
    put(monitor, {});
    assert.equal(known(monitor), undefined);
  });

  test('may name another file, or none: what was learned goes there', (context) => {
    const { folder } = place(context);
    const [one, other] = [join(folder, 'one.json'), join(folder, 'other.json')];
    const monitor = inForce();
    put(monitor, { state_file: one });
    call(monitor);
    put(monitor, { state_file: other });
    call(monitor);
    put(monitor, {});
    call(monitor);
    monitor.close();
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => name.includes('one') || name.includes('other'))
        .toSorted(),
      ['one.json', 'other.json'],
    );
    for (const [file, calls] of [
      [one, 1],
      [other, 2],
    ] as const) {
      const later = inForce();
      put(later, { state_file: file });
      assert.equal(known(later), calls);
      later.close();
    }
  });

  test('that has no monitor for a while lets go of the file and takes it up again', (context) => {
    const { folder, state } = place(context);
    const monitor = inForce();
    put(monitor, { state_file: state });
    call(monitor);
    monitor.stop();
    assert.equal(existsSync(`${state}.lock`), false);
    put(monitor, { state_file: state });
    call(monitor);
    assert.equal(known(monitor), 2);
    monitor.close();
    assert.deepEqual(readdirSync(folder).toSorted(), ['key', STATE, 'policy.json']);
  });
});
