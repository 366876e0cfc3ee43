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
  const keepsLinks =
    paths?.follow_symlinks === 'check' && (paths.mode === undefined || paths.mode === 'enforce');
  return {
    name: 'path_traversal',
    // Switching the guard of paths off does not give these away.
    mode: paths?.mode === 'enforce' ? 'enforce' : undefined,
    check(input) {
      const found = pathsOf(names.among(argumentValues(input).fields));
      if (found.length === 0) return undefined;
      const root = servers[input.server ?? '']?.filesystem?.root ?? paths?.root;
      const bases = root === undefined ? [process.cwd()] : [root, process.cwd()];
      // Where links may not lead out of a root, only those within it could lead here.
      const followsLinks = !keepsLinks || root === undefined || !own.areOutside(root);
      return found.some((path) => own.has(path, bases, followsLinks)) ? OWN_FILE : undefined;
    },
  };
}

function argsOf(paths: Policy['paths']): readonly string[] {
  return (paths ?? pathsFields.parse({})).args;
}

class OwnFiles {
  private readonly files: readonly string[];
  private readonly outside = new Map<string, boolean>();

  constructor(files: readonly string[]) {
    // By the names that are written and by the ones that links lead to.
    this.files = [...new Set(files.flatMap((file) => namesOf(resolve(file))))];
  }

  /** @param bases - folders that a server may start from */
  has(path: string, bases: readonly string[], followsLinks: boolean): boolean {
    return readingsOf(path).some((reading) => {
      const slashed = sep === '/' ? reading.replaceAll('\\', '/') : reading;
      const from = isAbsolute(slashed) ? bases.slice(0, 1) : bases;
      return from.some((base) => {
        const full = resolve(base, slashed);
        return followsLinks ? namesOf(full).some((name) => this.holds(name)) : this.holds(comparable(full));
      });
    });
  }

  /** Whether none of them is in `folder`. */
  areOutside(folder: string): boolean {
    let areOutside = this.outside.get(folder);
    if (areOutside === undefined) {
      const names = namesOf(resolve(folder)).map((name) => (name.endsWith(sep) ? name : name + sep));
      areOutside = !names.some((name) => this.files.some((file) => file.startsWith(name)));
      this.outside.set(folder, areOutside);
    }
    return areOutside;
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
