/** npm packages in folders of the cache: what the benchmark runs besides this package is no dependency of it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './paths.mjs';

/**
 * Installs once; what is installed already is left alone.
 *
 * @param {{ folder: string, name: string, dependencies: Record<string, string>, overrides?: Record<string, string>, flags?: string[] }} wanted
 * @returns {boolean} whether everything is there
 */
export function install({ folder, name, dependencies, overrides = {}, flags = [] }) {
  if (isInstalled(folder, dependencies)) return true;
  mkdirSync(folder, { recursive: true });
  const project = { private: true, dependencies, overrides };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2));
  process.stderr.write(`${name}: installing\n`);
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error', ...flags];
  const npm = spawnSync('npm', ['install', ...options], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) process.stderr.write(`${name}: npm ended with ${npm.status ?? npm.signal}\n`);
  return npm.status === 0;
}
