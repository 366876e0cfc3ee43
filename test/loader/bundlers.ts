/** Builds the bundled agents with real bundlers. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE, packages } from '../support/installs';
import { write } from './workspace';

const run = promisify(execFile);

interface Esbuild {
  build(options: object): Promise<unknown>;
}

/** The copy that tsx brings. */
const esbuild = createRequire(require.resolve('tsx'))('esbuild') as Esbuild;

/** ES module output of CommonJS dependencies needs a `require`. */
const REQUIRE_BANNER =
  "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);";

/** @returns path of the bundle */
export async function withEsbuild(
  folder: string,
  name: string,
  entry: string,
  options: object,
): Promise<string> {
  const outfile = join(folder, name);
  await esbuild.build({
    entryPoints: [join(folder, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    preserveSymlinks: true,
    absWorkingDir: folder,
    ...(name.endsWith('.mjs') ? { format: 'esm', banner: { js: REQUIRE_BANNER } } : { format: 'cjs' }),
    ...options,
  });
  return outfile;
}

const WEBPACK_BUILD = `
const { join } = require('node:path');
const [webpackFolder, folder, name, entry, mode] = process.argv.slice(2);
const webpack = require(join(webpackFolder, 'node_modules/webpack'));
const esm = name.endsWith('.mjs');
webpack({
  mode,
  target: 'node20',
  context: folder,
  entry: './' + entry,
  output: { path: folder, filename: name, ...(esm ? { module: true, library: { type: 'module' } } : {}) },
  experiments: { outputModule: esm },
  resolve: { symlinks: false },
  performance: false,
}, (error, stats) => {
  if (error) throw error;
  if (stats.hasErrors()) throw new Error(stats.toString({ errors: true }));
});
`;

/** Webpack with its minifier takes half a minute on a small machine: its bundles are kept. @returns path of the bundle */
export async function withWebpack(
  folder: string,
  name: string,
  entry: string,
  mode: 'production' | 'development',
): Promise<string> {
  const webpack = await packages(['webpack@5.112.2']);
  const build = write(folder, 'webpack-build.cjs', WEBPACK_BUILD);
  const sdk = dirname(realpathSync(join(folder, 'node_modules')));
  const inputs = [WEBPACK_BUILD, webpack, sdk, name, readFileSync(join(folder, entry), 'utf8'), mode];
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12);
  const kept = join(CACHE, 'bundles', `${key}-${name}`);
  if (!existsSync(kept)) {
    await run(process.execPath, [build, webpack, folder, name, entry, mode], { maxBuffer: 64 << 20 });
    mkdirSync(dirname(kept), { recursive: true });
    copyFileSync(join(folder, name), `${kept}.${process.pid}`);
    renameSync(`${kept}.${process.pid}`, kept);
  }
  copyFileSync(kept, join(folder, name));
  return join(folder, name);
}

/** Bun for Linux on x64: a bundler, and a runtime that cannot be hooked. */
export async function bun(): Promise<string> {
  return join(await packages(['@oven/bun-linux-x64@1.4.5']), 'node_modules/@oven/bun-linux-x64/bin/bun');
}

/** Deno for Linux on x64. */
export async function deno(): Promise<string> {
  return join(await packages(['@deno/linux-x64-glibc@2.9.6']), 'node_modules/@deno/linux-x64-glibc/deno');
}

/** @returns path of the bundle */
export async function withBun(folder: string, name: string, entry: string): Promise<string> {
  const outfile = join(folder, name);
  const format = name.endsWith('.mjs') ? 'esm' : 'cjs';
  const args = ['build', entry, '--target=node', `--format=${format}`, '--minify', `--outfile=${outfile}`];
  await run(await bun(), args, { cwd: folder });
  return outfile;
}
