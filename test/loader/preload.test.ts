/** The preload on the running Node: what it loads, and that it reaches the SDK in the plain kinds of agents. */
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { syncHooksAreSafe } from '../../src/loader/gate';
import { REPOSITORY } from '../support/installs';
import { expectExit, explain, runProgram, type Preload } from '../support/run-program';
import { PROGRAMS, REPORT, temporaryFolder } from './workspace';

const program = (name: string): string => join(PROGRAMS, name);
const PRELOADS: Preload[] = ['require', 'import'];

for (const preload of PRELOADS) {
  test(`--${preload}: a process without MCP loads the loader and nothing else`, async () => {
    const result = expectExit(await runProgram(program('modules.cjs'), { preload }));
    const probe = process.features.require_module && !syncHooksAreSafe(process.versions.node);
    assert.deepEqual(JSON.parse(result.stdout), [
      'core/hooks-thread.js',
      'loader/append.js',
      'loader/compile-hook.js',
      'loader/gate.js',
      'loader/install.js',
      'loader/load-hook.js',
      'loader/match.js',
      'loader/report.js',
      ...(probe ? ['loader/require-esm.js'] : []),
      'loader/transform.js',
      'register.js',
    ]);
    assert.equal(result.stderr, '');
  });

  test(`--${preload}: the SDK is patched`, async () => {
    const bare = expectExit(await runProgram(program('wrapped.mjs')));
    assert.equal(bare.stdout, '0\n');
    const patched = expectExit(await runProgram(program('wrapped.mjs'), { preload }));
    assert.notEqual(patched.stdout, '0\n', explain(patched));
    assert.equal(patched.stderr, '');
  });
}

test('a damaged install says so and does not take the agent down', async () => {
  const folder = temporaryFolder();
  cpSync(join(REPOSITORY, 'build/src/register.js'), join(folder, 'register.js'));
  const nodeArgs = ['--require', join(folder, 'register.js')];
  const result = expectExit(await runProgram(program('bare.mjs'), { nodeArgs }));
  assert.equal(result.stdout, 'Client\n');
  assert.match(
    result.stderr,
    /^opentelemetry-instrumentation-mcp: not loaded, nothing is traced \(.*\.\/core\/hooks-thread/,
  );
});

describe('agents on the running Node', { concurrency: 2 }, () => {
  for (const name of [
    'require.cjs',
    'import.mjs',
    'namespace.mjs',
    'dynamic.mjs',
    'dynamic.cjs',
    'server.mjs',
    'late.cjs',
  ]) {
    test(name, async () => {
      const env = { REPORT: name === 'late.cjs' ? REPORT : undefined };
      const nodeArgs = name === 'late.cjs' ? [] : ['--require', REPORT];
      const result = expectExit(await runProgram(program(name), { nodeArgs, env }));
      assert.equal(result.stdout, 'handed over\n', explain(result));
    });
  }

  test('a file named in the report is a path', async () => {
    const result = await runProgram(program('import.mjs'), { nodeArgs: ['--require', REPORT] });
    assert.match(
      result.stderr,
      /^SDK \{"file":"[^"]*shared.{1,2}protocol\.js","via":"file","names":\["Protocol"\]\}\n/,
    );
    assert.ok(!result.stderr.includes('file://'));
  });
});
