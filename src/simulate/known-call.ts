/** What a log tells of a call’s parameters, and how far that goes. */
import type { McpCall } from '../core/call';
import type { Arrival } from './arrivals';

export interface KnownParams {
  readonly params: McpCall['params'];
  /** The arguments are there whole. */
  readonly isComplete: boolean;
  /** Bytes of the arguments as JSON; `undefined`: not known. */
  readonly bytes: number | undefined;
}

const REDACTED = '"[redacted]"';
/** Longer URIs are cut in a log. */
const MAX_TARGET = 2_048;

export function knownParams(arrival: Arrival): KnownParams {
  const { method, target, bytes } = arrival;
  const content = contentOf(arrival);
  if (content !== undefined) return paramsOf(arrival, content.value, content.isWhole);
  switch (method) {
    case 'tools/call':
      return { params: { name: target, arguments: {} }, isComplete: bytes === EMPTY, bytes };
    case 'resources/read':
    case 'resources/subscribe': {
      const params = { uri: target };
      const isComplete = target !== undefined && target.length < MAX_TARGET && bytes === sizeOf(params);
      return { params, isComplete, bytes };
    }
    case 'prompts/get': {
      const params = { name: target };
      if (bytes === sizeOf(params)) return { params, isComplete: true, bytes };
      const around = sizeOf({ ...params, arguments: 0 }) - 1;
      return {
        params: { ...params, arguments: {} },
        isComplete: false,
        bytes: bytes === undefined ? undefined : Math.max(0, bytes - around),
      };
    }
    default:
      return { params: {}, isComplete: bytes === EMPTY, bytes };
  }
}

/** Bytes of `{}`. */
const EMPTY = 2;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Tool arguments stand in the log without their parameters, those of other methods are the parameters. */
function paramsOf({ method, target, bytes }: Arrival, value: object, isComplete: boolean): KnownParams {
  if (method === 'tools/call') return { params: { name: target, arguments: value }, isComplete, bytes };
  const given = (value as { arguments?: unknown }).arguments;
  const own = method === 'prompts/get' && given !== undefined && isComplete ? sizeOf(given) : bytes;
  return { params: value as Record<string, unknown>, isComplete, bytes: own };
}

function contentOf({ arguments: text }: Arrival): { value: object; isWhole: boolean } | undefined {
  const value = jsonOf(text);
  if (typeof value !== 'object' || value === null) return undefined;
  return { value, isWhole: !text!.includes(REDACTED) };
}

/** The result of a call, when it is in the log whole. */
export function knownResult({ result }: Arrival): { readonly value: unknown } | undefined {
  const value = jsonOf(result);
  return value === undefined || result!.includes(REDACTED) ? undefined : { value };
}

/** What was cut is no JSON any more. */
function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
