/** A user's project: an empty folder, a package manager, the packed tarball. Made anew each time, so that what the manager says is seen. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { CACHE, node, packages, REPOSITORY, tarball } from '../support/installs';
import { expectExit, runProgram, type ProgramResult } from '../support/run-program';

const run = promisify(execFile);

export type Manager = 'npm' | 'pnpm';

const PNPM = '12.21.0';
const INSTALL_TIMEOUT_MS = 300_000;

/**
 * A dependency of ours (`protobufjs`, below gRPC) has a postinstall script that nobody needs, and both managers have
 * something to say about such scripts: that is not what is asked here.
 */
const COMMON = ['--ignore-scripts'];
const OPTIONS: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['install', ...COMMON, '--no-audit', '--no-fund', '--prefer-offline'],
  pnpm: ['add', ...COMMON, '--prefer-offline', '--store-dir', join(CACHE, 'pnpm-store')],
};

export class Project {
  /** Real path: programs find their packages from here. */
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'mcp-package-')));

  private constructor(
    private readonly manager: Manager,
    readonly binary: string,
    private readonly managerProgram: string,
  ) {
    writeFileSync(join(this.folder, 'package.json'), '{"name": "agent", "private": true}\n');
  }

  static async create(manager: Manager, nodeVersion: string): Promise<Project> {
    return new Project(manager, await node(nodeVersion), await programOf(manager));
  }

  /** @throws when the manager's exit code is not 0 */
  async add(...specs: string[]): Promise<ProgramResult> {
    const result = await runProgram(this.managerProgram, {
      node: this.binary,
      args: [...OPTIONS[this.manager], ...specs],
      cwd: this.folder,
      env: { PATH: this.path() },
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
    return expectExit(result);
  }

  async addTarball(): Promise<ProgramResult> {
    return this.add((await tarball()).file);
  }

  /** Runs a command that the installed packages bring, as a shell would, and gives its stdout. */
  async command(name: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, PATH: this.path() };
    const { stdout } = await run(join(this.folder, 'node_modules/.bin', name), args, { env });
    return stdout;
  }

  private path(): string {
    return [dirname(this.binary), process.env['PATH']].join(delimiter);
  }

  /** A copy of the test agents and their servers, so that their imports resolve in the project. */
  withPrograms(): string {
    const target = join(this.folder, 'programs');
    cpSync(join(REPOSITORY, 'test/programs'), target, { recursive: true });
    return target;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Script of the manager, to be run by the Node of the project: which versions it picks depends on that Node. */
async function programOf(manager: Manager): Promise<string> {
  if (manager === 'npm') return npmProgram();
  const folder = await packages([`pnpm@${PNPM}`]);
  return join(folder, 'node_modules/pnpm/bin/pnpm.mjs');
}

function npmProgram(): string {
  const own = process.env['npm_execpath'];
  if (own?.endsWith('npm-cli.js') === true) return own;
  // Beside the running Node: where its installer puts it, on POSIX systems and on Windows.
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const places = [join(prefix, 'lib'), dirname(realpathSync(process.execPath))];
  const found = places
    .map((place) => join(place, 'node_modules/npm/bin/npm-cli.js'))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`no npm beside ${process.execPath}; run this through npm`);
  return found;
}

/** What a manager says about peers that do not fit. */
export function peerWarnings({ stdout, stderr }: ProgramResult): string[] {
  return `${stdout}\n${stderr}`.split('\n').filter((line) => /\bpeer\b|ERESOLVE/i.test(line));
}
