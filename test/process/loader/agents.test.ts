/** Every way in which an agent loads the SDK, on every kind of Node release: the classes that it uses are handed over. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { join } from 'node:path';
import { REPORT, reported, workspace } from '../../loader/workspace';
import { node, REPOSITORY } from '../../support/installs';
import { expectExit, explain, runProgram, type ProgramResult } from '../../support/run-program';

const NODES = [
  '20.6.1',
  '20.20.2',
  '22.12.0',
  '22.15.0',
  '22.18.0',
  '22.23.3',
  '24.10.0',
  '24.21.0',
  '26.10.0',
];
const SDKS = ['1.0.4', '1.4.1', '1.32.2', '2.0.0', '2.4.0'];
const TSX = join(REPOSITORY, 'node_modules/tsx');

interface Kind {
  program: string;
  args?: string[];
  /** Node options before the preload, and after it. */
  first?: string[];
  then?: string[];
  /** The preload goes into NODE_OPTIONS instead. */
  viaEnvironment?: boolean;
  /** Why a Node release cannot run this kind at all. */
  cannot?: (version: readonly number[]) => string | undefined;
}

const atLeast = (version: readonly number[], major: number, minor: number): boolean =>
  (version[0] ?? 0) > major || (version[0] === major && (version[1] ?? 0) >= minor);

function needsRequireEsm(version: readonly number[]): string | undefined {
  const able = version[0] === 20 ? atLeast(version, 20, 19) : atLeast(version, 22, 12);
  return able ? undefined : 'no require(esm)';
}

function needsTypeStripping(version: readonly number[]): string | undefined {
  return atLeast(version, 22, 18) ? undefined : 'no type stripping by default';
}

/** tsx as it is started by hand: `tsx program`, where `tsx` is a Node program that starts another one. */
const TSX_CLI = join(TSX, 'dist/cli.mjs');
const TSX_LOADER = `file://${join(TSX, 'dist/loader.mjs')}`;

const KINDS: Record<string, Kind> = {
  'CommonJS require': { program: 'require.cjs' },
  'static import': { program: 'import.mjs' },
  'static import of the server': { program: 'server.mjs' },
  'import *': { program: 'namespace.mjs' },
  'dynamic import': { program: 'dynamic.mjs' },
  'dynamic import from CommonJS': { program: 'dynamic.cjs' },
  'require() of an ES module framework': { program: 'require-esm.cjs', cannot: needsRequireEsm },
  'type stripping': { program: 'typed.mts', cannot: needsTypeStripping },
  'worker thread, ES module': { program: 'workers.mjs', args: ['./import.mjs'] },
  'worker thread, CommonJS': { program: 'workers.mjs', args: ['./require.cjs'] },
  'fork, ES module': { program: 'fork.cjs', args: ['import.mjs'] },
  'fork, CommonJS': { program: 'fork.cjs', args: ['require.cjs'] },
  'child process through NODE_OPTIONS, ES module': {
    program: 'spawn.cjs',
    args: ['import.mjs'],
    viaEnvironment: true,
  },
  'child process through NODE_OPTIONS, CommonJS': {
    program: 'spawn.cjs',
    args: ['require.cjs'],
    viaEnvironment: true,
  },
  'symbolic links kept': { program: 'import.mjs', first: ['--preserve-symlinks'] },
  'source maps on': { program: 'import.mjs', first: ['--enable-source-maps'] },
};
for (const program of ['typed.mts', 'typed.ts']) {
  KINDS[`tsx, preload first, ${program}`] = { program, then: ['--import', TSX_LOADER] };
  KINDS[`tsx, preload last, ${program}`] = { program, first: ['--import', TSX_LOADER] };
  KINDS[`tsx, preload in NODE_OPTIONS, ${program}`] = {
    program: TSX_CLI,
    args: [program],
    viaEnvironment: true,
  };
  KINDS[`tsx, preload as option of tsx, ${program}`] = {
    program: TSX_CLI,
    args: ['--require', REPORT, program],
  };
}

function run(kind: Kind, binary: string, cwd: string): Promise<ProgramResult> {
  const preload =
    kind.viaEnvironment === true || kind.args?.includes(REPORT) === true ? [] : ['--require', REPORT];
  return runProgram(kind.program, {
    node: binary,
    nodeArgs: [...(kind.first ?? []), ...preload, ...(kind.then ?? [])],
    args: kind.args ?? [],
    env: kind.viaEnvironment === true ? { NODE_OPTIONS: `--require ${REPORT}` } : {},
    cwd,
  });
}

function expectHandedOver(result: ProgramResult): void {
  expectExit(result);
  assert.equal(result.stdout, 'handed over\n', explain(result));
  assert.ok(!result.stderr.includes('opentelemetry-instrumentation-mcp:'), explain(result));
}

for (const version of NODES) {
  const numbers = version.split('.').map(Number);
  describe(`Node ${version}`, { concurrency: 2 }, () => {
    const folders = new Map<string, string>();
    let binary: string;
    before(async () => {
      binary = await node(version);
      for (const sdk of SDKS) folders.set(sdk, await workspace(sdk));
    });

    for (const [name, kind] of Object.entries(KINDS)) {
      const cannot = kind.cannot?.(numbers);
      test(name, { skip: cannot ?? false }, async () => {
        expectHandedOver(await run(kind, binary, folders.get('1.32.2') ?? ''));
      });
    }

    for (const sdk of SDKS.filter((each) => each !== '1.32.2')) {
      test(`SDK ${sdk}: import, require, require() of an ES module framework`, async (context) => {
        const cwd = folders.get(sdk) ?? '';
        expectHandedOver(await run({ program: 'import.mjs' }, binary, cwd));
        // 1.0.4 exists as ES modules only.
        if (sdk === '1.0.4' && needsRequireEsm(numbers) !== undefined)
          return context.diagnostic('no require(esm)');
        expectHandedOver(await run({ program: 'require.cjs' }, binary, cwd));
        if (needsRequireEsm(numbers) !== undefined) return context.diagnostic('no require(esm)');
        expectHandedOver(await run({ program: 'require-esm.cjs' }, binary, cwd));
      });
    }

    test('a worker thread reports its own copy of the classes, once per file', async () => {
      const result = await run(
        { program: 'workers.mjs', args: ['./import.mjs'] },
        binary,
        folders.get('2.4.0') ?? '',
      );
      expectHandedOver(result);
      const files = reported(result.stderr).map(({ file, via }) => `${via} ${file}`);
      assert.equal(files.length, 1, explain(result));
    });
  });
}
