/**
 * What happens to the source of one module: nothing, nearly always.
 *
 * The parts that change a source are loaded when the first module needs them, so that a process without MCP does not.
 */
import type * as Environment from '../core/environment';
import type * as Append from './append';
import type * as Bundle from './bundle';
import { AI_SDK_MARKER, isAiSdkFile, isInSdkPackage, isSdkFile, SDK_MARKER, SHARED_MARKER } from './match';

/** A module's source as Node's hooks give it. */
export type Source = string | ArrayBuffer | ArrayBufferView;

/** Told about a file that carries a copy of the SDK which was not recognised. */
export type OnUnrecognised = (file: string) => void;

export type ModuleKind = 'esm' | 'cjs';

/** Bytes or characters. Smaller than the SDK's class alone when minified; larger than any bundle that was seen. */
const MIN_BUNDLE = 4_096;
const MAX_BUNDLE = 32 * 1024 * 1024;

/**
 * @param location - URL or path of the module
 * @returns the changed source, or `undefined` when the module stays as it is
 * @throws whatever decoding or searching throws: the caller keeps the original source then
 */
export function transform(
  source: string,
  location: string,
  kind: ModuleKind,
  onUnrecognised: OnUnrecognised,
): string | undefined;
export function transform(
  source: Source,
  location: string,
  kind: ModuleKind,
  onUnrecognised: OnUnrecognised,
): string | Buffer | undefined;
export function transform(
  source: Source,
  location: string,
  kind: ModuleKind,
  onUnrecognised: OnUnrecognised,
): string | Buffer | undefined {
  if (isSdkFile(location)) return withTail(asText(source), 'sdk', kind);
  const searchable = typeof source === 'string' ? source : asBuffer(source);
  if (isAiSdkFile(location) && searchable.includes(AI_SDK_MARKER)) {
    return withTail(asText(source), 'ai-sdk', kind);
  }
  if (!isBundle(searchable) || isInSdkPackage(location)) return undefined;
  return transformBundle(searchable, location, onUnrecognised);
}

function transformBundle(
  source: string | Buffer,
  location: string,
  onUnrecognised: OnUnrecognised,
): string | Buffer | undefined {
  const { scanBundle, scanBundleBytes } = require('./bundle') as typeof Bundle;
  const scan = typeof source === 'string' ? scanBundle(source, location) : scanBundleBytes(source, location);
  if (scan.unrecognised) onUnrecognised(location);
  return scan.source;
}

function withTail(source: string, library: Append.Library, kind: ModuleKind): string | undefined {
  const { appendTail } = require('./append') as typeof Append;
  const extended = appendTail(source, library, kind);
  return extended === source ? undefined : extended;
}

/** One search in nearly every file, 2 to 3 ms for the 9 MB of the TypeScript compiler; a regular expression takes twice that. */
function isBundle(source: string | Buffer): boolean {
  if (source.length < MIN_BUNDLE || source.length > MAX_BUNDLE || !bundlesWanted()) return false;
  if (!source.includes(SHARED_MARKER)) return false;
  return source.includes(SDK_MARKER) || source.includes(AI_SDK_MARKER);
}

let wanted: boolean | undefined;

/** Asked for nearly every module: the table of variables is loaded only where this one is set. */
function bundlesWanted(): boolean {
  if (wanted === undefined) {
    // Loading that table passes through here too.
    wanted = true;
    wanted = process.env['OTEL_MCP_BUNDLES'] === undefined || !areSwitchedOff();
  }
  return wanted;
}

function areSwitchedOff(): boolean {
  const { readEnvironment } = require('../core/environment') as typeof Environment;
  return readEnvironment('OTEL_MCP_BUNDLES') === 'off';
}

function asBuffer(source: ArrayBuffer | ArrayBufferView): Buffer {
  if (source instanceof ArrayBuffer) return Buffer.from(source);
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}

function asText(source: Source): string {
  if (typeof source === 'string') return source;
  return asBuffer(source).toString('utf8');
}
