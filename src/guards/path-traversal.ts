/** Keeps the paths among a call's arguments in their folder. */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, posix, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import picomatch from 'picomatch';

import type { Policy } from '../policy/schema';
import { ArgumentNames } from './argument-values';
import type { Finding, GuardInput, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { argumentsOf } from './input-size';
import { escapeOf, readingsOf } from './path-escape';

type PathsSection = NonNullable<Policy['paths']>;

const WRITING =
  /^(?:write|edit|create|move|delete|remove|rename|append|put|mkdir|copy|set|update|patch|save)/i;
/** Tools that are given folders, which have no extension. */
const ON_FOLDERS = /director|folder|list|tree|search/i;

export function createPathGuard(paths: PathsSection, servers: Policy['servers']): PureGuard {
  const names = new ArgumentNames(paths.args);
  const isDenied = paths.deny.length === 0 ? undefined : picomatch(paths.deny, { dot: true, nocase: true });
  return {
    name: 'path_traversal',
    mode: paths.mode,
    check(input): Finding | undefined {
      const { filesystem } = servers[input.server ?? ''] ?? {};
      const tool = input.call.target?.name ?? '';
      if (filesystem?.read_only === true && WRITING.test(tool)) return denial('read_only');
      const root = filesystem?.root ?? paths.root;
      const found = pathsOf(input, names);
      if (found.length === 0) return undefined;
      for (const path of found) {
        const reason =
          escapeReason(path, root, paths) ??
          (isDenied !== undefined && readingsOf(path).some((one) => isDenied(normal(one)))
            ? 'denied_path'
            : undefined) ??
          extensionReason(path, paths.extensions, tool);
        if (reason !== undefined) return denial(reason);
      }
      return ALLOWED;
    },
  };
}

function denial(reason: string): Finding {
  return { verdict: 'deny', reason };
}

/** Other schemes than `file` are the URL guard's. */
function pathsOf({ call }: GuardInput, names: ArgumentNames): string[] {
  const values = names.stringsIn(argumentsOf(call));
  return values
    .filter((value) => !isOtherUrl(value))
    .map((value) => (isFileUrl(value) ? pathOfUrl(value) : value));
}

function isOtherUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) && !isFileUrl(value);
}

function isFileUrl(value: string): boolean {
  return /^file:/i.test(value);
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

function escapeReason(
  path: string,
  root: string | undefined,
  { follow_symlinks }: PathsSection,
): string | undefined {
  if (root === undefined) return path.includes('\0') ? 'null_byte' : undefined;
  const escape = escapeOf(path, root);
  if (escape !== undefined) return escape;
  return follow_symlinks === 'check' && leavesByLink(path, root) ? 'symlink_escapes_root' : undefined;
}

/** Only where the root is on this machine, and as far as the path exists. */
function leavesByLink(path: string, root: string): boolean {
  const realRoot = realPath(root);
  if (realRoot === undefined) return false;
  const full = isAbsolute(path) ? path : resolve(root, path);
  const real = realPrefix(full);
  return real !== realRoot && !real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

/** The real path of the part that exists, with the rest behind it. */
function realPrefix(path: string): string {
  const real = realPath(path);
  if (real !== undefined) return real;
  const parent = dirname(path);
  return parent === path ? path : join(realPrefix(parent), path.slice(parent.length));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function normal(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/'));
}

function extensionReason(
  path: string,
  extensions: readonly string[] | undefined,
  tool: string,
): string | undefined {
  if (extensions === undefined) return undefined;
  for (const reading of readingsOf(path)) {
    const name = posix.basename(normal(reading)).replace(/(?:::\$data)?[. ]*$/i, '');
    const dot = name.lastIndexOf('.');
    if (dot === -1 && ON_FOLDERS.test(tool)) continue;
    const extension = dot === -1 ? '' : name.slice(dot).toLowerCase();
    if (!extensions.some((allowed) => allowed.toLowerCase() === extension)) return 'extension_denied';
  }
  return undefined;
}
