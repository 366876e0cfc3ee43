/** Bounds the arguments of a call, without making a text of them: 100 MB cost no more than the limit allows. */
import type { McpCall } from '../core/call';
import { toolArguments } from '../core/tool-arguments';
import type { Policy } from '../policy/schema';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';

type SizeLimits = NonNullable<NonNullable<Policy['limits']>['size']>;

export function createInputSizeGuard(limits: SizeLimits): PureGuard {
  return {
    name: 'input_size',
    mode: limits.mode,
    check({ call }): Finding {
      const reason = new Measuring(limits).exceeded(argumentsOf(call), 1);
      if (reason === undefined) return ALLOWED;
      return { verdict: 'deny', reason, limit: limits[LIMIT_OF[reason]] };
    },
  };
}

/** What a caller chose: the arguments, where the method has them. */
export function argumentsOf({ params }: McpCall): unknown {
  if (params === undefined) return undefined;
  return 'arguments' in params ? toolArguments(params['arguments']) : params;
}

const LIMIT_OF = { too_many_bytes: 'request_bytes', too_deep: 'depth', too_many_keys: 'keys' } as const;
type Reason = keyof typeof LIMIT_OF;

/** Counts as `JSON.stringify` would write, and stops at the first limit that is passed. */
class Measuring {
  private bytes = 0;
  private keys = 0;

  constructor(private readonly limits: SizeLimits) {}

  exceeded(value: unknown, depth: number): Reason | undefined {
    if (typeof value === 'string') return this.addText(value);
    if (typeof value !== 'object' || value === null) return this.add(lengthOf(value));
    if (depth > this.limits.depth) return 'too_deep';
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.exceeded(toJSON.call(value), depth + 1);
    return Array.isArray(value) ? this.addElements(value, depth) : this.addFields(value, depth);
  }

  private addElements(values: readonly unknown[], depth: number): Reason | undefined {
    if (this.keys + values.length > this.limits.keys) return 'too_many_keys';
    this.keys += values.length;
    let reason = this.add(values.length === 0 ? 2 : 1);
    for (let index = 0; index < values.length && reason === undefined; index += 1) {
      reason = this.add(1) ?? this.exceeded(values[index], depth + 1);
    }
    return reason;
  }

  private addFields(object: object, depth: number): Reason | undefined {
    let reason = this.add(2);
    let isFirst = true;
    for (const key in object) {
      if (reason !== undefined) return reason;
      if (!Object.hasOwn(object, key)) continue;
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined || typeof value === 'function') continue;
      this.keys += 1;
      if (this.keys > this.limits.keys) return 'too_many_keys';
      reason = this.addText(key) ?? this.add(isFirst ? 1 : 2) ?? this.exceeded(value, depth + 1);
      isFirst = false;
    }
    return reason;
  }

  private addText(text: string): Reason | undefined {
    // No character takes less than a byte: what is too long need not be read.
    const room = this.limits.request_bytes - this.bytes;
    return text.length > room ? 'too_many_bytes' : this.add(jsonBytes(text));
  }

  private add(bytes: number): Reason | undefined {
    this.bytes += bytes;
    return this.bytes > this.limits.request_bytes ? 'too_many_bytes' : undefined;
  }
}

function lengthOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value).length : 4;
}

/** Bytes of a string as JSON in UTF-8, quotes included. */
function jsonBytes(text: string): number {
  let bytes = 2;
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
