/** Runs the agent's command with the probe for a moment, and ends it with everything that it has started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Io } from '../io';
import { OutputLines } from './output-lines';
import { ProcessTree } from './process-tree';
import { ADD_VARIABLE, FOLDER_VARIABLE, type Snapshot } from './snapshot';

export interface AgentRun {
  /** Of the process that was started. */
  readonly pid: number;
  /** How it ended by itself; absent when it was ended. */
  readonly exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  readonly seconds: number;
  /** What our package has said on stderr, without its prefix. */
  readonly said: readonly string[];
  /** Last lines of stderr that are not ours. */
  readonly lastLines: readonly string[];
  /** The beginning of what is not ours on stderr. */
  readonly stderr: string;
  readonly snapshots: readonly Snapshot[];
  /** Processes below the agent that preload us in an environment of their own; seen on Linux alone. */
  readonly preloadedUnprobed: number;
}

export interface RunOptions {
  readonly words: readonly string[];
  readonly seconds: number;
  /** Preload our package where the command does not. */
  readonly addPreload: boolean;
  /** Start it through the shell, which a batch file of Windows needs. */
  readonly needsShell: boolean;
  /** Let the probe through Node's permission model. */
  readonly hasPermissions: boolean;
  readonly showOutput: boolean;
  readonly io: Io;
}

const PROBE = join(__dirname, 'probe.js');
const REGISTER_FILE = join(__dirname, '../../register.js');
const PACKAGE = join(__dirname, '../../../..');
const POLL_MS = 100;
/** After the first call: other servers may still be connecting. */
const QUIET_MS = 1_500;
/** Our own SDK sends what it holds when the agent is told to end. */
const GRACE_MS = 5_000;
const LEFT_OVER_GRACE_MS = 500;

const isPosix = process.platform !== 'win32';

/** @throws NodeJS.ErrnoException when the command cannot be started */
export async function runAgent(options: RunOptions): Promise<AgentRun> {
  const folder = mkdtempSync(join(tmpdir(), 'otel-mcp-doctor-'));
  // What the probes write may be secret.
  chmodSync(folder, 0o700);
  try {
    return await new Run(options, folder).toItsEnd();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Run {
  private readonly lines: OutputLines;
  private readonly child: ChildProcess;
  private readonly tree: ProcessTree;
  private readonly started = performance.now();
  private readonly ended: Promise<NonNullable<AgentRun['exit']>>;
  private exit: AgentRun['exit'];

  constructor(
    private readonly options: RunOptions,
    private readonly folder: string,
  ) {
    const { words, showOutput, io } = options;
    const [program = '', ...args] = words;
    this.child = spawn(program, args, {
      env: probed(process.env, folder, options),
      // Its stdin stays open: an agent that is talked to must not end for want of somebody.
      stdio: ['pipe', showOutput ? 'pipe' : 'ignore', 'pipe'],
      detached: isPosix,
      windowsHide: true,
      shell: options.needsShell,
    });
    this.child.stdin?.on('error', () => undefined);
    if (showOutput) this.child.stdout?.on('data', (chunk: Buffer) => io.stderr.write(chunk));
    this.lines = new OutputLines(this.child.stderr!, showOutput ? io.stderr : undefined);
    this.tree = new ProcessTree(this.child.pid ?? 0);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('exit', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  async toItsEnd(): Promise<AgentRun> {
    const stopListening = this.endWithUs();
    try {
      await Promise.race([this.ended, this.seenEnough()]);
      const exit = this.exit;
      const seconds = (performance.now() - this.started) / 1000;
      // What a process shows last is the fullest; one that ends by our signal has nothing to add.
      await this.end();
      await this.lines.closed();
      const { said, last, first } = this.lines;
      const snapshots = this.snapshots();
      return {
        pid: this.child.pid ?? 0,
        exit,
        seconds,
        said,
        lastLines: last,
        stderr: first,
        snapshots,
        preloadedUnprobed: this.tree.preloadedUnprobed,
      };
    } finally {
      stopListening();
    }
  }

  /** Until the time is over, or no news came for a moment after the first call. */
  private async seenEnough(): Promise<void> {
    const deadline = this.started + this.options.seconds * 1000;
    const tree = this.tree;
    let news = '';
    let newsAt = this.started;
    while (performance.now() < deadline && this.exit === undefined) {
      // oxlint-disable-next-line no-await-in-loop -- waits for somebody else
      await sleep(POLL_MS);
      tree.look();
      const snapshots = this.snapshots();
      const sessions = snapshots.flatMap((snapshot) => snapshot.sessions);
      const now = JSON.stringify([snapshots.length, sessions.length]);
      if (now !== news) [news, newsAt] = [now, performance.now()];
      const hasCalled = sessions.some(
        ({ role, calls, failure }) => role === 'client' && (calls > 0 || failure),
      );
      if (hasCalled && performance.now() - newsAt > QUIET_MS) return;
    }
  }

  /** Asks, waits, then kills; what the agent has left behind goes, too. */
  private async end(): Promise<void> {
    if (this.exit === undefined) {
      this.signal('SIGTERM');
      await Promise.race([this.ended, sleep(GRACE_MS, undefined, { ref: false })]);
    } else if (this.signal('SIGTERM')) {
      await sleep(LEFT_OVER_GRACE_MS);
    }
    this.signal('SIGKILL');
    await this.ended;
  }

  /** To the whole group: npm, shells and servers among them. Returns whether anybody was there. */
  private signal(signal: NodeJS.Signals): boolean {
    const { pid } = this.child;
    if (pid === undefined) return false;
    try {
      return isPosix ? process.kill(-pid, signal) : endTree(pid, this.exit !== undefined);
    } catch {
      return false;
    }
  }

  /** When we are told to end, so is the agent: it is in a group of its own and would not hear of it. */
  private endWithUs(): () => void {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    const end = (signal: NodeJS.Signals): void => {
      this.signal('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
      stop();
      process.kill(process.pid, signal);
    };
    const stop = (): void => signals.forEach((signal) => process.removeListener(signal, end));
    signals.forEach((signal) => process.on(signal, end));
    return stop;
  }

  private snapshots(): Snapshot[] {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.json'));
    return names.flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(this.folder, name), 'utf8')) as Snapshot];
      } catch {
        return [];
      }
    });
  }
}

function endTree(pid: number, isOver: boolean): boolean {
  if (isOver) return false;
  spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
  return true;
}

/** The probe comes first, so that it meets everything else. */
function probed(
  environment: NodeJS.ProcessEnv,
  folder: string,
  { addPreload, hasPermissions }: RunOptions,
): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, BUN_OPTIONS: bunOptions } = environment;
  const probe = quoted(PROBE);
  const permissions = hasPermissions
    ? [
        `--allow-fs-read=${quoted(join(PACKAGE, '*'))}`,
        `--allow-fs-read=${quoted(join(folder, '*'))}`,
        `--allow-fs-write=${quoted(join(folder, '*'))}`,
      ]
    : [];
  return {
    ...environment,
    NODE_OPTIONS: [`--require ${probe}`, ...permissions, options].filter(Boolean).join(' '),
    // Bun does not read NODE_OPTIONS.
    BUN_OPTIONS: [`--preload=${probe}`, bunOptions].filter(Boolean).join(' '),
    [FOLDER_VARIABLE]: folder,
    [ADD_VARIABLE]: addPreload ? REGISTER_FILE : undefined,
  };
}

function quoted(path: string): string {
  return /[\s"\\]/.test(path) ? JSON.stringify(path) : path;
}
