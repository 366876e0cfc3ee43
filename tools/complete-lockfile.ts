/**
 * Adds to `package-lock.json` what npm leaves out when the registry it asked lacks a package of another platform: the
 * entries of optional dependencies, without which `npm ci` refuses the lockfile. Run it after `npm install` has
 * changed the lockfile: `npm run lockfile`.
 *
 * Such an entry has version and platform, and no integrity: npm then takes what the registry says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FILE = join(resolve(__dirname, '../..'), 'package-lock.json');

interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface Lockfile {
  packages: Record<string, Entry>;
}

export interface MissingEntry {
  readonly name: string;
  readonly version: string;
  readonly dev: boolean;
}

/** Optional dependencies that no entry serves: from the folder of who asks up to the root. */
export function missingEntries({ packages }: Lockfile): MissingEntry[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !serves(packages, path, name))
      .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
  );
}

function serves(packages: Lockfile['packages'], path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}

/** `@oxlint/binding-linux-arm64-musl` → `linux`, `arm64`, `musl`. */
function platformOf(name: string): Pick<Entry, 'cpu' | 'os' | 'libc'> {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.find((word) => /^(android|darwin|freebsd|linux|openharmony|win32)$/.test(word));
  const cpu = words.find((word) => /^(arm64|arm|x64|ia32|ppc64|riscv64|s390x)$/.test(word));
  if (os === undefined || cpu === undefined) throw new Error(`no platform in the name ${name}`);
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : undefined;
  return { cpu: [cpu], os: [os], ...(libc === undefined ? {} : { libc }) };
}

function entryOf({ name, version, dev }: MissingEntry): Entry {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`${name} is asked for as ${version}, not exactly`);
  return { version, ...platformOf(name), ...(dev ? { dev } : {}), optional: true };
}

function complete(): void {
  const lockfile = JSON.parse(readFileSync(FILE, 'utf8')) as Lockfile;
  const missing = missingEntries(lockfile);
  for (const one of missing) lockfile.packages[`node_modules/${one.name}`] = entryOf(one);
  const sorted = Object.entries(lockfile.packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  lockfile.packages = Object.fromEntries(sorted);
  if (missing.length > 0) writeFileSync(FILE, `${JSON.stringify(lockfile, null, 2)}\n`);
  process.stdout.write(`${missing.length} entries added\n`);
}

if (require.main === module) complete();
