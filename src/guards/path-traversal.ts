/** Keeps the paths among a call's arguments in their folder. */
import { posix } from 'node:path';

import picomatch from 'picomatch';

import type { EffectivePolicy } from '../policy/environment';
import { paths as pathsFields } from '../policy/input-fields';
import type { Policy } from '../policy/schema';
import { ArgumentNames } from './argument-names';
import { argumentValues } from './argument-values';
import type { Finding, GuardInput, PureGuard } from './guard';
import { ALLOWED } from './guard';
import { Root, readingsOf } from './path-escape';
import { RealRoot } from './path-links';
import { pathsOf } from './path-urls';
import { isFilesystemServer } from './server-allowlist';
import { mayWrite } from './tool-kinds';

type PathsSection = NonNullable<Policy['paths']>;
type Filesystem = { readonly root?: string | undefined; readonly read_only: boolean };

/** Further arguments of file system servers that hold paths: `move_file` has no other. */
const FILESYSTEM_ARGS = ['**.path', '**.paths', 'source', 'destination'];

/** Tools that are given folders, which have no extension. */
const ON_FOLDERS = /director|folder|list|tree|search/i;

export function createPathGuard({ paths, servers, filesystem }: GuardedPolicy): PureGuard | undefined {
  const isAsked =
    paths !== undefined || filesystem?.read_only === true || Object.values(servers).some(isBounded);
  return isAsked ? new PathGuard(paths ?? pathsFields.parse({}), servers, filesystem) : undefined;
}

type GuardedPolicy = Pick<Policy, 'paths' | 'servers'> & Partial<Pick<EffectivePolicy, 'filesystem'>>;

function isBounded({ filesystem }: Policy['servers'][string]): boolean {
  return filesystem?.root !== undefined || filesystem?.read_only === true;
}

class PathGuard implements PureGuard {
  readonly name = 'path_traversal';
  readonly mode: PathsSection['mode'];
  private readonly names: ArgumentNames;
  private readonly filesystemNames: ArgumentNames;
  private readonly isDenied: ((path: string) => boolean) | undefined;
  private readonly extensions: ReadonlySet<string> | undefined;
  private readonly roots = new Map<string, Folder>();

  constructor(
    private readonly paths: PathsSection,
    private readonly servers: Policy['servers'],
    private readonly anyFilesystem: Filesystem | undefined,
  ) {
    this.mode = paths.mode;
    this.names = new ArgumentNames(paths.args);
    this.filesystemNames = new ArgumentNames([...paths.args, ...FILESYSTEM_ARGS]);
    if (paths.deny.length > 0) this.isDenied = picomatch(paths.deny, { dot: true, nocase: true });
    this.extensions = paths.extensions && new Set(paths.extensions.map((one) => one.toLowerCase()));
  }

  check(input: GuardInput): Finding | undefined {
    const { target } = input.call;
    const filesystem = this.filesystemOf(input);
    const tool = target?.type === 'tool' ? target.name : '';
    if (filesystem?.read_only === true && target?.type === 'tool' && mayWrite(tool)) {
      return denial('read_only');
    }
    const { excess, fields } = argumentValues(input);
    if (excess !== undefined) return denial(excess);
    const names = filesystem === undefined ? this.names : this.filesystemNames;
    const found = pathsOf(names.among(fields));
    if (found.length === 0) return undefined;
    const folder = this.folder(filesystem?.root ?? this.paths.root);
    for (const path of found) {
      const reason = this.reasonAgainst(path, folder, tool);
      if (reason !== undefined) return denial(reason);
    }
    return ALLOWED;
  }

  private filesystemOf({ call, server }: GuardInput): Filesystem | undefined {
    const entry = this.servers[server ?? ''];
    if (entry?.filesystem !== undefined) return entry.filesystem;
    return isFilesystemServer(call.session) ? (this.anyFilesystem ?? NO_FILESYSTEM) : undefined;
  }

  private folder(root: string | undefined): Folder | undefined {
    if (root === undefined) return undefined;
    let folder = this.roots.get(root);
    if (folder === undefined) {
      folder = { root: new Root(root), real: new RealRoot(root) };
      this.roots.set(root, folder);
    }
    return folder;
  }

  private reasonAgainst(path: string, folder: Folder | undefined, tool: string): string | undefined {
    const readings = readingsOf(path);
    return (
      (folder === undefined ? nullByte(readings) : this.escapeReason(path, readings, folder)) ??
      this.nameReason(readings, tool)
    );
  }

  private escapeReason(
    path: string,
    readings: readonly string[],
    { root, real }: Folder,
  ): string | undefined {
    const escape = root.escapeOf(path);
    if (this.paths.follow_symlinks === 'ignore') return escape;
    if (escape !== undefined && !(escape === 'escapes_root' && this.isByRealName(path, real))) return escape;
    return readings.some((one) => real.isLeftBy(one)) ? 'symlink_escapes_root' : undefined;
  }

  /** A root that is reached by a link may be named by where it really is. */
  private isByRealName(path: string, real: RealRoot): boolean {
    const place = real.real();
    return (
      place !== undefined && place !== real.root && this.folder(place)?.root.escapeOf(path) === undefined
    );
  }

  private nameReason(readings: readonly string[], tool: string): string | undefined {
    const { isDenied, extensions } = this;
    if (isDenied === undefined && extensions === undefined) return undefined;
    const normalised = readings.map(normal);
    if (isDenied !== undefined && normalised.some((one) => isDenied(one))) return 'denied_path';
    if (extensions === undefined) return undefined;
    return normalised.every((one) => hasExtension(one, extensions, tool)) ? undefined : 'extension_denied';
  }
}

/** How one root is read by its letters and on this machine. */
interface Folder {
  readonly root: Root;
  readonly real: RealRoot;
}

const NO_FILESYSTEM: Filesystem = { read_only: false };

function denial(reason: string): Finding {
  return { verdict: 'deny', reason };
}

function nullByte(readings: readonly string[]): string | undefined {
  return readings.some((one) => one.includes('\0')) ? 'null_byte' : undefined;
}

/** Slashes only, no `..`, and of each name what Windows keeps of it: neither a stream nor dots and spaces at its end. */
function normal(path: string): string {
  const names = path.replaceAll('\\', '/').split('/');
  const kept = names.map((name) => (/[. ]$|::\$data$/i.test(name) ? windowsName(name) : name));
  return posix.normalize(kept.join('/'));
}

function windowsName(name: string): string {
  return name.replace(/::\$data$/i, '').replace(/(?<=[^. ])[. ]+$/, '');
}

function hasExtension(path: string, allowed: ReadonlySet<string>, tool: string): boolean {
  const name = posix.basename(path);
  const dot = name.lastIndexOf('.');
  if (dot === -1 && ON_FOLDERS.test(tool)) return true;
  return allowed.has(dot === -1 ? '' : name.slice(dot).toLowerCase());
}
