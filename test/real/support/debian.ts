/** Programs of Debian packages, unpacked into the cache folder without installing them: nobody has to be root. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Missing } from './component';

export const run = promisify(execFile);

export async function runs(command: string): Promise<boolean> {
  try {
    await run(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param packages - names; the first one's version has to be `version`
 * @param otherwise - how else the program may be there, for the message
 * @throws Missing when they cannot be had
 */
export async function unpackDebianPackages(
  folder: string,
  packages: readonly [string, ...string[]],
  version: string,
  otherwise: string,
): Promise<void> {
  const temporary = `${folder}.${randomUUID().slice(0, 8)}.tmp`;
  await mkdir(temporary, { recursive: true });
  try {
    await run('apt-get', ['download', ...packages], { cwd: temporary });
    const files = (await readdir(temporary)).filter((name) => name.endsWith('.deb'));
    const first = files.find((name) => name.startsWith(`${packages[0]}_`));
    if (first === undefined) throw new Error('apt-get download left no package');
    if (!first.includes(version)) throw new Error(`apt has ${first} and not ${version}`);
    for (const file of files) {
      await run('dpkg', ['-x', join(temporary, file), temporary]);
      await rm(join(temporary, file));
    }
    await rename(temporary, folder);
  } catch (error) {
    // Another process may have been faster.
    if (existsSync(folder)) return;
    throw new Missing(
      `no ${packages[0]}: ${otherwise}, and Debian's package ${version} could not be fetched (${String(error)})`,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
