/**
 * The folder below which everything that is fetched or built lies, and how an entry of it comes to be.
 *
 * An entry is filled under a temporary name and renamed, so two processes may ask for the same thing at once.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);

/** Root of the repository, seen from `build/tools/stack`. */
export const REPOSITORY = resolve(__dirname, '../../..');
export const CACHE = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'opentelemetry-instrumentation-mcp',
);

const underway = new Map<string, Promise<string>>();

/**
 * Fills `CACHE/path` once; a second caller gets the same promise, a second process at worst does it twice.
 *
 * @param attempts - how often `fill` is tried: registries fail now and then
 */
export async function cached(
  path: string,
  fill: (folder: string) => Promise<void>,
  attempts = 2,
): Promise<string> {
  const folder = join(CACHE, path);
  if (existsSync(folder)) return folder;
  let pending = underway.get(folder);
  if (pending === undefined) {
    pending = fillOnce(folder, fill, attempts).finally(() => underway.delete(folder));
    underway.set(folder, pending);
  }
  return pending;
}

async function fillOnce(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  attempts: number,
): Promise<string> {
  await removeAbandoned(folder);
  const temporary = `${folder}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await attempt(attempts, async () => {
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary, { recursive: true });
      await fill(temporary);
    });
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    // Another process was faster: its folder is as good as ours.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** What processes that were killed while they filled it have left. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(dirname(folder)).catch(() => []);
  for (const name of names) {
    const [, pid] = name.startsWith(`${basename(folder)}.`) ? (/\.(\d+)\.\w{8}\.tmp$/.exec(name) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function attempt(times: number, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (times <= 1) throw error;
    await attempt(times - 1, action);
  }
}
