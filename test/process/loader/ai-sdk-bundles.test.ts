/** Agents with the AI SDK's own client in one file, made by real bundlers: the client is found and every call has its span. */
import assert from 'node:assert/strict';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withBun, withEsbuild, withWebpack } from '../../loader/bundlers';
import { PROGRAMS, temporaryFolder, write } from '../../loader/workspace';
import { node, packages, REPOSITORY } from '../../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import { expectExit, explain, runProgram } from '../../support/run-program';

const SERVER = join(REPOSITORY, 'test/frameworks/server.cjs');
const onLinux = process.platform === 'linux' && process.arch === 'x64';

interface Line {
  /** Of the client. */
  package: '@ai-sdk/mcp' | 'ai';
  specs: readonly string[];
  nodes: readonly string[];
}

const LINES: readonly Line[] = [
  { package: '@ai-sdk/mcp', specs: ['@ai-sdk/mcp@2.0.99', 'zod@4.6.7'], nodes: ['24.10.0', '26.10.0'] },
  { package: '@ai-sdk/mcp', specs: ['@ai-sdk/mcp@1.0.101', 'zod@4.6.7'], nodes: ['20.20.2', '26.10.0'] },
  { package: 'ai', specs: ['ai@5.0.0', 'zod@4.6.7'], nodes: ['20.20.2', '26.10.0'] },
  { package: 'ai', specs: ['ai@4.3.19', 'react@19.2.0', 'zod@3.25.76'], nodes: ['20.20.2', '26.10.0'] },
];

interface Build {
  name: string;
  make: (folder: string, entry: string) => Promise<string>;
  skip?: string | false;
}

const BUILDS: readonly Build[] = [
  { name: 'esbuild, as it is', make: (folder, entry) => withEsbuild(folder, 'a.mjs', entry, {}) },
  {
    name: 'esbuild, minified',
    make: (folder, entry) => withEsbuild(folder, 'b.mjs', entry, { minify: true }),
  },
  {
    name: 'esbuild, for ES2020, minified, names kept',
    // The entry waits at its top level, which ES2020 has not: wrapped for that.
    make: (folder, entry) =>
      withEsbuild(folder, 'c.mjs', entry, {
        minify: true,
        keepNames: true,
        target: 'es2020',
        supported: { 'top-level-await': true },
      }),
  },
  {
    name: 'esbuild, for ES2017, minified',
    make: (folder, entry) =>
      withEsbuild(folder, 'd.mjs', entry, {
        minify: true,
        target: 'es2017',
        supported: { 'top-level-await': true, 'dynamic-import': true },
      }),
  },
  { name: 'webpack, production', make: (folder, entry) => withWebpack(folder, 'e.mjs', entry, 'production') },
  {
    name: 'webpack, development (modules in eval)',
    make: (folder, entry) => withWebpack(folder, 'f.mjs', entry, 'development'),
  },
  {
    name: 'Bun, minified',
    make: (folder, entry) => withBun(folder, 'g.mjs', entry),
    skip: onLinux ? false : 'the Bun package is for Linux on x64',
  },
];

let receiver: OtlpReceiver;
before(async () => {
  receiver = await startOtlpReceiver();
});
after(() => receiver.close());

/** The entry beside the installed client. */
async function workspaceOf({ package: name, specs }: Line): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(join(await packages(specs), 'node_modules'), join(folder, 'node_modules'));
  const entry = readFileSync(join(PROGRAMS, 'ai-sdk-entry.mjs'), 'utf8');
  write(folder, 'entry.mjs', entry.replaceAll('@ai-sdk/mcp', name));
  return folder;
}

for (const line of LINES) {
  describe(line.specs[0] ?? '', () => {
    let folder: string;
    before(async () => {
      folder = await workspaceOf(line);
    });

    for (const { name, make, skip } of BUILDS) {
      test(name, { skip: skip ?? false }, async () => {
        const file = await make(folder, 'entry.mjs');
        for (const version of line.nodes) {
          receiver.clear();
          const record = `${file}-${version}.jsonl`;
          const result = expectExit(
            await runProgram(file, {
              node: await node(version),
              preload: 'require',
              args: [SERVER, record],
              env: receiver.env(),
            }),
          );
          assert.equal(result.stdout, 'echo: hello true\n', explain(result));
          assert.equal(result.stderr, '');
          assert.deepEqual(spans(), expected(line), explain(result));
          assert.equal(count('mcp.tool.calls'), 2);
          assert.deepEqual(spansSeenByServer(record), spansOfCalls());
        }
      });
    }
  });
}

const byName = (a: string, b: string): number => a.localeCompare(b);

/** `name`, or `name: error.type`. */
function spans(): string[] {
  return receiver.spans
    .map(({ name, attributes: { 'error.type': type } }) =>
      typeof type === 'string' ? `${name}: ${type}` : name,
    )
    .toSorted(byName);
}

/** Version 2 asks first whether the server knows the newest protocol; this one does not. */
function expected({ specs }: Line): string[] {
  const handshake = ['initialize', 'notifications/initialized'];
  if (specs[0] === '@ai-sdk/mcp@2.0.99') handshake.push('server/discover: -32601');
  return [...handshake, 'tools/list', 'tools/call echo', 'tools/call fail: tool_error'].toSorted(byName);
}

function count(metric: string): number {
  return receiver.metric(metric).reduce((sum, { value }) => sum + (value ?? 0), 0);
}

/** Ids of the spans that the server's callers named. */
function spansSeenByServer(record: string): string[] {
  const messages = readFileSync(record, 'utf8').trim().split('\n');
  return messages
    .map((line) => JSON.parse(line) as { method?: string; params?: { _meta?: { traceparent?: string } } })
    .filter(({ method }) => method === 'tools/call')
    .map(({ params }) => params?._meta?.traceparent?.split('-')[2] ?? 'none')
    .toSorted(byName);
}

function spansOfCalls(): string[] {
  const calls = receiver.spans.filter(({ name }) => name.startsWith('tools/call'));
  return calls.map(({ spanId }) => spanId).toSorted(byName);
}
