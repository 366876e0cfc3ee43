/** Bounds the arguments of a call, without making a text of them: 100 MB cost no more than the limit allows. */
import type { Policy } from '../policy/schema';
import type { Excess } from './argument-values';
import { argumentValues } from './argument-values';
import type { Finding, PureGuard } from './guard';
import { ALLOWED } from './guard';

type SizeSection = NonNullable<NonNullable<Policy['limits']>['size']>;

const LIMIT_OF = {
  too_many_bytes: 'request_bytes',
  too_deep: 'depth',
  too_many_keys: 'keys',
} as const satisfies Record<Excess, keyof SizeSection>;

export function createInputSizeGuard(limits: SizeSection): PureGuard {
  return {
    name: 'input_size',
    mode: limits.mode,
    check(input): Finding {
      const { excess } = argumentValues(input, limits);
      if (excess === undefined) return ALLOWED;
      return { verdict: 'deny', reason: excess, limit: limits[LIMIT_OF[excess]] };
    },
  };
}
