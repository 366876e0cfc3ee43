/** What the package's entry points export, by `require` and by `import`, and what the manifest promises. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';

const NAME = 'opentelemetry-instrumentation-mcp';

/** Entry point: the names of its values, sorted. */
const EXPORTS: Readonly<Record<string, readonly string[]>> = {
  [NAME]: [
    'McpGuardDeniedError',
    'McpGuardUnavailableError',
    'McpInstrumentation',
    'buildReport',
    'convertAuditRecord',
    'createHealthHandler',
    'createMetricsHandler',
    'instrument',
    'isMcpGuardDenied',
    'loadPolicy',
    'monitorSnapshot',
    'pruneAudit',
    'readAuditRecords',
    'recordGuardDecision',
    'verifyAudit',
    'withMcpContext',
  ],
  [`${NAME}/register`]: [],
  [`${NAME}/testing`]: ['createMcpRecorder'],
};

interface Manifest {
  readonly exports: Record<string, unknown>;
  readonly bin: Record<string, string>;
  readonly engines: unknown;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { optional?: boolean }>;
  readonly dependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as Manifest;

/** Runs in a process of its own, with the package resolving its own name. */
async function namesOf(kind: 'require' | 'import', entry: string): Promise<string[]> {
  const load = kind === 'require' ? `Promise.resolve(require('${entry}'))` : `import('${entry}')`;
  // An `import` of CommonJS also has `default` and, on newer Node versions, `module.exports`.
  const program = `${load}.then((all) => console.log(JSON.stringify(Object.keys(all).filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort())))`;
  const result = expectExit(await runProgram('-e', { args: [program], cwd: REPOSITORY }));
  return JSON.parse(result.stdout) as string[];
}

describe('entry points', () => {
  for (const [entry, names] of Object.entries(EXPORTS)) {
    test(`${entry}: the same names by require and import`, async () => {
      assert.deepEqual(await namesOf('require', entry), names);
      assert.deepEqual(await namesOf('import', entry), names);
    });
  }
});

test('the manifest: subpaths, command, Node, peers and dependencies', () => {
  assert.deepEqual(Object.keys(manifest.exports), [
    '.',
    './register',
    './testing',
    './audit.schema.json',
    './policy.schema.json',
    './package.json',
  ]);
  assert.deepEqual(manifest.bin, { 'otel-mcp': 'build/src/cli/main.js' });
  assert.deepEqual(manifest.engines, { node: '>=20.6.0' });
  assert.deepEqual(manifest.peerDependencies, {
    '@modelcontextprotocol/client': '>=2.0.0 <3',
    '@modelcontextprotocol/sdk': '>=1.0.0 <2',
    '@modelcontextprotocol/server': '>=2.0.0 <3',
    '@opentelemetry/api': '^1.9.0',
    ioredis: '^5.0.0 || ^6.0.0',
  });
  const optional = Object.entries(manifest.peerDependenciesMeta).filter(([, meta]) => meta.optional === true);
  assert.deepEqual(
    optional.map(([name]) => name),
    Object.keys(manifest.peerDependencies).filter((name) => name !== '@opentelemetry/api'),
  );
  for (const [name, range] of Object.entries(manifest.dependencies)) {
    if (name.startsWith('@opentelemetry/')) assert.equal(range, '>=0.200.0 <0.400.0', name);
    else assert.match(range, /^\d+\.\d+\.\d+$/, `${name} is not OpenTelemetry and is pinned exactly`);
  }
});
