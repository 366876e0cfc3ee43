/** Arguments that nobody sent, as large as those that somebody did: for the guard that only measures them. */
import type { Policy } from '../policy/schema';
import type { Arrival } from './arrivals';
import type { KnownParams } from './known-call';

type SizeLimits = NonNullable<NonNullable<Policy['limits']>['size']>;

export interface SizedArguments {
  /** `undefined`: not even the size is known. */
  readonly arguments: unknown;
  /** What may be larger than these are. */
  readonly doubt?: 'input_size' | 'size_details' | undefined;
}

/**
 * A log has the size of arguments, and neither their depth nor the number of their keys. Both are bounded by the size, and
 * by what the size guard found when the line was written.
 *
 * @param recorded - limits that were in force then, where they are known
 */
export function sizedArguments(
  { bytes }: KnownParams,
  { decisions, isSizeLeast }: Arrival,
  limits: SizeLimits,
  recorded: SizeLimits | undefined,
): SizedArguments {
  if (bytes === undefined) return { arguments: undefined };
  const found = decisions.find(({ guard, verdict }) => guard === 'input_size' && verdict === 'deny');
  if (found?.reason === 'too_deep')
    return { arguments: nested(Math.min(found.limit ?? 0, limits.depth) + 1) };
  if (found?.reason === 'too_many_keys') {
    return { arguments: { a: Array.from({ length: Math.min(found.limit ?? 0, limits.keys) + 1 }, () => 0) } };
  }
  const wasAllowed = decisions.some(
    ({ guard, checked }) => guard === 'all' && checked?.split(',').includes('input_size') === true,
  );
  // Each level and each entry takes two bytes at least.
  const most = Math.floor(bytes / 2);
  const depth = Math.min(most, wasAllowed && recorded !== undefined ? recorded.depth : most);
  const keys = Math.min(most, wasAllowed && recorded !== undefined ? recorded.keys : most);
  const isWithin = depth <= limits.depth && keys <= limits.keys;
  return {
    arguments: ofBytes(Math.min(bytes, limits.request_bytes + 1)),
    doubt: isSizeLeast ? 'input_size' : isWithin ? undefined : 'size_details',
  };
}

/** `{"":""}` and what fills it; less than that is small enough for any limit that a policy may set, but for a few bytes. */
function ofBytes(bytes: number): unknown {
  const fill = bytes - 7;
  return fill < 0 ? {} : { '': 'x'.repeat(fill) };
}

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < depth; level += 1) value = { a: value };
  return value;
}
