/** What else the loader must get right: several copies, foreign runtimes, unsafe Node releases, and doing no harm. */
import assert from 'node:assert/strict';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { bun, deno } from '../../loader/bundlers';
import { PROGRAMS, REPORT, reported, temporaryFolder, workspace, write } from '../../loader/workspace';
import { node, packages, REPOSITORY, sdk } from '../../support/installs';
import { expectExit, explain, runProgram } from '../../support/run-program';

const REGISTER = join(REPOSITORY, 'build/src/register.js');
const REGISTER_ESM = `file://${join(REPOSITORY, 'build/src/register.mjs')}`;
/** One with asynchronous hooks and `require(esm)`, one with only the former, one where synchronous hooks are unsafe, two that use them. */
const NODES = ['20.6.1', '20.20.2', '22.12.0', '24.10.0', '24.21.0', '26.10.0'];
const notLinux = process.platform !== 'linux' || process.arch !== 'x64';

describe('copies', () => {
  for (const version of NODES) {
    test(`Node ${version}: six copies of the SDK in one process`, async () => {
      const folder = await sixCopies();
      const result = await runProgram(join(folder, 'copies.mjs'), {
        node: await node(version),
        nodeArgs: ['--require', REPORT],
      });
      expectExit(result);
      assert.equal(result.stdout, `${Array(6).fill('handed over').join(', ')}\n6 classes\n`, explain(result));
    });

    test(`Node ${version}: of two copies of this package the first one wins`, async () => {
      const copy = temporaryFolder();
      cpSync(join(REPOSITORY, 'build/src/loader'), join(copy, 'loader'), { recursive: true });
      cpSync(join(REPOSITORY, 'build/src/core'), join(copy, 'core'), { recursive: true });
      const cwd = await workspace('1.32.2');
      for (const program of ['import.mjs', 'require.cjs']) {
        const result = await runProgram(program, {
          node: await node(version),
          nodeArgs: ['--require', join(PROGRAMS, 'second-copy.cjs')],
          env: { LOADER_SECOND: join(copy, 'loader') },
          cwd,
        });
        expectExit(result);
        assert.equal(result.stdout, 'handed over\n', explain(result));
        assert.ok(!result.stderr.includes('SECOND'), explain(result));
        const files = reported(result.stderr).map(({ file }) => file);
        assert.equal(new Set(files).size, files.length, 'a file was handed over twice');
      }
    });

    test(`Node ${version}: --require and --import together install once, and not in the hooks thread`, async () => {
      const result = await runProgram(join(PROGRAMS, 'bare.mjs'), {
        node: await node(version),
        nodeArgs: [
          '--require',
          join(PROGRAMS, 'count-installs.cjs'),
          '--require',
          REGISTER,
          '--import',
          REGISTER_ESM,
        ],
        env: { OTEL_SDK_DISABLED: 'true' },
      });
      expectExit(result);
      assert.equal(result.stdout, 'Client\n');
      const installs = result.stderr.split('\n').filter((line) => line.startsWith('INSTALL'));
      assert.deepEqual(installs, ['INSTALL in main thread'], explain(result));
    });
  }
});

/** Three installs; each has an ES module and a CommonJS build. */
async function sixCopies(): Promise<string> {
  const folder = temporaryFolder();
  cpSync(join(PROGRAMS, 'copies.mjs'), join(folder, 'copies.mjs'));
  for (const [name, version] of [
    ['one', '1.4.1'],
    ['two', '1.32.2'],
    ['three', '2.4.0'],
  ] as const) {
    const from =
      name === 'three' ? '@modelcontextprotocol/client' : '@modelcontextprotocol/sdk/client/index.js';
    write(folder, `${name}/copy.mjs`, `export { Client } from '${from}';\n`);
    symlinkSync(join(await sdk(version), 'node_modules'), join(folder, name, 'node_modules'));
  }
  return folder;
}

describe('beside other module hooks', () => {
  // What OpenTelemetry's own instrumentations and most APM agents hook modules with.
  const OTHERS = ['import-in-the-middle@3.6.0', 'require-in-the-middle@8.0.1'];
  let cwd: string;
  let folder: string;
  before(async () => {
    cwd = await workspace('1.32.2');
    folder = join(await packages(OTHERS), 'node_modules');
    write(cwd, 'others.cjs', othersPreload(folder));
  });

  for (const version of NODES) {
    test(`Node ${version}: import-in-the-middle and require-in-the-middle, before and after`, async () => {
      for (const program of ['import.mjs', 'require.cjs', 'dynamic.cjs']) {
        for (const order of [
          ['--require', './others.cjs', '--require', REPORT],
          ['--require', REPORT, '--require', './others.cjs'],
        ]) {
          const options = { node: await node(version), nodeArgs: order, cwd };
          const result = expectExit(await runProgram(program, options));
          assert.equal(result.stdout, 'handed over\n', explain(result));
          assert.match(result.stderr, /OTHER saw /, explain(result));
        }
      }
    });
  }
});

/** Hooks every module with both and says when the SDK or its dependency zod comes by. */
function othersPreload(folder: string): string {
  return `
const { isMainThread } = require('node:worker_threads');
if (isMainThread) {
  const say = (exports, name) => {
    if (/^(zod|@modelcontextprotocol)/.test(name)) require('node:fs').writeSync(2, 'OTHER saw ' + name + '\\n');
    return exports;
  };
  const { register } = require('node:module');
  const { pathToFileURL } = require('node:url');
  register(pathToFileURL(${JSON.stringify(join(folder, 'import-in-the-middle/hook.mjs'))}).href);
  const { Hook } = require(${JSON.stringify(join(folder, 'import-in-the-middle'))});
  new Hook(null, {}, (exports, name) => say(exports, name));
  new (require(${JSON.stringify(join(folder, 'require-in-the-middle'))}).Hook)(null, { internals: true }, say);
}
`;
}

describe('a CommonJS package with a large require graph, imported', () => {
  let cwd: string;
  before(async () => {
    cwd = temporaryFolder();
    symlinkSync(join(await packages(['express@5.3.0']), 'node_modules'), join(cwd, 'node_modules'));
    cpSync(join(PROGRAMS, 'express.mjs'), join(cwd, 'express.mjs'));
    write(
      cwd,
      'pass-through.cjs',
      "require('module').registerHooks({ load: (url, context, next) => next(url, context) });\n",
    );
  });

  for (const version of [
    '20.6.1',
    '22.12.0',
    '22.15.0',
    '22.18.0',
    '22.23.3',
    '24.10.0',
    '24.21.0',
    '26.10.0',
  ]) {
    test(`Node ${version}`, async () => {
      const result = await runProgram('express.mjs', {
        node: await node(version),
        nodeArgs: ['--require', REPORT],
        cwd,
      });
      assert.equal(expectExit(result).stdout, 'function\n');
      assert.equal(result.stderr, '', explain(result));
    });
  }

  for (const version of ['22.15.0', '24.10.0']) {
    test(`the reason for the gate: on Node ${version} a synchronous hook that does nothing breaks it`, async () => {
      const result = await runProgram('express.mjs', {
        node: await node(version),
        nodeArgs: ['--require', './pass-through.cjs'],
        cwd,
      });
      assert.equal(result.code, 1, explain(result));
    });
  }
});

describe('Bun and Deno', { skip: notLinux ? 'their packages are for Linux on x64' : false }, () => {
  let cwd: string;
  before(async () => {
    cwd = await workspace('1.32.2');
  });

  for (const program of ['bare.mjs', 'bare.cjs']) {
    test(`Bun, ${program}: nothing is installed, one line says what to do, the agent runs`, async () => {
      const result = await runProgram(program, { node: await bun(), nodeArgs: ['--preload', REGISTER], cwd });
      expectOneWarning(expectExit(result), /: Bun .*instrument\(\{ Client, Server \}\)/);
    });

    test(`Deno, ${program}: nothing is installed, one line says what to do, the agent runs`, async () => {
      write(cwd, 'package.json', '{"dependencies":{"@modelcontextprotocol/sdk":"1.32.2"}}\n');
      const result = await runProgram(program, {
        node: await deno(),
        nodeArgs: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', '--require', REGISTER],
        env: { NO_COLOR: '1' },
        cwd,
      });
      expectOneWarning(expectExit(result), /: Deno .*instrument\(\{ Client, Server \}\)/);
    });
  }
});

function expectOneWarning(result: Awaited<ReturnType<typeof runProgram>>, text: RegExp): void {
  assert.equal(result.stdout, 'Client\n', explain(result));
  const lines = result.stderr
    .split('\n')
    .filter((line) => line.startsWith('opentelemetry-instrumentation-mcp:'));
  assert.equal(lines.length, 1, explain(result));
  assert.match(lines[0] ?? '', text);
}

describe('no harm', () => {
  let cwd: string;
  before(async () => {
    cwd = await workspace('1.32.2');
  });

  for (const version of NODES) {
    test(`Node ${version}: a callback that throws is counted, said once, and not seen by the agent`, async () => {
      for (const program of ['import.mjs', 'require.cjs']) {
        const result = await runProgram(program, {
          node: await node(version),
          nodeArgs: ['--require', join(PROGRAMS, 'throwing.cjs')],
          cwd,
        });
        assert.equal(expectExit(result).stdout, 'still running\n');
        assert.match(
          result.stderr,
          /^opentelemetry-instrumentation-mcp: loader failed .*callback failed.*\n$/,
        );
      }
    });

    test(`Node ${version}: stack traces name the same lines, with and without source maps`, async () => {
      for (const maps of [[], ['--enable-source-maps']]) {
        const options = { node: await node(version), cwd };
        const bare = await runProgram('failing-call.mjs', { ...options, nodeArgs: maps });
        const hooked = await runProgram('failing-call.mjs', {
          ...options,
          nodeArgs: [...maps, '--require', REPORT],
        });
        assert.match(bare.stdout, /protocol\.[jt]s:\d+:\d+/);
        assert.equal(expectExit(hooked).stdout, expectExit(bare).stdout);
      }
    });

    test(`Node ${version}: a worker thread without the preload`, async () => {
      const result = await runProgram('bare-worker.mjs', {
        node: await node(version),
        nodeArgs: ['--require', REPORT],
        cwd,
      });
      assert.equal(expectExit(result).stdout, 'Client\n', explain(result));
    });

    test(`Node ${version}: an SDK that was loaded before the hooks`, async () => {
      const result = await runProgram('late.cjs', { node: await node(version), env: { REPORT }, cwd });
      assert.equal(expectExit(result).stdout, 'handed over\n', explain(result));
    });
  }

  test('permission model of Node 20: CommonJS is traced, and one line says that ES modules are not', async () => {
    const options = {
      node: await node('20.20.2'),
      nodeArgs: ['--experimental-permission', '--allow-fs-read=*', '--require', REPORT],
      cwd,
    };
    for (const [program, output] of [
      ['require.cjs', 'handed over\n'],
      ['import.mjs', 'MISSED\n'],
    ] as const) {
      const result = expectExit(await runProgram(program, options));
      assert.equal(result.stdout, output, explain(result));
      assert.match(result.stderr, /opentelemetry-instrumentation-mcp: ES modules cannot be hooked \(Access/);
    }
    options.nodeArgs.unshift('--allow-worker');
    const result = expectExit(await runProgram('import.mjs', options));
    assert.equal(result.stdout, 'handed over\n', explain(result));
  });

  for (const version of ['24.21.0', '26.10.0']) {
    test(`permission model of Node ${version}: everything is traced`, async () => {
      for (const program of ['require.cjs', 'import.mjs']) {
        const result = await runProgram(program, {
          node: await node(version),
          nodeArgs: ['--permission', '--allow-fs-read=*', '--require', REPORT],
          cwd,
        });
        assert.equal(expectExit(result).stdout, 'handed over\n', explain(result));
      }
    });
  }
});
