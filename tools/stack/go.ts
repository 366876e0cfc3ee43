/** Programs built from Go modules: the Collector by its builder, Jaeger and Prometheus as tools of small modules of our own. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { CACHE, cached, REPOSITORY, run } from './cache';
import { lock } from './lock';
import { Missing } from './missing';
import { withProgress } from './progress';

const BUILDER = 'go.opentelemetry.io/collector/cmd/builder';
/** The builder, and what its manifest names. */
export const COLLECTOR_VERSION = '0.158.0';

const MODULES = join(REPOSITORY, 'tools/stack/go');

/** A program, and the package of our module that it is built from. */
export interface GoProgram {
  /** Folder below `tools/stack/go`. */
  readonly module: 'jaeger' | 'prometheus';
  readonly version: string;
  /** Name of the program and its package. */
  readonly packages: Readonly<Record<string, string>>;
  /** The variable that holds the version that it says it is: in a module's zip it is not set. */
  readonly versionVariable: string;
}

/** @returns the folder with the programs in it; throws {@link Missing} */
export async function buildTools(wanted: GoProgram): Promise<string> {
  const { module, version, packages, versionVariable } = wanted;
  const stamp = ['-ldflags', `-X ${versionVariable}=${version}`];
  const path = cachePath(module, version, ['go.mod', 'go.sum'], stamp.join(' '));
  return built(path, `${module} ${version}`, async (folder) => {
    const source = join(folder, 'source');
    await cp(join(MODULES, module), source, { recursive: true });
    for (const [name, from] of Object.entries(packages)) {
      await go(source, ['build', '-mod=readonly', ...stamp, '-o', join(folder, name), from]);
    }
    await rm(source, { recursive: true });
  });
}

/** @returns the folder with `otelcol` in it; throws {@link Missing} */
export async function buildCollector(): Promise<string> {
  const smaller = ['-trimpath', '-ldflags', '-s -w'];
  const files = ['manifest.yaml', 'go.mod', 'go.sum'];
  const path = cachePath('collector', COLLECTOR_VERSION, files, smaller.join(' '));
  return built(path, `OpenTelemetry Collector ${COLLECTOR_VERSION}`, async (folder) => {
    const builder = join(await buildBuilder(), 'builder');
    const module = join(MODULES, 'collector');
    // The builder writes the program; the versions of all that it is linked with are ours, and not looked for again.
    const flags = ['--skip-get-modules', '--skip-compilation', '--config', join(module, 'manifest.yaml')];
    await attempted('the Collector', () => run(builder, flags, { cwd: folder, env: goEnvironment() }));
    const source = join(folder, 'source');
    for (const name of ['go.mod', 'go.sum']) await cp(join(module, name), join(source, name));
    await go(source, ['build', '-mod=readonly', ...smaller, '-o', join(folder, 'otelcol'), '.']);
    await rm(source, { recursive: true });
  });
}

function buildBuilder(): Promise<string> {
  return built(`collector-builder/${COLLECTOR_VERSION}`, `Collector builder ${COLLECTOR_VERSION}`, (folder) =>
    go(folder, ['install', `${BUILDER}@v${COLLECTOR_VERSION}`], { GOBIN: folder }),
  );
}

let mayBuild = true;

/** From now on what is not built yet is {@link Missing}: a test is no place to wait a quarter of an hour. */
export function buildNothing(): void {
  mayBuild = false;
}

/** By version, by what its module files say, and by how it is built. */
function cachePath(name: string, version: string, files: readonly string[], flags: string): string {
  const hash = createHash('sha256').update(flags);
  for (const file of files) hash.update(readFileSync(join(MODULES, name, file)));
  return `${name}/${version}-${hash.digest('hex').slice(0, 8)}`;
}

/** One build at a time and machine: another process waits for it, then finds the result. */
async function built(path: string, title: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, path);
  if (existsSync(folder)) return folder;
  await requireGo(title);
  if (!mayBuild) {
    throw new Missing(`${title} is not built yet, which takes some minutes: npm run stack -- build`);
  }
  const unlock = await lock(`${folder}.lock`, () => existsSync(folder));
  try {
    return await cached(path, (temporary) => withProgress(`building ${title}`, () => build(temporary)), 1);
  } finally {
    await unlock();
  }
}

async function requireGo(title: string): Promise<void> {
  try {
    await run('go', ['version']);
  } catch {
    throw new Missing(
      `${title} is built with Go, and there is no go command: install Go 1.26 or later (https://go.dev/dl/)`,
    );
  }
}

/** What the user set for Go otherwise holds; a version stamp of the repository around would only differ. */
const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -buildvcs=false`.trim(),
  GOWORK: 'off',
});

async function go(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const options = { cwd: folder, env: { ...goEnvironment(), ...env }, maxBuffer: 64 << 20 };
  await attempted(`go ${args.join(' ')}`, () => run('go', [...args], options));
}

async function attempted(what: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Missing(`${what} could not be built: ${stderr.trim().slice(-2000) || String(error)}`);
  }
}
