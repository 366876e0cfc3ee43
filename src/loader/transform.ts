/**
 * What happens to the source of one module: nothing, nearly always.
 *
 * The parts that change a source are loaded when the first module needs them, so that a process without MCP does not.
 */
import type * as Environment from '../core/environment';
import type * as Append from './append';
import type * as Bundle from './bundle';
import { isInSdkPackage, isSdkFile, SDK_MARKER } from './match';

/** A module's source as Node's hooks give it. */
export type Source = string | ArrayBuffer | ArrayBufferView;

/** Told about a file that carries a copy of the SDK which was not recognised. */
export type OnUnrecognised = (file: string) => void;

export type ModuleKind = 'esm' | 'cjs';

/**
 * @param location - URL or path of the module
 * @returns the changed source, or `undefined` when the module stays as it is
 * @throws whatever decoding or searching throws: the caller keeps the original source then
 */
export function transform(
  source: Source,
  location: string,
  kind: ModuleKind,
  onUnrecognised: OnUnrecognised,
): string | undefined {
  if (isSdkFile(location)) return appendTail(asText(source), kind);
  const searchable = typeof source === 'string' ? source : asBuffer(source);
  if (!searchable.includes(SDK_MARKER) || isInSdkPackage(location)) return undefined;
  return transformBundle(searchable, location, onUnrecognised);
}

function appendTail(source: string, kind: ModuleKind): string | undefined {
  const { appendCjsTail, appendEsmTail } = require('./append') as typeof Append;
  const extended = kind === 'esm' ? appendEsmTail(source) : appendCjsTail(source);
  return extended === source ? undefined : extended;
}

function transformBundle(
  source: string | Buffer,
  location: string,
  onUnrecognised: OnUnrecognised,
): string | undefined {
  const { hasSearchableSize, scanBundle } = require('./bundle') as typeof Bundle;
  if (!hasSearchableSize(source) || !bundlesWanted()) return undefined;
  const scan = scanBundle(asText(source), location);
  if (scan.unrecognised) onUnrecognised(location);
  return scan.source;
}

function bundlesWanted(): boolean {
  const { readEnvironment } = require('../core/environment') as typeof Environment;
  return readEnvironment('OTEL_MCP_BUNDLES') !== 'off';
}

function asBuffer(source: ArrayBuffer | ArrayBufferView): Buffer {
  if (source instanceof ArrayBuffer) return Buffer.from(source);
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}

function asText(source: Source): string {
  if (typeof source === 'string') return source;
  return asBuffer(source).toString('utf8');
}
