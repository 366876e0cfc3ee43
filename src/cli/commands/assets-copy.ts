/** `otel-mcp assets`: copies the configuration of Collector, Prometheus, Alertmanager, Jaeger and Grafana out of the package. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { CommandError } from '../command';

/** Seen from `build/src/cli/commands`, in a clone and in the installed package alike. */
const PACKAGE = resolve(__dirname, '../../../..');

/** What is copied, folders with all that they hold; the pages are what alerts and configuration refer to. */
const ASSETS = [
  'collector-config',
  'grafana',
  'docker-compose.yaml',
  'docs/dashboards.md',
  'docs/operations.md',
  'docs/runbook.md',
  'docs/telemetry.md',
] as const;

/** `unchanged`: it was there already, byte for byte. */
export type AssetState = 'written' | 'overwritten' | 'unchanged';

export interface AssetFile {
  /** Below the folder, with `/` on every system. */
  readonly path: string;
  readonly state: AssetState;
}

export interface AssetsReport {
  /** Absolute. */
  readonly out: string;
  readonly files: readonly AssetFile[];
}

/**
 * Writes all of it, or nothing when a file that somebody has changed is in the way.
 *
 * @param out - created where it does not exist
 * @param force - overwrite changed files
 * @throws CommandError when a changed file is in the way, or `out` cannot be written
 */
export function copyAssets(out: string, force: boolean): AssetsReport {
  const folder = resolve(out);
  const contents = new Map(assetPaths().map((path) => [path, readFileSync(join(PACKAGE, path))]));
  const files = [...contents].map(([path, content]) => ({
    path,
    state: stateOf(join(folder, path), content),
  }));
  const changed = files.filter(({ state }) => state === 'overwritten').map(({ path }) => path);
  if (changed.length > 0 && !force) throw new CommandError(inTheWay(out, changed));
  for (const { path, state } of files) {
    if (state !== 'unchanged') write(join(folder, path), contents.get(path)!);
  }
  return { out: folder, files };
}

/** @throws CommandError when the package lacks what it should bring */
function assetPaths(): string[] {
  return ASSETS.flatMap((name) => {
    try {
      return filesBelow(name);
    } catch {
      throw new CommandError(`${name} is missing in ${PACKAGE}: install the package again`);
    }
  });
}

function filesBelow(path: string): string[] {
  if (!statSync(join(PACKAGE, path)).isDirectory()) return [path];
  const names = readdirSync(join(PACKAGE, path)).toSorted();
  return names.flatMap((name) => filesBelow(`${path}/${name}`));
}

/** What writing `file` would be. */
function stateOf(file: string, content: Buffer): AssetState {
  try {
    return readFileSync(file).equals(content) ? 'unchanged' : 'overwritten';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'written';
    throw new CommandError(`cannot read ${file}: ${reason(error)}`);
  }
}

function inTheWay(out: string, changed: readonly string[]): string {
  return [
    `nothing was written: ${changed.length === 1 ? 'a file' : `${changed.length} files`} in ${out} would be overwritten`,
    ...changed.map((path) => `  ${path}`),
    'They differ from those of this package. --force overwrites them; or write to another folder and compare.',
  ].join('\n');
}

/** Content and no mode: a package manager's files can be read-only. Renamed, so that no half of a file stays behind. */
function write(file: string, content: Buffer): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    makeFolder(dirname(file));
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CommandError(`cannot write ${file}: ${reason(error)}`);
  }
}

/** `recursive: true` of Node 20 never returns where a folder cannot be made although its parent is there, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left',
  EISDIR: 'a folder of that name is there',
  EEXIST: 'a file is where a folder should be',
  ENOENT: 'no folder can be made there',
  ENOTDIR: 'a file is where a folder should be',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function reason(error: unknown): string {
  return REASONS[codeOf(error)] ?? (error as Error).message;
}
