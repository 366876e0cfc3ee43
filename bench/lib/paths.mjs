/** Where things are: the package under test, the SDKs beside it, and the cache for what is not our dependency. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BUILD = join(ROOT, 'build', 'src');

/** Folder for downloads: `what` is the kind of thing, `version` tells two of a kind apart. */
export function cacheFolder(what, version) {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'opentelemetry-instrumentation-mcp', what, version);
}

/** Folder that `npm run bench:peers` installs a peer into. */
export function peerFolder(name, packages) {
  return cacheFolder('bench-peers', `${name}-${Object.values(packages)[0]}`);
}

export function isInstalled(folder, packages) {
  return Object.keys(packages).every((name) =>
    existsSync(join(folder, 'node_modules', name, 'package.json')),
  );
}

/** Our built entry; the benchmark measures what is built and says so when there is nothing. */
export function builtFile(...names) {
  const file = join(BUILD, ...names);
  if (!existsSync(file)) {
    throw new Error(`${file} does not exist: run "npm run build" first`);
  }
  return file;
}
