/**
 * Installs the peers that the benchmark compares with, each in a folder of its own under the cache: they are no
 * dependency of this package. What is installed already is left alone.
 *
 * The OpenTelemetry API of every folder is the one of this repository, since an API copy of another minor version
 * would see no provider and the peer would then be measured doing nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, peerFolder, ROOT } from '../lib/paths.mjs';

const peers = JSON.parse(readFileSync(new URL('peers.json', import.meta.url), 'utf8'));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const api = manifest.devDependencies['@opentelemetry/api'];

/** Sentry's build-time plug-ins ask for a command-line tool that no registry may have; nothing of it runs here. */
const OVERRIDES = { '@opentelemetry/api': api, sentry: '0.45.0' };

function install(name, packages) {
  const folder = peerFolder(name, packages);
  if (isInstalled(folder, packages)) {
    process.stderr.write(`${name}: installed\n`);
    return true;
  }
  mkdirSync(folder, { recursive: true });
  const dependencies = { ...packages, '@opentelemetry/api': api };
  const project = { private: true, dependencies, overrides: OVERRIDES };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project, null, 2));
  process.stderr.write(`${name}: installing\n`);
  const npm = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    },
  );
  if (npm.status !== 0) process.stderr.write(`${name}: npm ended with ${npm.status ?? npm.signal}\n`);
  return npm.status === 0;
}

const done = Object.entries(peers).map(([name, packages]) => install(name, packages));
process.exitCode = done.every(Boolean) ? 0 : 1;
