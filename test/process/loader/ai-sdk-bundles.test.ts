/** Agents with the AI SDK's own client in one file, made by real bundlers: the client is found and every call has its span. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withBun, withEsbuild, withWebpack } from '../../loader/bundlers';
import { PROGRAMS, temporaryFolder, write } from '../../loader/workspace';
import { wasCutShort } from '../../support/cut-short';
import { node, packages, REPOSITORY } from '../../support/installs';
import { startOtlpReceiver, type OtlpReceiver } from '../../support/otlp-receiver';
import { expectExit, explain, runProgram, type ProgramResult } from '../../support/run-program';

const SERVER = join(REPOSITORY, 'test/frameworks/server.cjs');
const onLinux = process.platform === 'linux' && process.arch === 'x64';

interface Line {
  /** Of the client. */
  package: '@ai-sdk/mcp' | 'ai';
  specs: readonly string[];
  nodes: readonly string[];
  entry: string;
  stdout: string;
  /** `name`, or `name: error.type`, sorted. */
  spans: readonly string[];
}

const ENTRY = {
  entry: 'ai-sdk-entry.mjs',
  stdout: 'echo: hello true\n',
  spans: [
    'initialize',
    'notifications/initialized',
    'tools/call echo',
    'tools/call fail: tool_error',
    'tools/list',
  ],
} as const;
/** Version 2 asks first whether the server knows the newest protocol; this one does not. */
const DISCOVERED = ['server/discover: -32601', ...ENTRY.spans].toSorted(byName);

const LINES: readonly Line[] = [
  {
    ...ENTRY,
    package: '@ai-sdk/mcp',
    specs: ['@ai-sdk/mcp@2.0.99', 'zod@4.6.7'],
    nodes: ['24.10.0', '26.10.0'],
    spans: DISCOVERED,
  },
  {
    ...ENTRY,
    package: '@ai-sdk/mcp',
    specs: ['@ai-sdk/mcp@1.0.101', 'zod@4.6.7'],
    nodes: ['20.20.2', '26.10.0'],
  },
  { ...ENTRY, package: 'ai', specs: ['ai@5.0.0', 'zod@4.6.7'], nodes: ['20.20.2', '26.10.0'] },
  {
    ...ENTRY,
    package: 'ai',
    specs: ['ai@4.3.19', 'react@19.2.0', 'zod@3.25.76'],
    nodes: ['20.20.2', '26.10.0'],
  },
  {
    package: '@ai-sdk/mcp',
    specs: ['@ai-sdk/mcp@1.0.101', '@modelcontextprotocol/sdk@1.32.2', 'zod@4.6.7'],
    nodes: ['20.20.2', '26.10.0'],
    entry: 'both-clients-entry.mjs',
    stdout: 'echo: official, echo: own\n',
    spans: [
      'initialize',
      'initialize',
      'notifications/initialized',
      'notifications/initialized',
      'tools/call echo',
      'tools/call echo',
      'tools/list',
    ],
  },
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
async function workspaceOf({ package: name, specs, entry }: Line): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(join(await packages(specs), 'node_modules'), join(folder, 'node_modules'));
  const text = readFileSync(join(PROGRAMS, entry), 'utf8');
  write(folder, 'entry.mjs', text.replaceAll('@ai-sdk/mcp', name));
  return folder;
}

async function runBundle(file: string, binary: string, record: string): Promise<ProgramResult> {
  const once = async (): Promise<ProgramResult> => {
    receiver.clear();
    rmSync(record, { force: true });
    const env = receiver.env();
    return expectExit(
      await runProgram(file, { node: binary, preload: 'require', args: [SERVER, record], env }),
    );
  };
  const result = await once();
  // A machine too busy for the cap on the delivery at the end: once more.
  return wasCutShort({ problems: [result.stderr] }) ? await once() : result;
}

for (const line of LINES) {
  describe(`${line.specs.join(', ')}: ${line.entry}`, () => {
    let folder: string;
    before(async () => {
      folder = await workspaceOf(line);
    });

    for (const { name, make, skip } of BUILDS) {
      test(name, { skip: skip ?? false }, async () => {
        const file = await make(folder, 'entry.mjs');
        for (const version of line.nodes) {
          const record = `${file}-${version}.jsonl`;
          const result = await runBundle(file, await node(version), record);
          assert.equal(result.stdout, line.stdout, explain(result));
          assert.equal(result.stderr, '');
          assert.deepEqual(spans(), line.spans, explain(result));
          assert.equal(count('mcp.tool.calls'), 2);
          assert.deepEqual(spansSeenByServer(record), spansOfCalls());
        }
      });
    }
  });
}

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}

/** `name`, or `name: error.type`. */
function spans(): string[] {
  return receiver.spans
    .map(({ name, attributes: { 'error.type': type } }) =>
      typeof type === 'string' ? `${name}: ${type}` : name,
    )
    .toSorted(byName);
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
