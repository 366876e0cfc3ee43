/**
 * Finds copies of the SDK's `Protocol` class, and of the AI SDK's client, in bundled files, where they have no file of
 * their own.
 *
 * Minifiers rename a class but keep the names of its properties, so it is recognised by one that it sets when it is
 * constructed. A `static {}` block in its body hands the class over; no line moves.
 */
import type { HANDED_OVER } from './append';
import { LOADER_HOOK } from './append';
import { AI_SDK_MARKER, SDK_MARKER } from './match';

/** The constructor, or the class's opening brace, is at most this many characters before the anchor is first set. */
const LOOK_BACK = 4_000;

/** Space, comments, and the escapes of white space: development builds of webpack keep modules inside `eval("…")`. */
const _ = String.raw`(?:\s|\\[nrt]|/\*(?:[^*]|\*(?!/))*\*/|//(?:(?!\\n)[^\n])*(?:\n|\\n))*`;
const CLASS = String.raw`class(?:\s+[^\s{}();"'\\]{1,200})?${_}\{`;

const CLASS_OPENING = new RegExp(CLASS, 'y');
const CLASS_OPENING_AT_END = new RegExp(`${CLASS}$`);
/** Default values may have parentheses, two levels of them. */
const IN_PARENTHESES = String.raw`\((?:[^()]|\([^()]{0,200}\)){0,200}\)`;
const CONSTRUCTOR_OPENING = new RegExp(
  String.raw`constructor${_}\((?:[^()]|${IN_PARENTHESES}){0,800}\)${_}\{`,
  'y',
);

/** What stands before the anchor where it is set: `this.`, or `define(this, "`, as compilers of class fields write it. */
const SET_BEFORE = /this(?:\.|(?:\s|\\[nrt])*,(?:\s|\\[nrt])*\\?["'`])$/;
/** And behind: an assignment that is no comparison, or the end of the string. */
const SET_BEHIND = /(?:\s|\\[nrt])*=(?!=)|\\?["'`]/y;

/** A class that may be in a bundle. */
interface Wanted {
  /** Under which name it is handed over. */
  readonly name: (typeof HANDED_OVER)[number];
  /** What every file with a copy has. */
  readonly marker: string;
  /** The property by which a copy is found: among the first that every version sets. */
  readonly anchor: string;
  /** How a file uses what only the class itself uses: other code may name the marker. */
  readonly use: string;
  /** From `class` to the anchor, where a version declares it as a field. */
  readonly fields?: RegExp;
}

const WANTED: readonly Wanted[] = [
  {
    name: 'Protocol',
    marker: SDK_MARKER,
    anchor: '_requestMessageId',
    use: `.${SDK_MARKER}`,
    // SDK 2.x: `class Protocol { _transport; _requestMessageId`; esbuild's `keepNames` puts a static block before.
    fields: new RegExp(
      String.raw`${CLASS}(?:${_}static${_}\{[^{}]{0,200}\}){0,2}(?:${_}[\w$]+${_};){0,8}${_}_requestMessageId`,
      'y',
    ),
  },
  { name: 'AiSdkClient', marker: AI_SDK_MARKER, anchor: 'requestMessageId', use: '.requestMessageId' },
];

/** Text that goes into a source before the character at `position`. */
interface Insertion {
  readonly position: number;
  readonly text: string;
}

export interface BundleScan {
  /** The source with the hand-over in every copy, or `undefined` when no copy was found. */
  readonly source: string | undefined;
  /** The file uses the class's own properties, and yet no shape of it was recognised. */
  readonly unrecognised: boolean;
}

/**
 * @param source - text of a file with the marker
 * @param file - URL or path of that file, handed over with the class
 */
export function scanBundle(source: string, file: string): BundleScan {
  const { insertions, unrecognised } = findCopies(source, file);
  if (insertions.length === 0) return { source: undefined, unrecognised };
  return { source: pieces(source, insertions).join(''), unrecognised };
}

/**
 * The same for bytes. They are searched as they are, and handed back as bytes: what is looked for and put in is ASCII,
 * and decoding megabytes, or passing them as a string from the hooks thread, would cost more than the search.
 */
export function scanBundleBytes(
  source: Buffer,
  file: string,
): { source: Buffer | undefined; unrecognised: boolean } {
  const { insertions, unrecognised } = findCopies(source.toString('latin1'), file);
  if (insertions.length === 0) return { source: undefined, unrecognised };
  const bytes = pieces(source, insertions).map((piece) =>
    typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece,
  );
  return { source: Buffer.concat(bytes), unrecognised };
}

/** The source in order, cut where something goes in. */
function pieces<T extends string | Buffer>(source: T, insertions: readonly Insertion[]): (T | string)[] {
  const part = (from: number, to?: number): T =>
    (typeof source === 'string' ? source.slice(from, to) : source.subarray(from, to)) as T;
  let copied = 0;
  const result = insertions.flatMap(({ position, text }) => {
    const before = part(copied, position);
    copied = position;
    return [before, text];
  });
  return [...result, part(copied)];
}

function findCopies(source: string, file: string): { insertions: Insertion[]; unrecognised: boolean } {
  if (source.includes(LOADER_HOOK)) return { insertions: [], unrecognised: false };
  const insertions: Insertion[] = [];
  let unrecognised = false;
  for (const wanted of WANTED) {
    if (!source.includes(wanted.marker)) continue;
    const text = handOverBlock(file, wanted.name);
    const found = [...classElements(source, wanted)].map((position) => ({ position, text }));
    // Instrumentations name the marker as well, and have no class that sets the anchor.
    unrecognised ||= found.length === 0 && source.includes(wanted.use) && source.includes(wanted.anchor);
    insertions.push(...found);
  }
  return { insertions: insertions.toSorted((a, b) => a.position - b.position), unrecognised };
}

/** For every copy of the class, in order, a position in its body where another class element can stand. */
function* classElements(source: string, { anchor, fields }: Wanted): Generator<number> {
  let previous = 0;
  for (let at = source.indexOf(anchor); at !== -1; at = source.indexOf(anchor, previous)) {
    // A class sets the anchor once: never looking back over an earlier one keeps the search linear.
    const limit = Math.max(previous, at - LOOK_BACK);
    const end = at + anchor.length;
    const position =
      beforeConstructor(source, at, end, limit) ?? afterOpeningBrace(source, fields, end, limit);
    if (position !== undefined && isCode(source, position, at)) yield position;
    previous = end;
  }
}

/** The class whose constructor sets the anchor; some compilers move the constructor behind the methods. */
function beforeConstructor(source: string, anchor: number, end: number, limit: number): number | undefined {
  if (matchEnd(SET_BEHIND, source, end) === -1) return undefined;
  if (!SET_BEFORE.test(source.slice(Math.max(limit, anchor - 40), anchor))) return undefined;
  const start = source.lastIndexOf('constructor', anchor);
  if (start < limit) return undefined;
  const body = matchEnd(CONSTRUCTOR_OPENING, source, start);
  if (body === -1 || body > anchor || !isInside(source.slice(body, anchor))) return undefined;
  return isClassElement(source, start) ? start : undefined;
}

/** Whether no brace closes what was open before `text`. */
function isInside(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === '{') depth += 1;
    else if (char === '}') depth -= 1;
    if (depth < 0) return false;
  }
  return true;
}

/**
 * Whether `constructor(…) {` at this position belongs to a class and not to an object, in which a static block would be a
 * syntax error: members of an object follow its opening brace or a comma.
 */
function isClassElement(source: string, start: number): boolean {
  const before = withoutTrailingComments(source.slice(Math.max(0, start - LOOK_BACK), start));
  return /[};]$/.test(before) || CLASS_OPENING_AT_END.test(before.slice(-300));
}

function withoutTrailingComments(text: string): string {
  const trimmed = text.replace(/(?:\s|\\[nrt])+$/, '');
  const comment = trimmed.endsWith('*/') ? trimmed.lastIndexOf('/*') : lineCommentAtEnd(trimmed);
  return comment === -1 ? trimmed : withoutTrailingComments(trimmed.slice(0, comment));
}

function lineCommentAtEnd(text: string): number {
  const line = text.lastIndexOf('\n') + 1;
  return /^\s*\/\//.test(text.slice(line)) ? line : -1;
}

/** The class that declares the anchor, which ends at `end`, as a field. */
function afterOpeningBrace(
  source: string,
  fields: RegExp | undefined,
  end: number,
  limit: number,
): number | undefined {
  if (fields === undefined) return undefined;
  for (let at = end; at > limit; at -= 1) {
    at = source.lastIndexOf('class', at);
    if (at < limit) return undefined;
    if (matchEnd(fields, source, at) === end) return matchEnd(CLASS_OPENING, source, at);
  }
  return undefined;
}

/** White space as escapes means text in a string: only what `eval` gets is code. */
function isCode(source: string, from: number, to: number): boolean {
  if (!/\\[nrt]/.test(source.slice(from, to))) return true;
  return source.slice(source.lastIndexOf('\n', from) + 1, from).includes('eval(');
}

function matchEnd(sticky: RegExp, source: string, at: number): number {
  sticky.lastIndex = at;
  return sticky.test(source) ? sticky.lastIndex : -1;
}

/**
 * Written without quotes, so that it also fits into the string of an `eval`: the texts are the sources of regular
 * expressions, and the file's name is percent-encoded.
 */
function handOverBlock(file: string, name: Wanted['name']): string {
  return (
    `static{const h=globalThis[Symbol.for(/${LOADER_HOOK}/.source)];` +
    `if(typeof h===typeof isNaN)h(/${encodeForRegExp(file)}/.source,/bundle/.source,{${name}:this})}`
  );
}

function encodeForRegExp(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
