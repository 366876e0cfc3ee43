/** Agents in one file, made by real bundlers: the SDK's class is found in them. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { withBun, withEsbuild, withWebpack } from '../../loader/bundlers';
import { REPORT, reported, temporaryFolder, workspace, write } from '../../loader/workspace';
import { node } from '../../support/installs';
import { expectExit, explain, runProgram, type ProgramResult } from '../../support/run-program';

const NODES = ['20.20.2', '24.10.0', '26.10.0'];
const SDKS = ['1.4.1', '1.32.2', '2.4.0'];
const onLinux = process.platform === 'linux' && process.arch === 'x64';

interface Build {
  name: string;
  make: (folder: string) => Promise<string>;
  skip?: string | false;
}

function esbuild(name: string, entry: string, options: object = { minify: true }): Build['make'] {
  return (folder) => withEsbuild(folder, name, entry, options);
}

const BUILDS: Build[] = [
  { name: 'esbuild, ES module, minified', make: esbuild('a.mjs', 'bundle-entry.mjs') },
  { name: 'esbuild, CommonJS, minified', make: esbuild('b.cjs', 'bundle-entry.mjs') },
  { name: 'esbuild, CommonJS build of the SDK, minified', make: esbuild('c.cjs', 'bundle-entry.cjs') },
  { name: 'esbuild, as it is', make: esbuild('d.mjs', 'bundle-entry.mjs', {}) },
  {
    name: 'esbuild, for ES2020, minified',
    make: esbuild('e.mjs', 'bundle-entry.mjs', { minify: true, target: 'es2020' }),
  },
  { name: 'esbuild, for ES2020', make: esbuild('f.cjs', 'bundle-entry.mjs', { target: 'es2020' }) },
  {
    name: 'webpack, CommonJS, production',
    make: (folder) => withWebpack(folder, 'g.cjs', 'bundle-entry.mjs', 'production'),
  },
  {
    name: 'webpack, ES module, production',
    make: (folder) => withWebpack(folder, 'h.mjs', 'bundle-entry.mjs', 'production'),
  },
  {
    name: 'webpack, development (modules in eval)',
    make: (folder) => withWebpack(folder, 'i.cjs', 'bundle-entry.mjs', 'development'),
  },
  {
    name: 'Bun, ES module, minified',
    make: (folder) => withBun(folder, 'j.mjs', 'bundle-entry.mjs'),
    skip: onLinux ? false : 'the Bun package is for Linux on x64',
  },
];

function runBundle(file: string, binary: string, env: Record<string, string> = {}): Promise<ProgramResult> {
  return runProgram(file, { node: binary, nodeArgs: ['--require', REPORT], env });
}

for (const sdk of SDKS) {
  describe(`SDK ${sdk}`, () => {
    let folder: string;
    before(async () => {
      folder = await workspace(sdk);
    });

    for (const { name, make, skip } of BUILDS) {
      test(name, { skip: skip ?? false }, async () => {
        const file = await make(folder);
        for (const version of NODES) {
          const result = expectExit(await runBundle(file, await node(version)));
          assert.equal(result.stdout, 'handed over true\n', explain(result));
          assert.deepEqual(
            reported(result.stderr).map(({ file: from, via, names }) => ({ from, via, names })),
            [{ from: file, via: 'bundle', names: ['Protocol'] }],
          );
        }
      });
    }
  });
}

describe('the search', () => {
  let folder: string;
  before(async () => {
    folder = await workspace('2.4.0');
  });

  for (const [version, extension] of NODES.flatMap((each) => [
    [each, '.mjs'] as const,
    [each, '.cjs'] as const,
  ])) {
    test(`Node ${version}, ${extension}: OTEL_MCP_BUNDLES=off switches it off`, async () => {
      const file = await withEsbuild(folder, `off${extension}`, 'bundle-entry.mjs', { minify: true });
      const result = expectExit(await runBundle(file, await node(version), { OTEL_MCP_BUNDLES: 'off' }));
      assert.equal(result.stdout, 'MISSED true\n');
      assert.equal(result.stderr, '');
    });

    test(`Node ${version}, ${extension}: a copy of unknown form is reported once per process`, async () => {
      const filler = `// ${'x'.repeat(5_000)}\n`;
      const unknown = `${filler}function P(){this._requestMessageId=0;this._requestHandlerAbortControllers=new Map()}\nnew P();\n`;
      write(folder, `unknown-1${extension}`, unknown);
      write(folder, `unknown-2${extension}`, unknown);
      // One after the other: what stands in `import` statements is loaded at once, in either order.
      const load = (name: string): string =>
        extension === '.mjs' ? `await import('./${name}.mjs');` : `require('./${name}.cjs');`;
      const file = write(folder, `unknown${extension}`, `${load('unknown-1')}\n${load('unknown-2')}\n`);
      const result = expectExit(await runBundle(file, await node(version)));
      assert.equal(result.stdout, '');
      const lines = result.stderr.split('\n').filter((line) => line !== '');
      assert.equal(lines.length, 1, explain(result));
      assert.match(
        lines[0] ?? '',
        /unknown-1\.[mc]js contains a copy of the MCP SDK or of the AI SDK's client in a form that is not known/,
      );
    });
  }

  for (const version of NODES) {
    test(`Node ${version}: a bundle whose format Node detects by its syntax`, async () => {
      const bundled = await withEsbuild(folder, 'detected.mjs', 'bundle-entry.mjs', { minify: true });
      const agent = join(temporaryFolder(), 'agent.js');
      copyFileSync(bundled, agent);
      const result = expectExit(await runBundle(agent, await node(version)));
      assert.equal(result.stdout, 'handed over true\n', explain(result));
    });
  }

  for (const version of NODES) {
    test(`Node ${version}: unknown forms in node_modules are reported once, and not when switched off`, async () => {
      const outer = temporaryFolder();
      const filler = `// ${'x'.repeat(5_000)}\n`;
      const sdk = 'function P(){this._requestMessageId=0;this._requestHandlerAbortControllers=1}';
      const aiSdk =
        'function C(){this.requestMessageId=0;throw Error("Attempted to send a request from a closed client")}';
      write(outer, 'node_modules/framework/index.mjs', `${filler}${aiSdk}\n`);
      write(outer, 'node_modules/framework/lib.cjs', `${filler}${sdk}\n`);
      const agent = write(outer, 'agent.mjs', "import 'framework/lib.cjs';\nimport 'framework/index.mjs';\n");
      const binary = await node(version);
      const on = expectExit(await runProgram(agent, { node: binary, preload: 'require' }));
      assert.equal(on.stdout, '');
      const lines = on.stderr.trimEnd().split('\n');
      assert.equal(lines.length, 1, explain(on));
      assert.match(lines[0] ?? '', /node_modules\/framework\/\S+ contains a copy of the MCP SDK/);
      const env = { OTEL_MCP_BUNDLES: 'off' };
      const off = expectExit(await runProgram(agent, { node: binary, preload: 'require', env }));
      assert.equal(off.stdout + off.stderr, '');
    });

    for (const extension of ['.mjs', '.cjs']) {
      test(`Node ${version}, ${extension}: a file past 32 MiB is left alone`, async () => {
        const bundled = await withEsbuild(folder, `big${extension}`, 'bundle-entry.mjs', { minify: true });
        const text = readFileSync(bundled, 'utf8');
        const padded = (bytes: number): string => `${text}\n//${'x'.repeat(bytes - text.length - 3)}`;
        const limit = 32 * 1024 * 1024;
        const binary = await node(version);
        const said = async (name: string, bytes: number): Promise<string> => {
          const file = write(folder, `${name}${extension}`, padded(bytes));
          const result = expectExit(await runBundle(file, binary));
          rmSync(file);
          return result.stdout;
        };
        assert.equal(await said('at-limit', limit - 1024), 'handed over true\n');
        assert.equal(await said('past-limit', limit + 1024), 'MISSED true\n');
      });
    }
  }

  test('a bundle inside node_modules is searched too', async () => {
    const bundled = await withEsbuild(folder, 'inner.mjs', 'bundle-entry.mjs', { minify: true });
    const outer = temporaryFolder();
    mkdirSync(join(outer, 'node_modules/framework'), { recursive: true });
    copyFileSync(bundled, join(outer, 'node_modules/framework/index.mjs'));
    const agent = write(outer, 'agent.mjs', "import 'framework/index.mjs';\n");
    const result = expectExit(await runBundle(agent, process.execPath));
    assert.equal(result.stdout, 'handed over true\n', explain(result));
  });
});
