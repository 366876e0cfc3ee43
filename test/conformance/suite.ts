/** Runs the official conformance suite against one of our test programs, with or without the preload. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';

import { REPOSITORY, node, packages } from '../support/installs';
import { cleanEnvironment, startProgram } from '../support/run-program';

const SUITE = '@modelcontextprotocol/conformance@0.1.16';
/** The suite's command needs Node 22; the program under test runs on the Node that runs this. */
const SUITE_NODE = '24.21.0';
const TIMEOUT_MS = 240_000;

export type Side = 'server' | 'client';
export type Major = 'v1' | 'v2';

/** Outcome of every check of every scenario: `<check id> <status>`, sorted. */
export type Results = Map<string, string[]>;

interface Run {
  readonly major: Major;
  readonly preload: boolean;
  /** Where the preload exports to. */
  readonly env: Readonly<Record<string, string>>;
  /** One scenario; all of them when absent. */
  readonly scenario?: string;
}

export function runSuite(side: Side, run: Run): Promise<Results> {
  return side === 'server' ? againstServer(run) : againstClient(run);
}

async function againstServer({ major, preload, env, scenario }: Run): Promise<Results> {
  const file = join(REPOSITORY, `test/conformance/programs/server-${major}.cjs`);
  const server = startProgram(file, {
    preload: preload ? 'require' : 'none',
    env: preload ? env : {},
    timeoutMs: TIMEOUT_MS,
  });
  const [printed] = (await once(server.child.stdout, 'data')) as [string];
  try {
    return await conformance(['server', '--url', printed.trim(), ...selection(scenario)], {});
  } finally {
    server.child.stdin.end();
    await server.result;
  }
}

/** The suite starts the client through a shell, so the paths are relative to the repository, whatever it is called. */
function againstClient({ major, preload, env, scenario }: Run): Promise<Results> {
  const flags = preload ? '--require ./build/src/register.js ' : '';
  const command = `node ${flags}test/conformance/programs/client-${major}.cjs`;
  return conformance(['client', '--command', command, ...selection(scenario)], preload ? env : {});
}

const selection = (scenario: string | undefined): string[] =>
  scenario === undefined ? ['--suite', 'all'] : ['--scenario', scenario];

async function conformance(args: string[], env: Readonly<Record<string, string>>): Promise<Results> {
  const folder = await packages([SUITE]);
  const program = join(folder, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const isNew = Number(process.versions.node.split('.')[0]) >= 22;
  const binary = isNew ? process.execPath : await node(SUITE_NODE);
  const output = mkdtempSync(join(tmpdir(), 'conformance-'));
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`;
  try {
    const run = promisify(execFile)(binary, [program, ...args, '--output-dir', output], {
      cwd: REPOSITORY,
      env: cleanEnvironment({ ...env, PATH: path }),
      timeout: TIMEOUT_MS,
      maxBuffer: 64 << 20,
    });
    // A scenario that fails ends the command with code 1: what counts is what it has written.
    await run.catch(() => undefined);
    return resultsIn(output);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** The suite writes `[server-]<scenario>-<time>/checks.json`; a scenario's name may hold a slash. */
function resultsIn(folder: string): Results {
  const results: Results = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith(`${sep}checks.json`)) continue;
    const scenario = dirname(file)
      .split(sep)
      .join('/')
      .replace(/^server-/, '')
      .replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    const checks = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { id: string; status: string }[];
    results.set(scenario, checks.map(({ id, status }) => `${id} ${status}`).toSorted());
  }
  return results;
}
