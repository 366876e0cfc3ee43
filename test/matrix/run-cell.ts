/** Runs one cell of the matrix: a user's folder, an ordinary agent, a real receiver. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { isV2, node, programsIn, project } from '../support/installs';
import { startOtlpReceiver } from '../support/otlp-receiver';
import { runProgram, type ProgramOptions, type ProgramResult } from '../support/run-program';
import type { Cell } from './cells';
import { complete, problemsOf } from './check';
import { expectedSpans } from './expected';

export interface CellResult extends Cell {
  outcome: 'passed' | 'failed' | 'impossible';
  problems: string[];
  /** Command to run the cell's agent again by hand. */
  command: string;
  stderr: string;
  /** Wall time of the agent in milliseconds. */
  ms: number;
}

const PROGRAM_TIMEOUT_MS = 30_000;
const ARRIVAL_MS = 1500;

const bareRuns = new Map<string, Promise<ProgramResult>>();

async function runAgent(cell: Cell, options: ProgramOptions): Promise<ProgramResult> {
  const folder = await project({ sdk: cell.sdk, otel: cell.otel });
  const programs = await programsIn(folder);
  const agent = `agent-${isV2(cell.sdk) ? 'v2' : 'v1'}.${cell.module === 'cjs' ? 'cjs' : 'mjs'}`;
  const env = { ...options.env, MCP_ERA: cell.era };
  return runProgram(join(programs, agent), { ...options, env, cwd: folder, timeoutMs: PROGRAM_TIMEOUT_MS });
}

/** The same agent without us: once per SDK, module kind and era, on a Node that runs them all. */
function bareRun(cell: Cell): Promise<ProgramResult> {
  const key = `${cell.sdk} ${cell.module} ${cell.era}`;
  let run = bareRuns.get(key);
  if (run === undefined) {
    run = node('24.21.0').then((binary) => runAgent(cell, { node: binary }));
    bareRuns.set(key, run);
  }
  return run;
}

/** A cell that fails is looked at once more without us on its own Node: the agent may be what cannot run there. */
async function secondLook(cell: Cell, binary: string): Promise<string | undefined> {
  const bare = await runAgent(cell, { node: binary });
  if (bare.code === 0) return undefined;
  const said = bare.stderr.split('\n').find((text) => /Error/.test(text)) ?? `exit code ${bare.code}`;
  return `the agent does not run here without us either: ${said}`;
}

/** Runs the cell and says what is wrong with it. */
export async function runCell(cell: Cell): Promise<CellResult> {
  const base = { ...cell, problems: [], command: '', stderr: '', ms: 0 };
  if (cell.impossible !== undefined) return { ...base, outcome: 'impossible' };
  const binary = await node(cell.node);
  const bare = await bareRun(cell);
  const receiver = await startOtlpReceiver();
  const recordFile = join(tmpdir(), `mcp-matrix-${randomUUID()}.jsonl`);
  try {
    const env = { ...receiver.env('http/protobuf'), RECORD_FILE: recordFile };
    const result = await runAgent(cell, { node: binary, preload: cell.preload, env });
    const expected = expectedSpans(cell.era);
    await receiver.waitFor((seen) => complete(seen, expected), ARRIVAL_MS).catch(() => undefined);
    const problems = problemsOf({ result, receiver, recordFile, expected, bareStdout: bare.stdout });
    const impossible = problems.length === 0 ? undefined : await secondLook(cell, binary);
    const outcome = impossible === undefined ? (problems.length === 0 ? 'passed' : 'failed') : 'impossible';
    const { commandLine: command, stderr, ms } = result;
    return { ...base, outcome, impossible, problems, command, stderr, ms: Math.round(ms) };
  } finally {
    await receiver.close();
    if (existsSync(recordFile)) rmSync(recordFile);
  }
}

/** Version of the package that is being tested. */
export function packageVersion(repository: string): string {
  return (JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }).version;
}
