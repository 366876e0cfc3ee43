/**
 * Whether a path leaves a root, whoever reads it.
 *
 * An escape is a path of which any 0- to 3-fold percent-decoding, NFKC-folded, resolves outside the root under POSIX or
 * Windows rules, or names a device, an alternate stream, a UNC share or another drive. The server that will open the path
 * may decode it, and may run on another system than this one: so every reading counts.
 */
import { posix, win32 } from 'node:path';

const MAX_DECODINGS = 3;

/** Characters that look like a slash and that compatibility folding leaves as they are. */
const SLASH_LOOKALIKES = /[\u2044\u2215\u29f8\u29f9]/g;

/** `CON`, `nul.txt`, `COM¹`, `LPT1 .log`: a device whatever follows the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:[.:]|$)/i;

/** `..` as Windows reads it: further dots and spaces at the end of a name count nothing. */
const UP = /^\.[. ]*\.[. ]*$/;

export type Escape =
  | 'null_byte'
  | 'escapes_root'
  | 'device_name'
  | 'alternate_stream'
  | 'network_share'
  | 'other_drive';

/** The readings of a path: as it is, decoded up to three times, each folded as well. */
export function readingsOf(path: string): string[] {
  const readings = new Set<string>();
  let decoded = path;
  for (let round = 0; round <= MAX_DECODINGS; round += 1) {
    readings.add(decoded);
    // Plain ASCII folds to itself.
    if (/[^\0-\x7f]/.test(decoded)) readings.add(decoded.normalize('NFKC').replaceAll(SLASH_LOOKALIKES, '/'));
    const next = percentDecoded(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return [...readings];
}

/**
 * @param root - an absolute path, of either kind of system
 * @returns why `path` leaves it, or `undefined`
 */
export function escapeOf(path: string, root: string): Escape | undefined {
  for (const reading of readingsOf(path)) {
    const escape = escapeOfReading(reading, root);
    if (escape !== undefined) return escape;
  }
  return undefined;
}

function escapeOfReading(path: string, root: string): Escape | undefined {
  if (path.includes('\0')) return 'null_byte';
  const isDrive = /^[a-z]:/i.exec(path);
  const rootDrive = /^[a-z]:/i.exec(root)?.[0].toLowerCase();
  if (/^[\\/]{2}/.test(path)) return 'network_share';
  if (isDrive !== null && isDrive[0].toLowerCase() !== rootDrive) return 'other_drive';
  const names = (isDrive === null ? path : path.slice(2)).split(/[\\/]/);
  for (const name of names) {
    if (DEVICE.test(name)) return 'device_name';
    if (name.includes(':')) return 'alternate_stream';
  }
  if (/^~(?:[\\/]|$)/.test(path)) return 'escapes_root';
  const isWindowsRoot = rootDrive !== undefined || root.startsWith('\\\\');
  const leavesPosix = !isWindowsRoot && leaves(posix, path, root, '/');
  return leavesPosix || leavesWindows(path, root, isWindowsRoot) ? 'escapes_root' : undefined;
}

/** Without a drive of its own the root stands on one: which, makes no difference. */
function leavesWindows(path: string, root: string, isWindowsRoot: boolean): boolean {
  const base = isWindowsRoot ? root : `C:${root.replaceAll('/', '\\')}`;
  const isAbsolute = /^(?:[a-z]:)?[\\/]/i.test(path);
  const names = path.split(/[\\/]/).map((name) => (UP.test(name) ? '..' : name));
  const read =
    (isAbsolute && names[0] === '' ? '\\' : '') +
    names.filter((name, at) => at > 0 || name !== '').join('\\');
  return leaves(win32, read, base, '\\');
}

function leaves(system: typeof posix, path: string, root: string, separator: string): boolean {
  const base = comparable(system, system.resolve(root));
  const full = comparable(system, system.resolve(root, path));
  const prefix = base.endsWith(separator) ? base : base + separator;
  return full !== base && !full.startsWith(prefix);
}

/** Windows tells no case apart. */
function comparable(system: typeof posix, path: string): string {
  return system === win32 ? path.toLowerCase() : path;
}

/** Decodes what can be decoded, once; `%` that begins no escape stays. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
    return bytes.toString('utf8');
  });
}
