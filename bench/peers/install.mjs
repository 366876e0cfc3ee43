/**
 * Installs the peers that the benchmark compares with, each in a folder of its own under the cache: they are no
 * dependency of this package. What is installed already is left alone.
 *
 * The OpenTelemetry API of every folder is the one of this repository, since an API copy of another minor version
 * would see no provider and the peer would then be measured doing nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from '../lib/install.mjs';
import { peerFolder, ROOT } from '../lib/paths.mjs';

const peers = JSON.parse(readFileSync(new URL('peers.json', import.meta.url), 'utf8'));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const api = manifest.devDependencies['@opentelemetry/api'];

/** Sentry's build-time plug-ins ask for a command-line tool that no registry may have; nothing of it runs here. */
const OVERRIDES = { '@opentelemetry/api': api, sentry: '0.45.0' };

function installPeer(name, packages) {
  const dependencies = { ...packages, '@opentelemetry/api': api };
  return install({ folder: peerFolder(name, packages), name, dependencies, overrides: OVERRIDES });
}

const done = Object.entries(peers).map(([name, packages]) => installPeer(name, packages));
process.exitCode = done.every(Boolean) ? 0 : 1;
