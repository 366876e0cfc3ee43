/** Runs one cell: the framework in a folder of its own, an ordinary program, a real receiver. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node, packages, programsIn, REPOSITORY } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { startProgram, type ProgramOptions } from '../support/run-program';
import type { Cell } from './cells';
import { bareProblemsOf, complete, problemsOf, type Run } from './check';
import { drive } from './drive';
import { mcpCopies } from './mcp-copies';

export type Outcome = 'passed' | 'failed' | 'cannot run';

export interface CellResult {
  cell: Cell;
  outcome: Outcome;
  problems: string[];
  /** Copies of the MCP packages beside the framework: `@modelcontextprotocol/sdk 1.32.2`. */
  copies: string[];
  /** Command to run the preloaded program again by hand. */
  command: string;
  stderr: string;
}

const SERVER = join(REPOSITORY, 'test/frameworks/server.cjs');
const PROGRAM_TIMEOUT_MS = 60_000;
const ARRIVAL_MS = 1500;

/** Runs of the same program without us, by what makes them the same. */
const bareRuns = new Map<string, Promise<Run>>();

async function run(cell: Cell, options: ProgramOptions): Promise<Run> {
  const { version, row } = cell;
  const folder = await packages(version.packages, cell.node);
  const programs = await programsIn(folder, 'test/frameworks/programs');
  const program = join(programs, `${version.program}.${cell.format === 'cjs' ? 'cjs' : 'mjs'}`);
  const recordFile = join(tmpdir(), `mcp-framework-${randomUUID()}.jsonl`);
  const own = row.role === 'client' ? [SERVER, recordFile] : [];
  const running = startProgram(program, {
    ...options,
    node: await node(cell.node),
    args: [...own, ...(version.args ?? [])],
    env: { ...version.env, ...options.env },
    cwd: folder,
    timeoutMs: PROGRAM_TIMEOUT_MS,
  });
  if (row.role === 'server') {
    const answers = await drive(running, version);
    return { result: await running.result, messages: answers };
  }
  running.child.stdin.end();
  const result = await running.result;
  return { result, messages: recorded(recordFile, result.stdout) };
}

/** The record's lines; its name, which differs from run to run, must not be in what the program says. */
function recorded(recordFile: string, stdout: string): string[] {
  if (!existsSync(recordFile)) return [];
  const lines = readFileSync(recordFile, 'utf8').split('\n').filter(Boolean);
  rmSync(recordFile);
  if (stdout.includes(recordFile)) throw new Error('the program prints the name of its record');
  return lines;
}

function bareRun(cell: Cell): Promise<Run> {
  const { version, node: binary, format } = cell;
  const key = JSON.stringify([version.packages, version.program, version.args, version.env, binary, format]);
  let bare = bareRuns.get(key);
  if (bare === undefined) {
    bare = run(cell, {});
    bareRuns.set(key, bare);
  }
  return bare;
}

/** Runs the cell and says what is wrong with it. */
export async function runCell(cell: Cell): Promise<CellResult> {
  const { row, version } = cell;
  const base = { cell, problems: [], copies: [], command: '', stderr: '' };
  if (version.cannotRun !== undefined) return { ...base, outcome: 'cannot run' };
  try {
    const copies = mcpCopies(await packages(version.packages, cell.node));
    const bare = await bareRun(cell);
    const wrong = bareProblemsOf(row, version, bare);
    const { commandLine, stderr } = bare.result;
    if (wrong.length > 0)
      return { ...base, copies, outcome: 'failed', problems: wrong, command: commandLine, stderr };
    return { ...base, copies, ...(await preloadedRun(cell, bare)) };
  } catch (error) {
    return { ...base, outcome: 'failed', problems: [(error as Error).message] };
  }
}

async function preloadedRun(
  cell: Cell,
  bare: Run,
): Promise<Pick<CellResult, 'outcome' | 'problems' | 'command' | 'stderr'>> {
  const receiver = await startOtlpReceiver();
  try {
    const traced = await run(cell, { preload: cell.preload, env: receiver.env('http/protobuf') });
    await receiver.waitFor((seen) => complete(seen, cell.version), ARRIVAL_MS).catch(() => undefined);
    const problems = problemsOf(cell.row, cell.version, bare, traced, receiver);
    const outcome = problems.length === 0 ? 'passed' : 'failed';
    return { outcome, problems, command: traced.result.commandLine, stderr: traced.result.stderr };
  } finally {
    await receiver.close();
  }
}
