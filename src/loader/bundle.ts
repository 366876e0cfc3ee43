/**
 * Finds copies of the SDK's `Protocol` class in bundled files, where the SDK has no file of its own.
 *
 * Minifiers rename the class but keep the names of its properties, so a class is recognised by the first things that it
 * does with them. A `static {}` block after its opening brace hands the class over; no line moves.
 */
import { LOADER_HOOK } from './append';
import { SDK_MARKER } from './match';

/** The property by which a copy of the class is found; it is set among the first in all shapes below. */
const ANCHOR = '_requestMessageId';

/** The class begins at most this many characters before {@link ANCHOR} is first set (comments included). */
const LOOK_BACK = 4_000;

/** Smaller than the class alone when minified. */
const MIN_LENGTH = 4_096;
const MAX_LENGTH = 32 * 1024 * 1024;

/** Space, comments, and the escapes of white space: development builds of webpack keep modules inside `eval("…")`. */
const _ = String.raw`(?:\s|\\[nrt]|/\*(?:[^*]|\*(?!/))*\*/|//(?:(?!\\n)[^\n])*(?:\n|\\n))*`;
const HEAD = String.raw`class(?:\s+[^\s{}();"'\\]{1,200})?${_}\{`;
/** `static { __name(this, "Protocol") }`: what esbuild's `keepNames` puts first. */
const NAMED = String.raw`(?:${_}static${_}\{[^{}]{0,200}\}){0,2}`;
const CONSTRUCTOR = String.raw`${_}constructor${_}\([^()]{0,200}\)${_}\{${_}(?:if${_}\(${_})?`;
const DEFINE = String.raw`(?:[\w$.]+|\(0,${_}[\w$.]+\))${_}\(${_}this${_},${_}\\?["'\`]`;

const SHAPES = [
  // SDK 1.x: constructor(options) { this._options = options; this._requestMessageId = 0; …
  String.raw`${CONSTRUCTOR}(?:this\._options${_}=${_}[\w$]+${_}[;,]${_}|this\._transport${_}=${_}void 0${_}[;,]${_})*this\.${ANCHOR}`,
  // SDK 2.x: _transport; _requestMessageId = 0; …
  String.raw`(?:${_}[\w$]+${_};){0,8}${_}${ANCHOR}`,
  // SDK 2.x compiled for engines without class fields: constructor(options) { define(this, "_transport"); define(this, "_requestMessageId", 0); …
  String.raw`${CONSTRUCTOR}(?:${DEFINE}[\w$]+\\?["'\`][^()]{0,200}\)${_}[;,]${_}){0,8}${DEFINE}${ANCHOR}`,
].map((body) => new RegExp(HEAD + NAMED + body, 'y'));

const OPENING = new RegExp(HEAD, 'y');

export interface BundleScan {
  /** The source with the hand-over in every copy, or `undefined` when no copy was found. */
  readonly source: string | undefined;
  /** The file uses the class's own property, and yet no shape of it was recognised. */
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
  for (const position of classBodies(source)) {
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

/** Positions behind the opening brace of every copy of the class, in order. */
function* classBodies(source: string): Generator<number> {
  let previous = 0;
  for (let at = source.indexOf(ANCHOR); at !== -1; at = source.indexOf(ANCHOR, previous)) {
    // A shape holds the anchor once, at its end: never looking back over an earlier one keeps the search linear.
    const position = classBodyBefore(source, at, Math.max(previous, at - LOOK_BACK));
    if (position !== undefined) yield position;
    previous = at + ANCHOR.length;
  }
}

function classBodyBefore(source: string, anchor: number, limit: number): number | undefined {
  for (let at = anchor; at > limit; at -= 1) {
    at = source.lastIndexOf('class', at);
    if (at < limit) return undefined;
    if (opensClassAt(source, at, anchor)) return matchEnd(OPENING, source, at);
  }
  return undefined;
}

function opensClassAt(source: string, at: number, anchor: number): boolean {
  if (!SHAPES.some((shape) => matchEnd(shape, source, at) === anchor + ANCHOR.length)) return false;
  // White space as escapes: only text that `eval` gets is code.
  return (
    !/\\[nrt]/.test(source.slice(at, anchor)) ||
    source.slice(source.lastIndexOf('\n', at) + 1, at).includes('eval(')
  );
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
