/**
 * Finds copies of the SDK's `Protocol` class in bundled files, where the SDK has no file of its own.
 *
 * Minifiers rename the class but keep the names of its properties, so a class is recognised by one that it sets when it
 * is constructed. A `static {}` block in its body hands the class over; no line moves.
 */
import { LOADER_HOOK } from './append';
import { SDK_MARKER } from './match';

/** The property by which a copy of the class is found: among the first that every version sets. */
const ANCHOR = '_requestMessageId';

/** The constructor, or the class's opening brace, is at most this many characters before {@link ANCHOR} is first set. */
const LOOK_BACK = 4_000;

/** Smaller than the class alone when minified. */
const MIN_LENGTH = 4_096;
const MAX_LENGTH = 32 * 1024 * 1024;

/** Space, comments, and the escapes of white space: development builds of webpack keep modules inside `eval("…")`. */
const _ = String.raw`(?:\s|\\[nrt]|/\*(?:[^*]|\*(?!/))*\*/|//(?:(?!\\n)[^\n])*(?:\n|\\n))*`;
const CLASS = String.raw`class(?:\s+[^\s{}();"'\\]{1,200})?${_}\{`;

/** SDK 2.x: `class Protocol { _transport; _requestMessageId`; esbuild's `keepNames` puts a static block before. */
const FIELDS = new RegExp(
  String.raw`${CLASS}(?:${_}static${_}\{[^{}]{0,200}\}){0,2}(?:${_}[\w$]+${_};){0,8}${_}${ANCHOR}`,
  'y',
);
const CLASS_OPENING = new RegExp(CLASS, 'y');
const CLASS_OPENING_AT_END = new RegExp(`${CLASS}$`);
const CONSTRUCTOR_OPENING = new RegExp(String.raw`constructor${_}\([^()]{0,200}\)${_}\{`, 'y');

/** What stands before the anchor where it is set: `this.`, or `define(this, "`, as compilers of class fields write it. */
const SET_BEFORE = /this(?:\.|(?:\s|\\[nrt])*,(?:\s|\\[nrt])*\\?["'`])$/;
/** And behind: an assignment that is no comparison, or the end of the string. */
const SET_BEHIND = /(?:\s|\\[nrt])*=(?!=)|\\?["'`]/y;

export interface BundleScan {
  /** The source with the hand-over in every copy, or `undefined` when no copy was found. */
  readonly source: string | undefined;
  /** The file uses the class's own properties, and yet no shape of it was recognised. */
  readonly unrecognised: boolean;
}

/** Whether a source that has the marker is worth the search and within what it may cost. */
export function hasSearchableSize(source: string | Buffer): boolean {
  return source.length >= MIN_LENGTH && source.length <= MAX_LENGTH;
}

/**
 * @param source - text of a file with the marker
 * @param file - URL or path of that file, handed over with the class
 */
export function scanBundle(source: string, file: string): BundleScan {
  if (source.includes(LOADER_HOOK)) return { source: undefined, unrecognised: false };
  const handOver = handOverBlock(file);
  let result = '';
  let copied = 0;
  for (const position of classElements(source)) {
    result += source.slice(copied, position) + handOver;
    copied = position;
  }
  if (copied === 0) {
    // Instrumentations name the marker as well, and have no class that sets the anchor.
    const unrecognised = source.includes(`.${SDK_MARKER}`) && source.includes(ANCHOR);
    return { source: undefined, unrecognised };
  }
  return { source: result + source.slice(copied), unrecognised: false };
}

/** For every copy of the class, in order, a position in its body where another class element can stand. */
function* classElements(source: string): Generator<number> {
  let previous = 0;
  for (let at = source.indexOf(ANCHOR); at !== -1; at = source.indexOf(ANCHOR, previous)) {
    // A class sets the anchor once: never looking back over an earlier one keeps the search linear.
    const limit = Math.max(previous, at - LOOK_BACK);
    const position = beforeConstructor(source, at, limit) ?? afterOpeningBrace(source, at, limit);
    if (position !== undefined && isCode(source, position, at)) yield position;
    previous = at + ANCHOR.length;
  }
}

/** The class whose constructor sets the anchor; some compilers move the constructor behind the methods. */
function beforeConstructor(source: string, anchor: number, limit: number): number | undefined {
  if (matchEnd(SET_BEHIND, source, anchor + ANCHOR.length) === -1) return undefined;
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

/** The class that declares the anchor as a field. */
function afterOpeningBrace(source: string, anchor: number, limit: number): number | undefined {
  for (let at = anchor; at > limit; at -= 1) {
    at = source.lastIndexOf('class', at);
    if (at < limit) return undefined;
    if (matchEnd(FIELDS, source, at) === anchor + ANCHOR.length) return matchEnd(CLASS_OPENING, source, at);
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
function handOverBlock(file: string): string {
  return (
    `static{const h=globalThis[Symbol.for(/${LOADER_HOOK}/.source)];` +
    `if(typeof h===typeof isNaN)h(/${encodeForRegExp(file)}/.source,/bundle/.source,{Protocol:this})}`
  );
}

function encodeForRegExp(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
