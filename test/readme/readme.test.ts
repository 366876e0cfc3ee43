/** Every command and snippet of the README is run, here or in the files named below. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';
import { blocksOf, type Block } from './blocks';
import { UserProject, type ShellResult } from './user-project';

const README = join(REPOSITORY, 'README.md');
const NAME = 'opentelemetry-instrumentation-mcp';
const blocks = blocksOf(README);
const text = readFileSync(README, 'utf8');
const scripts = (
  JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  }
).scripts;
const isPosixShell = process.platform === 'win32' ? 'the commands are for a POSIX shell' : false;

/** Blocks that other tests compare or run: test/demo, test/examples, and the other files beside this one. */
const ELSEWHERE = new Set(
  'traces metrics guarded frameworks policy start-guarded recipes denied usage watch rules replay assets stack queries jaeger report cron policies doctor health'.split(
    ' ',
  ),
);
/** Blocks that this file runs. */
const CHECKED = new Set(
  'install start env console context nodesdk nodesdk-run options manual testing demo test'.split(' '),
);

function block(name: string): Block {
  const found = blocks.find((one) => one.name === name);
  assert.ok(found, `the README has no block '${name}'`);
  return found;
}

test('every fenced block has a check', () => {
  assert.ok(blocks.length > 10);
  const names = blocks.map(({ name, text: content }) => name || `(unnamed) ${content}`);
  assert.deepEqual(
    new Set(names),
    new Set([...CHECKED, ...ELSEWHERE]),
    'a block is unknown to the tests, or a test has no block',
  );
});

test('links lead to files, and npm scripts exist', () => {
  const links = [...text.matchAll(/\]\(((?!https?:)[^)#]+)/g)].map(([, path = '']) => path);
  assert.ok(links.length > 3);
  for (const path of links) assert.ok(existsSync(join(REPOSITORY, path)), `${path} is not there`);
  for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(script in scripts, script);
  assert.ok('test' in scripts);
  assert.equal(block('demo').text, 'npm ci && npm run demo');
  assert.equal(block('test').text, 'npm ci && npm test');
});

test('snippets type-check against the package', async () => {
  const folder = join(REPOSITORY, 'build/readme');
  mkdirSync(folder, { recursive: true });
  try {
    const files = blocks
      .filter(({ language }) => language === 'js')
      .map(({ name, text: source }) => {
        const file = join(folder, `${name}.mts`);
        writeFileSync(file, source);
        return file;
      });
    assert.ok(files.length >= 5);
    const flags =
      '--ignoreConfig --noEmit --strict --noImplicitAny false --skipLibCheck --types node --target es2022';
    const args = [...flags.split(' '), '--module', 'node20', '--moduleResolution', 'node16', ...files];
    expectExit(
      await runProgram(join(REPOSITORY, 'node_modules/typescript/bin/tsc'), {
        args,
        cwd: REPOSITORY,
        timeoutMs: 60_000,
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('commands and snippets, in a project with the packed package', { skip: isPosixShell }, () => {
  let project: UserProject;
  let receiver: OtlpReceiver;
  before(async () => {
    assert.equal(
      block('install').text,
      `npm install ${NAME}`,
      'what the project below does with the tarball',
    );
    project = await UserProject.create();
    receiver = await startOtlpReceiver();
  });
  after(async () => {
    project?.remove();
    await receiver?.close();
  });

  async function succeeds(command: string, env: Record<string, string> = {}): Promise<ShellResult> {
    const result = await project.shell(command, env);
    assert.equal(result.code, 0, `${command}\n${result.stdout}${result.stderr}`);
    return result;
  }

  async function tracesTheAgent(command: string, env: Record<string, string> = {}): Promise<void> {
    receiver.clear();
    await succeeds(command, { ...receiver.env('http/protobuf'), ...env });
    await receiver.waitFor(({ spans }) => spans.some(({ name }) => name === 'tools/call echo'));
  }

  test('the one-line start', () => tracesTheAgent(block('start').text));

  test('the same by --import and by NODE_OPTIONS', async () => {
    await tracesTheAgent(block('start').text.replace('--require', '--import'));
    await tracesTheAgent('node agent.js', { NODE_OPTIONS: `--require ${NAME}/register` });
  });

  test('printing to stderr', async () => {
    const { stdout, stderr } = await succeeds(block('console').text);
    assert.match(stderr, /name: 'tools\/call echo'/);
    assert.doesNotMatch(stdout, /traceId/);
  });

  test('otel-mcp env prints what is quoted', async () => {
    const [first = '', ...quoted] = block('env').text.split('\n');
    const { code, stdout } = await project.shell(first.replace(/^\$ /, ''), {}, project.root);
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd(), quoted.join('\n'));
  });

  test('an SDK of the agent’s own', async () => {
    project.write('telemetry.mjs', block('nodesdk').text);
    await tracesTheAgent(block('nodesdk-run').text);
    await tracesTheAgent(block('nodesdk-run').text.replace('agent.js', 'agent-v1.mjs'));
  });

  for (const name of ['options', 'manual', 'testing']) {
    test(`snippet '${name}' runs`, async () => {
      const file = project.write(`${name}.mjs`, block(name).text);
      await succeeds(`node ${JSON.stringify(file)}`, { OTEL_MCP_SDK: 'off' });
    });
  }

  test('withMcpContext calls the function, with and without the preload', async () => {
    const file = pathToFileURL(project.write('context.mjs', block('context').text)).href;
    const use = `
      import { search } from ${JSON.stringify(file)};
      const client = { callTool: async ({ name, arguments: { text } }) => name + ' ' + text };
      console.log(await search(client, { id: 'maria', tenant: 'acme' }, 'weather'));`;
    project.write('use-context.mjs', use);
    for (const preload of ['', `--require ${NAME}/register `]) {
      const { stdout } = await succeeds(`node ${preload}use-context.mjs`, { OTEL_MCP_SDK: 'off' });
      assert.equal(stdout, 'search weather\n');
    }
  });
});
