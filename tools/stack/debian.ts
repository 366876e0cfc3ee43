/** Programs of Debian packages, unpacked into the cache folder without installing them: nobody has to be root. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CACHE, cached, run } from './cache';
import { lock } from './lock';
import { Missing } from './missing';
import { withProgress } from './progress';

export async function runs(command: string): Promise<boolean> {
  try {
    await run(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param path - below the cache folder
 * @param packages - names; the first one's version has to be `version`
 * @param otherwise - how else the program may be there, for the message
 * @param finish - what is still to be done to the unpacked files
 * @returns the folder that holds what was unpacked
 * @throws Missing when they cannot be had
 */
export async function unpackDebianPackages(
  path: string,
  packages: readonly [string, ...string[]],
  version: string,
  otherwise: string,
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const title = `${packages[0]} ${version} from Debian's packages`;
  try {
    return await cached(path, async (folder) => {
      await withProgress(title, () => unpack(folder, packages, version));
      await finish(folder);
    });
  } catch (error) {
    throw new Missing(
      `no ${packages[0]} ${version}: ${otherwise}, and Debian's package could not be fetched (${reason(error)})`,
    );
  }
}

function reason(error: unknown): string {
  const { code, path = '', stderr = '' } = error as { code?: unknown; path?: string; stderr?: string };
  if (code === 'ENOENT') return `there is no ${path} here`;
  return stderr.trim().split('\n').at(-1) || String(error);
}

async function unpack(
  folder: string,
  packages: readonly [string, ...string[]],
  version: string,
): Promise<void> {
  await download(folder, packages);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  const first = files.find((name) => name.startsWith(`${packages[0]}_`));
  if (first === undefined) throw new Error('apt-get download left no package');
  if (!first.includes(version)) throw new Error(`apt has ${first} and not ${version}`);
  for (const file of files) {
    await run('dpkg', ['-x', join(folder, file), folder]);
    await rm(join(folder, file));
  }
}

/** Where apt knows nothing of the packages (a fresh container, say), it is given lists of our own: nobody has to be root. */
async function download(folder: string, packages: readonly string[]): Promise<void> {
  const args = ['download', ...packages];
  try {
    await run('apt-get', args, { cwd: folder });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    const unlock = await lock(join(CACHE, 'apt.lock'), () => false);
    try {
      const env = { ...process.env, APT_CONFIG: await aptLists() };
      await run('apt-get', args, { cwd: folder, env });
    } finally {
      await unlock();
    }
  }
}

/** @returns the path of a configuration that names them */
async function aptLists(): Promise<string> {
  const folder = join(CACHE, 'apt');
  for (const name of ['lists', 'archives']) await mkdir(join(folder, name, 'partial'), { recursive: true });
  const config = join(folder, 'apt.conf');
  await writeFile(config, `Dir::State::lists "${folder}/lists";\nDir::Cache "${folder}";\n`);
  const env = { ...process.env, APT_CONFIG: config };
  await withProgress('apt-get update, into the cache folder', () => run('apt-get', ['update'], { env }));
  return config;
}

/**
 * Writes another folder of at most the same length over a folder that was compiled into a program.
 *
 * Debian's programs look for their data below `/usr/share`, where nothing is as long as the package is not installed.
 */
export async function relocate(file: string, from: string, to: string): Promise<void> {
  const content = await readFile(file);
  // Slashes fill up the length: a Go string has no end mark.
  const filled = to.padEnd(from.length, '/');
  let position = content.indexOf(from);
  if (position === -1) throw new Error(`${file} does not name ${from}`);
  for (; position !== -1; position = content.indexOf(from, position + 1)) {
    // A longer path that begins alike is another string.
    if (content[position + from.length] !== '/'.charCodeAt(0)) content.write(filled, position, 'latin1');
  }
  await writeFile(file, content);
}
