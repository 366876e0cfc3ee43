/**
 * Whether a path leaves a root, whoever reads it.
 *
 * An escape is a path of which any 0- to 3-fold percent-decoding, NFKC-folded, resolves outside the root under POSIX or
 * Windows rules, or names a device, an alternate stream, a UNC share or another drive. The server that will open the path
 * may decode it, and may run on another system than this one: so every reading counts.
 *
 * Beyond that sentence these are escapes too, for somebody reads them so and no real file is named like that:
 * a null byte, which ends a path in C; `~` alone as the first name, which some servers expand; characters that only look
 * like a slash; invisible characters inside `..`; white space around a path, which some servers trim; `..` with spaces or
 * dots behind it, which Windows drops; the path as it is where only its folding stays inside; a path with two slashes at
 * its front, whether or not a server's name follows.
 */

const MAX_DECODINGS = 3;

/** Characters that look like a slash and that compatibility folding leaves as they are. */
const SLASH_LOOKALIKES = /[\u2044\u2215\u29f8\u29f9]/g;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Nothing to decode, to fold or to trim. */
const ONE_READING = /^[!-$&-~](?:[ -$&-~]*[!-$&-~])?$/;

/** `CON`, `nul.txt`, `COM¹`, `LPT1 .log`: a device whatever follows the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9\u00b9\u00b2\u00b3]) *(?:[.:]|$)/i;
/** What {@link DEVICE} can begin with, so that most names cost no more than this. */
const DEVICE_INITIAL = /(?:^|[\\/:])[cpanl][orup][nxlmt]/i;

/** Dots and spaces alone: a name like others to some, and nothing, or `..`, to Windows, which drops them at the end. */
const DOTS = /^[.\s]+$/;
const UP = /^\s*\.\.(?:\s[.\s]*)?$/;

export type Escape =
  | 'null_byte'
  | 'escapes_root'
  | 'device_name'
  | 'alternate_stream'
  | 'network_share'
  | 'other_drive';

/** The readings of a path: as it is, decoded up to three times, each folded and trimmed as well. */
export function readingsOf(path: string): readonly string[] {
  if (ONE_READING.test(path)) return [path];
  const readings = new Set<string>();
  let latest = new Set([path]);
  for (let round = 0; round <= MAX_DECODINGS && latest.size > 0; round += 1) {
    const decoded = new Set<string>();
    for (const text of latest) {
      for (const folded of foldings(text)) {
        readings.add(folded);
        const next = percentDecoded(folded);
        if (next !== folded && !readings.has(next)) decoded.add(next);
      }
    }
    latest = decoded;
  }
  return [...readings];
}

function foldings(text: string): Iterable<string> {
  const found = new Set([text, text.trim()]);
  // Plain ASCII folds to itself.
  if (/[^\0-\x7f]/.test(text)) {
    const folded = text.normalize('NFKC');
    const visible = folded.replaceAll(INVISIBLE, '');
    for (const one of [folded, visible, visible.replaceAll(SLASH_LOOKALIKES, '/')]) found.add(one.trim());
  }
  return found;
}

/** Decodes what can be decoded, once; `%` that begins no escape stays. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

/** A folder that paths must stay in. */
export class Root {
  /** With its colon, in small letters; absent of a folder of POSIX or on a share. */
  private readonly drive: string | undefined;
  private readonly isWindows: boolean;
  private readonly isShare: boolean;
  private readonly posix: readonly string[];
  private readonly windows: readonly string[];

  /** @param folder - an absolute path, of either kind of system */
  constructor(readonly folder: string) {
    this.drive = driveOf(folder);
    this.isShare = folder.startsWith('\\\\');
    this.isWindows = this.drive !== undefined || this.isShare;
    this.posix = resolved([], folder.split('/'), isUp);
    this.windows = resolved([], windowsNames(folder), isUp);
  }

  /** @returns why `path` leaves it, or `undefined` */
  escapeOf(path: string): Escape | undefined {
    for (const reading of readingsOf(path)) {
      const escape = this.escapeOfReading(reading);
      if (escape !== undefined) return escape;
    }
    return undefined;
  }

  private escapeOfReading(path: string): Escape | undefined {
    if (path.includes('\0')) return 'null_byte';
    // Of paths on shares only those are known that are on the root's own.
    if (/^[\\/]{2}/.test(path) && !(this.isShare && this.holdsInWindows(path))) return 'network_share';
    const drive = driveOf(path);
    if (drive !== undefined && drive !== this.drive) return 'other_drive';
    if (DEVICE_INITIAL.test(path) && names(path).some((name) => DEVICE.test(name))) return 'device_name';
    if (path.includes(':', drive?.length)) return 'alternate_stream';
    if (/^~(?:[\\/]|$)/.test(path)) return 'escapes_root';
    if (!this.isWindows && !this.holdsInPosix(path)) return 'escapes_root';
    return this.holdsInWindows(path) ? undefined : 'escapes_root';
  }

  private holdsInPosix(path: string): boolean {
    const isAbsolute = path.startsWith('/');
    if (!isAbsolute && !path.includes('..')) return true;
    return isWithin(this.posix, resolved(isAbsolute ? [] : this.posix, path.split('/'), isUp));
  }

  /** A root of POSIX stands on a drive here; which one makes no difference. */
  private holdsInWindows(path: string): boolean {
    const isAbsolute = /^(?:[a-z]:)?[\\/]/i.test(path);
    if (!isAbsolute && !path.includes('..')) return true;
    const from = isAbsolute ? [] : this.windows;
    const steps = windowsNames(path);
    const holds = (up: IsUp): boolean => isWithin(this.windows, resolved(from, steps, up));
    return holds(isUp) && (!steps.some((name) => DOTS.test(name)) || holds(isUpLoosely));
  }
}

/** @returns `undefined` for a name that counts nothing */
type IsUp = (name: string) => boolean | undefined;

function isUp(name: string): boolean | undefined {
  return name === '' || name === '.' ? undefined : name === '..';
}

/** A name of dots and spaces alone is not counted, so that no `..` behind it is made good by it. */
function isUpLoosely(name: string): boolean | undefined {
  if (name === '') return undefined;
  return DOTS.test(name) ? UP.test(name) || undefined : false;
}

/** Windows tells no case apart. */
function windowsNames(path: string): string[] {
  return names(path.toLowerCase());
}

function names(path: string): string[] {
  return (driveOf(path) === undefined ? path : path.slice(2)).split(/[\\/]/);
}

function driveOf(path: string): string | undefined {
  return path[1] === ':' && /^[a-z]/i.test(path) ? path.slice(0, 2).toLowerCase() : undefined;
}

function resolved(from: readonly string[], steps: readonly string[], up: IsUp): string[] {
  const found = [...from];
  for (const name of steps) {
    const goesUp = up(name);
    if (goesUp === true) found.pop();
    else if (goesUp === false) found.push(name);
  }
  return found;
}

function isWithin(root: readonly string[], path: readonly string[]): boolean {
  return path.length >= root.length && root.every((name, at) => path[at] === name);
}
