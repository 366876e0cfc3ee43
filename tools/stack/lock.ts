/** One process at a time: a folder that exists as long as its process lives. */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { isAlive } from './cache';

/** So long a lock may lack the id of its process. */
const UNSIGNED_MS = 10_000;

/**
 * @param done - whether what the lock is for has been done meanwhile: then it is not waited for
 * @returns what gives the lock back
 */
export async function lock(folder: string, done: () => boolean): Promise<() => Promise<void>> {
  await mkdir(dirname(folder), { recursive: true });
  for (;;) {
    try {
      await mkdir(folder);
      await writeFile(join(folder, 'pid'), String(process.pid));
      return () => rm(folder, { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (done()) return async () => {};
    if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true });
    await pause(500);
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    if (pid > 0) return !isAlive(pid);
  } catch {
    // Not signed yet, or gone.
  }
  const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > UNSIGNED_MS;
}
