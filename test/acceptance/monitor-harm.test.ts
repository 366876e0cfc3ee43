/** An agent under a policy with a monitor, as it is without us: what it sends but for the trace, what it gets, and how it ends. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { startProgram, type RunningProgram } from '../support/run-program';
import { assertSameWire, isTraced } from '../support/wire';
import {
  node,
  runGuarded,
  type GuardedRun,
  type Policy,
  type ServerEntry,
  type ServerRecord,
  type Setup,
  type Step,
} from './support/guarded-run';
import { PROGRAMS, SIDES } from './support/nine-cases';

const STEPS: readonly Step[] = [
  { call: 'echo', arguments: { text: 'hello', __proto__: null, 'a.b': [1, null, 'ü\u2028'] } },
  { call: 'fail' },
  { call: 'boom' },
  { call: 'coded', arguments: { code: -32001 } },
  { call: 'structured', arguments: { violate: true } },
  { call: 'no such tool' },
  { call: 'echo', arguments: { text: 'given up' }, aborted: true },
  { read: 'echo://greeting' },
  { read: 'echo://nowhere' },
  { prompt: 'greet' },
  { list: true },
  ...Array.from({ length: 12 }, (_, index): Step => ({ call: 'echo', arguments: { text: String(index) } })),
];

/** Files of the monitor, of what it is told of, and of metrics of the host. */
const OF_MONITOR =
  /^(monitor\/|pipeline\/monitor|pipeline\/(work-queue|unlogged)|sdk\/auth-|.*\/host-metrics\.js$)/;

/** Raises findings while the agent works. */
const monitor = {};
const classification = { sensitive: ['*/echo', '*/echo://*'] };

async function httpServer(major: string): Promise<{ url: string; running: RunningProgram }> {
  const running = startProgram(join(PROGRAMS, `echo-http-server-${major}.cjs`), { timeoutMs: 120_000 });
  const origin = await new Promise<string>((resolve, reject) => {
    running.child.stdout.once('data', (text: string) => resolve(text.trim()));
    running.result.then(({ stderr }) => reject(new Error(`the server ended early: ${stderr}`)), reject);
  });
  return { url: `${origin}/mcp`, running };
}

for (const [index, major] of ['v1', 'v2'].entries()) {
  const { agent } = SIDES[index]!;
  describe(`a monitor does no harm: SDK ${major}`, () => {
    let http: Awaited<ReturnType<typeof httpServer>>;
    before(async () => {
      http = await httpServer(major);
    });
    after(async () => {
      http.running.child.stdin.end();
      await http.running.result;
    });

    test('without `monitor` nothing of it is loaded in an agent that is guarded, audited and asks over HTTP', async () => {
      const loadedWith = async (policy: Policy): Promise<string[]> => {
        const nodeArgs = ['--require', join(REPOSITORY, 'test/acceptance/programs/loaded.cjs')];
        const { program } = await runGuarded({
          agent: { ...agent, nodeArgs },
          servers: { main: { url: http.url } },
          steps: [{ call: 'echo', arguments: { text: 'hello' } }],
          policy,
        });
        const loaded = JSON.parse(/^loaded (.*)$/m.exec(program.stderr)?.[1] ?? '[]') as string[];
        assert.ok(loaded.includes('audit/writer.js'), loaded.join(' '));
        return loaded.filter((file) => OF_MONITOR.test(file));
      };
      assert.deepEqual(await loadedWith({ mode: 'enforce', classification }), []);
      const loaded = await loadedWith({ mode: 'enforce', monitor });
      for (const file of ['monitor/monitor.js', 'pipeline/monitoring.js', 'sdk/auth-methods.js'])
        assert.ok(loaded.includes(file), loaded.join(' '));
    });

    for (const transport of ['stdio', 'streamable HTTP']) {
      const run = (changed: Partial<Setup>): Promise<GuardedRun> => {
        const main: ServerEntry =
          transport === 'stdio' ? node(join(PROGRAMS, `echo-server-${major}.cjs`)) : { url: http.url };
        return runGuarded({ agent, servers: { main }, steps: STEPS, policy: undefined, ...changed });
      };

      test(transport, async () => {
        const bare = await run({ agent: { ...agent, preload: 'none' } });
        assert.ok(bare.outcomes.some(({ thrown }) => thrown !== undefined));
        assert.equal(bare.servers['main']?.in.some(isTraced), false);
        const policy = { mode: 'observe', classification, monitor } as const;
        for (const log of [{}, { audit: false }] as const) {
          // oxlint-disable-next-line no-await-in-loop -- one after another
          const watched = await run({ policy, ...log });
          const one: ServerRecord | undefined = bare.servers['main'];
          const other: ServerRecord | undefined = watched.servers['main'];
          assert.ok(one && other);
          assertSameWire(one.in, other.in, 'sent');
          assert.equal(one.requests, other.requests);
          assert.deepEqual(other.out, one.out);
          assert.equal(watched.program.stdout, bare.program.stdout);
          assert.deepEqual([watched.program.code, watched.program.stderr], [0, bare.program.stderr]);
          const findings = watched.points.filter((point) => point.name === 'mcpguard.findings');
          assert.ok(
            findings.some(({ value }) => Number(value) > 0),
            'it has found something meanwhile',
          );
        }
      });
    }
  });
}
