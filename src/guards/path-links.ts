/**
 * Where links lead, on this machine.
 *
 * A link that is made between this look and the moment when the server opens the path is not seen: only a server that
 * opens paths without following links can close that gap.
 */
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { isAbsolute, parse, resolve, sep } from 'node:path';

/** As many links as Linux follows. */
const MAX_LINKS = 40;

const IS_WINDOWS = process.platform === 'win32';

/** A root as the file system has it. Nothing is remembered: folders and links come and go. */
export class RealRoot {
  /** Whether the root is written as a path of this system. */
  private readonly isOurs: boolean;

  constructor(readonly root: string) {
    this.isOurs = isAbsolute(root) && root.startsWith('/') !== IS_WINDOWS;
  }

  /** Whether a path leads out of the root by a link. A root that is not here has none. */
  isLeftBy(path: string): boolean {
    const root = this.real();
    if (root === undefined) return false;
    const full = isAbsolute(path) ? path : `${this.root}${sep}${path}`;
    // Who opens a path as it is follows a link before the `..` behind it; who resolves it first does not.
    return (
      !isWithin(root, realPath(full)) || (full.includes('..') && !isWithin(root, realPath(resolve(full))))
    );
  }

  /** Where the root really is; `undefined` where it is not here. */
  real(): string | undefined {
    if (!this.isOurs || !existsSync(this.root)) return undefined;
    return realPath(this.root);
  }
}

/** The path without links; names that do not exist stay as they are. `undefined` where links go round. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return walked(path);
  }
}

/** What `realpath` does, also where the last names do not exist: a link may lead to a file that is not there yet. */
function walked(path: string): string | undefined {
  let { root: at } = parse(path);
  const names = path.slice(at.length).split(IS_WINDOWS ? /[\\/]/ : '/');
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '' || name === '.') continue;
    const next = resolve(at, name);
    const target = name === '..' ? undefined : linkTarget(next);
    if (target === undefined) at = next;
    else {
      links += 1;
      if (links > MAX_LINKS) return undefined;
      if (isAbsolute(target)) ({ root: at } = parse(target));
      names.unshift(...target.slice(parse(target).root.length).split(IS_WINDOWS ? /[\\/]/ : '/'));
    }
  }
  return at;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or not there, or not to be looked at.
    return undefined;
  }
}

function isWithin(root: string, path: string | undefined): boolean {
  if (path === undefined) return false;
  const [outer, inner] = IS_WINDOWS ? [root.toLowerCase(), path.toLowerCase()] : [root, path];
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
