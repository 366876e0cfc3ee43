/** Starts ordinary programs as a user would, in a clean environment, and tells how to do it again by hand. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './installs';

/**
 * How our package is preloaded: from the build, or by the name that a user writes (then `cwd` must resolve it).
 * `inherited`: by `NODE_OPTIONS`, which the program's own child processes get too where they get its environment.
 */
export type Preload = 'none' | 'require' | 'import' | 'inherited' | 'installed-require' | 'installed-import';

const REGISTER = join(REPOSITORY, 'build/src/register.js');

const PRELOADS: Record<Preload, readonly string[]> = {
  none: [],
  require: ['--require', REGISTER],
  import: ['--import', `file://${join(REPOSITORY, 'build/src/register.mjs')}`],
  inherited: [],
  'installed-require': ['--require', 'opentelemetry-instrumentation-mcp/register'],
  'installed-import': ['--import', 'opentelemetry-instrumentation-mcp/register'],
};

export interface ProgramOptions {
  /** Node binary. Default: the running one. */
  node?: string;
  /** Default `none`. */
  preload?: Preload;
  /** Further Node options, such as `--import tsx`; they come after the preload. */
  nodeArgs?: readonly string[];
  args?: readonly string[];
  /** Added to the clean environment. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Written to the program's stdin, which is then closed. */
  stdin?: string;
  /** After this the program is killed and `timedOut` is true. Default 30,000. */
  timeoutMs?: number;
}

export interface ProgramResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Wall time in milliseconds. */
  ms: number;
  timedOut: boolean;
  /** Paste it into a shell to run the same again. */
  commandLine: string;
}

/** A program that runs: send signals to `child`, await `result`. */
export interface RunningProgram {
  child: ChildProcessWithoutNullStreams;
  commandLine: string;
  result: Promise<ProgramResult>;
}

const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER', 'SystemRoot', 'TEMP', 'XDG_CACHE_HOME'];

/** No NODE_OPTIONS, OTEL_* or MCP_* of the test run reaches a program. */
export function cleanEnvironment(extra: ProgramOptions['env'] = {}): Record<string, string> {
  const names = INHERITED.map((name) => [name, process.env[name]] as const);
  const known = [...names, ...Object.entries(extra)].filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as Record<string, string>;
}

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

function describe(command: readonly string[], options: ProgramOptions): string {
  const env = Object.entries(options.env ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quote(value ?? '')}`);
  const enter = options.cwd === undefined ? [] : ['cd', quote(options.cwd), '&&'];
  return [...enter, ...env, ...command.map(quote)].join(' ');
}

/** Starts `program` and returns at once. */
export function startProgram(program: string, given: ProgramOptions = {}): RunningProgram {
  const inherited =
    given.preload === 'inherited' ? { NODE_OPTIONS: `--require ${JSON.stringify(REGISTER)}` } : {};
  const options = { ...given, env: { ...given.env, ...inherited } };
  const args = [
    ...PRELOADS[options.preload ?? 'none'],
    ...(options.nodeArgs ?? []),
    program,
    ...(options.args ?? []),
  ];
  const command = options.node ?? process.execPath;
  const commandLine = describe([command, ...args], options);
  const started = performance.now();
  const child = spawn(command, args, { env: cleanEnvironment(options.env), cwd: options.cwd });
  child.stdin.on('error', () => undefined);
  if (options.stdin !== undefined) child.stdin.end(options.stdin);
  const result = collect(child, options.timeoutMs ?? 30_000).then((collected) => ({
    ...collected,
    ms: performance.now() - started,
    commandLine,
  }));
  return { child, commandLine, result };
}

function collect(
  child: ChildProcessWithoutNullStreams,
  timeoutMs: number,
): Promise<Omit<ProgramResult, 'ms' | 'commandLine'>> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr, timedOut });
    });
  });
}

/** Runs `program` to its end. */
export function runProgram(program: string, options: ProgramOptions = {}): Promise<ProgramResult> {
  const running = startProgram(program, options);
  if (options.stdin === undefined) running.child.stdin.end();
  return running.result;
}

/** What a failing test prints: how it ended, what it said, and the command to run it again. */
export function explain(result: ProgramResult): string {
  const end = result.timedOut ? 'timed out' : `exit code ${result.code ?? result.signal}`;
  return `${end} after ${Math.round(result.ms)} ms\n$ ${result.commandLine}\n--- stdout\n${result.stdout}--- stderr\n${result.stderr}`;
}

/** @throws with {@link explain} when the program did not end with `code` */
export function expectExit(result: ProgramResult, code = 0): ProgramResult {
  if (result.code !== code) throw new Error(`expected exit code ${code}: ${explain(result)}`);
  return result;
}
