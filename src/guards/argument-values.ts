/**
 * Reads the arguments of a call: how large they are, and the strings in them by the names under which they stand.
 *
 * A caller's object may have getters, `toJSON` methods or be a proxy. What runs of the caller's runs once for all guards,
 * as it does when the call is written to the wire; where it throws, every guard that looks inside has failed.
 */
import { types } from 'node:util';

import type { McpCall } from '../core/call';
import { toolArguments } from '../core/tool-arguments';
import type { GuardInput } from './guard';

/** A string in a field. */
export interface NamedText {
  readonly text: string;
  /** Of the field, also through arrays. */
  readonly name: string;
  /** The field is one of the arguments and not of something in them. */
  readonly isTop: boolean;
}

/** How large arguments may be. */
export interface SizeLimits {
  /** As JSON in UTF-8. */
  readonly request_bytes: number;
  readonly depth: number;
  /** Fields of objects and elements of arrays together. */
  readonly keys: number;
}

export type Excess = 'too_many_bytes' | 'too_deep' | 'too_many_keys';

/** Where no size guard says otherwise: what a program builds by hand or a model writes is far below it. */
const BOUNDS: SizeLimits = { request_bytes: Number.POSITIVE_INFINITY, depth: 500, keys: 1_000_000 };

/** What the arguments of a call hold. */
export interface ArgumentValues {
  /** Why they were not read to their end. */
  readonly excess: Excess | undefined;
  /** Every string, names of fields included. */
  readonly texts: readonly string[];
  /** Those in fields. */
  readonly fields: readonly NamedText[];
}

/** Outcome of reading the arguments of `call`. */
export interface ReadArguments {
  readonly call: McpCall;
  readonly values?: ArgumentValues;
  readonly error?: { readonly thrown: unknown };
}

/**
 * @param limits - of the guard that reads first; reading stops at the first one that is passed
 * @throws what the caller's own code threw, each time
 */
export function argumentValues(input: GuardInput, limits: SizeLimits = BOUNDS): ArgumentValues {
  const { call } = input;
  if (input.read?.call !== call) input.read = read(call, limits);
  const { values, error } = input.read;
  if (values === undefined) throw error?.thrown;
  return values;
}

function read(call: McpCall, limits: SizeLimits): ReadArguments {
  try {
    return { call, values: valuesOf(argumentsOf(call), limits) };
  } catch (thrown) {
    return { call, error: { thrown } };
  }
}

/** What a caller chose: the arguments, where the method has them. */
export function argumentsOf({ params }: McpCall): unknown {
  if (params === undefined) return undefined;
  return 'arguments' in params ? toolArguments(params['arguments']) : params;
}

/** The same of any value that JSON is made of. */
export function valuesOf(value: unknown, limits: SizeLimits = BOUNDS): ArgumentValues {
  const reading = new Reading(limits);
  const excess = reading.excessOf(value, '', 0, undefined, false) ?? reading.excessInBytes();
  return { excess, texts: reading.texts, fields: reading.fields };
}

/** Follows what `JSON.stringify` would write, and stops at the first limit that is passed. */
class Reading {
  readonly texts: string[] = [];
  readonly fields: NamedText[] = [];
  private keys = 0;
  /** Of everything but strings; and the least that strings can take, which is a byte for each unit. */
  private marks = 0;
  private units = 0;

  constructor(private readonly limits: SizeLimits) {}

  /** @param key - under which the value stands, as `toJSON` is told */
  excessOf(
    given: unknown,
    key: string | number,
    depth: number,
    name: string | undefined,
    isTop: boolean,
  ): Excess | undefined {
    if (typeof given === 'string') return this.addText(given, name, isTop);
    if (typeof given !== 'object' || given === null) return this.addMarks(lengthOf(given));
    if (depth >= this.limits.depth) return 'too_deep';
    // Writing bytes as JSON makes an element of each.
    if (ArrayBuffer.isView(given) && given.byteLength > this.limits.keys) return 'too_many_keys';
    return this.excessOfWritten(written(given, key), depth, name, isTop);
  }

  private excessOfWritten(
    value: unknown,
    depth: number,
    name: string | undefined,
    isTop: boolean,
  ): Excess | undefined {
    if (typeof value === 'string') return this.addText(value, name, isTop);
    if (typeof value !== 'object' || value === null) return this.addMarks(lengthOf(value));
    return Array.isArray(value)
      ? this.addElements(value, depth, name, isTop)
      : this.addFields(value as Record<string, unknown>, depth);
  }

  /** Counts strings only where they could be too long: none takes more than six bytes for each of its units. */
  excessInBytes(): Excess | undefined {
    if (this.marks + 6 * this.units <= this.limits.request_bytes) return undefined;
    let bytes = this.marks;
    for (const text of this.texts) {
      bytes += jsonBytes(text);
      if (bytes > this.limits.request_bytes) return 'too_many_bytes';
    }
    return undefined;
  }

  private addElements(
    values: readonly unknown[],
    depth: number,
    name: string | undefined,
    isTop: boolean,
  ): Excess | undefined {
    const { length } = values;
    this.keys += length;
    if (this.keys > this.limits.keys) return 'too_many_keys';
    let excess = this.addMarks(length === 0 ? 2 : length + 1);
    for (let index = 0; index < length && excess === undefined; index += 1) {
      excess = this.excessOf(values[index], index, depth + 1, name, isTop);
    }
    return excess;
  }

  private addFields(object: Readonly<Record<string, unknown>>, depth: number): Excess | undefined {
    // Braces; each field has a colon and, but for the last, a comma.
    let excess = this.addMarks(2);
    let isFirst = true;
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (isLeftOut(value)) continue;
      this.keys += 1;
      if (this.keys > this.limits.keys) return 'too_many_keys';
      excess =
        this.addText(key, undefined, false) ??
        this.addMarks(isFirst ? 1 : 2) ??
        this.excessOf(value, key, depth + 1, key, depth === 0);
      if (excess !== undefined) return excess;
      isFirst = false;
    }
    return excess;
  }

  private addText(text: string, name: string | undefined, isTop: boolean): Excess | undefined {
    this.units += text.length;
    this.texts.push(text);
    if (name !== undefined) this.fields.push({ text, name, isTop });
    return this.addMarks(2);
  }

  private addMarks(bytes: number): Excess | undefined {
    this.marks += bytes;
    return this.marks + this.units > this.limits.request_bytes ? 'too_many_bytes' : undefined;
  }
}

/** What stands for an object in JSON: what its `toJSON` gives, or what a boxed string, number or boolean holds. */
function written(object: object, key: string | number): unknown {
  const { toJSON } = object as { toJSON?: unknown };
  if (typeof toJSON === 'function') return unboxed(toJSON.call(object, `${key}`));
  return Array.isArray(object) ? object : unboxed(object);
}

function unboxed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Most objects are plain: that is quicker to see.
  if (Object.getPrototypeOf(value) === Object.prototype) return value;
  return types.isBoxedPrimitive(value) ? value.valueOf() : value;
}

function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === 'function' || typeof value === 'symbol';
}

/** Of what is no string and no object; JSON has `null` for all that it does not know. */
function lengthOf(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value).length : 4;
  return value === false ? 5 : 4;
}

/** Bytes of a string as JSON in UTF-8, quotes left out. */
function jsonBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20) bytes += SHORT_ESCAPES.has(code) ? 2 : 6;
    else if (code === 0x22 || code === 0x5c) bytes += 2;
    else if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code < 0xd800 || code > 0xdfff) bytes += 3;
    else if (isPair(code, text.charCodeAt(index + 1))) {
      bytes += 4;
      index += 1;
    } else bytes += 6;
  }
  return bytes;
}

/** `\b`, `\t`, `\n`, `\f`, `\r`. */
const SHORT_ESCAPES = new Set([8, 9, 10, 12, 13]);

function isPair(high: number, low: number): boolean {
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}
