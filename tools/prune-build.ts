/** Removes what the compiler left in `build/` of sources that are gone: stale tests would run, stale files be packed. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');

function prune(folder: string): void {
  for (const entry of readdirSync(join(REPOSITORY, 'build', folder), { withFileTypes: true })) {
    const name = join(folder, entry.name);
    if (entry.isDirectory()) prune(name);
    else if (isStale(name)) {
      rmSync(join(REPOSITORY, 'build', name));
      process.stdout.write(`removed build/${name}\n`);
    }
  }
}

function isStale(name: string): boolean {
  const source = name.replace(/(?:\.d)?\.([cm]?)[jt]s$/, '.$1ts');
  return source !== name && !existsSync(join(REPOSITORY, source));
}

for (const folder of ['src', 'test', 'tools', 'bench']) {
  if (existsSync(join(REPOSITORY, 'build', folder))) prune(folder);
}
