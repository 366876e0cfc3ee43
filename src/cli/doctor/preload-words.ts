/** Finds our preload among words of a command line. Shared with the probe: loads Node alone. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { NAME } from '../../version';

export const REGISTER = `${NAME}/register`;

const PRELOADING = /^(?:-r|--require|--import)$/;
const PRELOADING_WITH_VALUE = /^(?:-r|--require|--import)=(.+)$/s;

/** The words that preload us, as they stand: one (`--require=…`) or two. */
export function preloadIn(words: readonly string[], cwd: string): readonly string[] | undefined {
  for (const [index, word] of words.entries()) {
    const [, joined] = PRELOADING_WITH_VALUE.exec(word) ?? [];
    if (joined !== undefined && isOurs(joined, cwd)) return [word];
    const next = words[index + 1];
    if (PRELOADING.test(word) && next !== undefined && isOurs(next, cwd)) return [word, next];
  }
  return undefined;
}

/** What `NODE_OPTIONS` holds: words between spaces, double quotes around words with spaces, a backslash before a quote. */
export function wordsOf(options: string): string[] {
  const words = options.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/gs) ?? [];
  return words.map((word) =>
    word.replaceAll(/"((?:[^"\\]|\\.)*)"/gs, (_, inner: string) => inner.replaceAll(/\\(.)/gs, '$1')),
  );
}

/** By its name, or a path into any copy of the package. */
function isOurs(value: string, cwd: string): boolean {
  if (value === REGISTER) return true;
  if (!/[\\/]register(?:\.m?js)?$/.test(value)) return false;
  try {
    const path = value.startsWith('file:') ? fileURLToPath(value) : resolve(cwd, value);
    return packageOf(existsSync(path) ? realpathSync(path) : path)?.name === NAME;
  } catch {
    return false;
  }
}

export interface FoundPackage {
  readonly name: string;
  readonly version: string | undefined;
  readonly folder: string;
}

/** The package that a file belongs to: the nearest `package.json` above it that has a name. */
export function packageOf(file: string): FoundPackage | undefined {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(
        readFileSync(join(folder, 'package.json'), 'utf8'),
      ) as Partial<FoundPackage>;
      if (typeof manifest.name === 'string')
        return { name: manifest.name, version: manifest.version, folder };
    } catch {
      // None in this folder.
    }
  }
  return undefined;
}
