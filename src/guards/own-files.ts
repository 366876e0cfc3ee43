/**
 * Keeps tools away from the files that this package lives by: who changes the policy, the lock file or the audit log
 * changes what is decided or what was logged. Part of the path guard, whether or not the policy has a section for paths.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';

import type { Policy } from '../policy/schema';
import { paths as pathsFields } from '../policy/input-fields';
import { ArgumentNames } from './argument-names';
import { argumentValues } from './argument-values';
import type { Finding, PureGuard } from './guard';
import { readingsOf } from './path-escape';
import { pathsOf } from './path-urls';

const OWN_FILE: Finding = { verdict: 'deny', reason: 'own_file' };

/** @param files - absolute paths of files, and of folders with all that is in them */
export function createOwnFilesGuard(
  { paths, servers }: Pick<Policy, 'paths' | 'servers'>,
  files: readonly string[],
): PureGuard | undefined {
  if (files.length === 0) return undefined;
  const names = new ArgumentNames(['**.path', '**.paths', 'source', 'destination', ...argsOf(paths)]);
  const own = new OwnFiles(files);
  return {
    name: 'path_traversal',
    // Switching the guard of paths off does not give these away.
    mode: paths?.mode === 'enforce' ? 'enforce' : undefined,
    check(input) {
      const found = pathsOf(names.among(argumentValues(input).fields));
      if (found.length === 0) return undefined;
      const folders = [servers[input.server ?? '']?.filesystem?.root ?? paths?.root, process.cwd()];
      const bases = folders.filter((folder) => folder !== undefined);
      return found.some((path) => own.has(path, bases)) ? OWN_FILE : undefined;
    },
  };
}

function argsOf(paths: Policy['paths']): readonly string[] {
  return (paths ?? pathsFields.parse({})).args;
}

class OwnFiles {
  private readonly files: readonly string[];

  constructor(files: readonly string[]) {
    // By the names that are written and by the ones that links lead to.
    this.files = [...new Set(files.flatMap((file) => namesOf(resolve(file))))];
  }

  /** @param bases - folders that a server may start from */
  has(path: string, bases: readonly string[]): boolean {
    return readingsOf(path).some((reading) => {
      const slashed = sep === '/' ? reading.replaceAll('\\', '/') : reading;
      const from = isAbsolute(slashed) ? bases.slice(0, 1) : bases;
      return from.some((base) => namesOf(resolve(base, slashed)).some((name) => this.holds(name)));
    });
  }

  private holds(path: string): boolean {
    return this.files.some((file) => path === file || path.startsWith(file + sep));
  }
}

function namesOf(path: string): string[] {
  const real = realName(path) ?? path;
  return real === path ? [comparable(path)] : [comparable(path), comparable(real)];
}

/** Some file systems tell no case apart; no two of our files differ by it alone. */
function comparable(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** Where links lead; of a file that does not exist, where its folder is. */
function realName(path: string): string | undefined {
  const real = realPath(path);
  if (real !== undefined) return real;
  const folder = realPath(dirname(path));
  return folder && join(folder, basename(path));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
