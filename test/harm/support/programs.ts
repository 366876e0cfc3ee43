/** Runs the agent of the harm tests in a folder where one SDK version is installed. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

import { REPOSITORY, project } from '../../support/installs';
import { startProgram } from '../../support/run-program';
import type { ProgramResult, RunningProgram } from '../../support/run-program';
import { startRecordingProxy } from './recording-proxy';
import type { Recording } from '../../support/wire';

export const PROGRAMS = join(REPOSITORY, 'test/harm/programs');
export const REGISTER = join(REPOSITORY, 'build/src/register.js');
/** Preloads the agent and every process that gets its environment. */
export const PRELOAD = { NODE_OPTIONS: `--require ${JSON.stringify(REGISTER)}` };

export type Env = Readonly<Record<string, string | undefined>>;
export type TransportName = 'stdio' | 'memory' | 'http' | 'sse';

export interface Cell {
  readonly sdk: string;
  readonly transport: TransportName;
  /** Protocol era that a v2 client asks for. */
  readonly era?: 'legacy' | 'auto';
}

export interface AgentRun extends Recording {
  readonly result: ProgramResult;
  /** Lines without a word of ours. */
  readonly stderr: string;
  readonly heads: readonly string[];
  readonly starts: number;
}

const copies: string[] = [];

/** The programs, where they resolve this SDK version. Removed by {@link removeCopies}. */
async function programsFor(sdk: string): Promise<string> {
  const folder = await project({ sdk, tarball: false });
  const copy = join(folder, `harm-${process.pid}`);
  if (!existsSync(copy)) {
    cpSync(PROGRAMS, copy, { recursive: true });
    copies.push(copy);
  }
  return copy;
}

export function removeCopies(): void {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}

const majorOf = (sdk: string): 'v1' | 'v2' => (sdk.startsWith('2.') ? 'v2' : 'v1');

/** SDK v2 has no server for the old HTTP+SSE transport. */
const serverSdk = ({ sdk, transport }: Cell): string =>
  transport === 'sse' && sdk.startsWith('2.') ? '1.32.2' : sdk;

export async function runAgent(cell: Cell, env: Env): Promise<AgentRun> {
  const folder = mkdtempSync(join(tmpdir(), 'harm-'));
  mkdirSync(folder, { recursive: true });
  const environment = { ...env, RECORD: folder, MCP_ERA: cell.era };
  try {
    return cell.transport === 'http' || cell.transport === 'sse'
      ? await overHttp(cell, environment)
      : await recorded(cell, environment, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recorded(cell: Cell, env: Env, folder: string): Promise<AgentRun> {
  const result = await start(cell, env).then(ended);
  const lines = (name: string): string[] => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  };
  return {
    ...describe(result),
    in: lines('in'),
    out: lines('out'),
    heads: [],
    starts: lines('starts').length,
  };
}

async function overHttp(cell: Cell, env: Env): Promise<AgentRun> {
  const sdk = serverSdk(cell);
  const folder = await programsFor(sdk);
  const server = startProgram(join(folder, 'server.cjs'), { args: [majorOf(sdk), cell.transport], env });
  const [printed] = (await once(server.child.stdout, 'data')) as [string];
  const proxy = await startRecordingProxy(new URL(printed.trim()));
  try {
    const result = await start(cell, env, proxy.url.href).then(ended);
    return { ...describe(result), in: proxy.in, out: proxy.out, heads: proxy.heads, starts: 0 };
  } finally {
    proxy.close();
    server.child.stdin.end();
    await server.result;
  }
}

async function start(cell: Cell, env: Env, url?: string): Promise<RunningProgram> {
  const folder = await programsFor(cell.sdk);
  const args = [majorOf(cell.sdk), cell.transport, ...(url === undefined ? [] : [url])];
  return startProgram(join(folder, 'agent.cjs'), { args, env });
}

function ended({ child, result }: RunningProgram): Promise<ProgramResult> {
  child.stdin.end();
  return result;
}

function describe(result: ProgramResult): Pick<AgentRun, 'result' | 'stderr'> {
  return { result, stderr: withoutOurs(result.stderr) };
}

export function withoutOurs(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !line.startsWith('opentelemetry-instrumentation-mcp: '))
    .join('\n');
}

export function linesOfOurs(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line.startsWith('opentelemetry-instrumentation-mcp: '));
}
