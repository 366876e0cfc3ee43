/** How many calls there may be in a window; a burst is a second, shorter window that narrows the first. */
import type { Policy } from '../policy/schema';
import type { Limit } from './limit';
import { counterName, isInScope, limitValues, ownerOf, tenantOf } from './limit-key';

type RateLimit = NonNullable<Policy['limits']>['rate'][number];

export function createRateLimit({ id, per, points, window, burst, mode, for: scope }: RateLimit): Limit {
  const counter = counterName(id, window, per);
  const burstCounter = burst && `${counterName(id, burst.window, per)}|burst`;
  return {
    name: 'rate_limit',
    id,
    mode,
    charges(input) {
      if (!isInScope(scope, input)) return undefined;
      const values = limitValues(per, input);
      const owner = ownerOf(input);
      const tenant = tenantOf(input);
      const long = {
        counter,
        values,
        tenant,
        owner,
        points: 1,
        limit: points,
        window,
        reason: 'window_full',
      };
      if (burst === undefined || burstCounter === undefined) return [long];
      const { points: limit, window: shorter } = burst;
      const short = { ...long, counter: burstCounter, limit, window: shorter, reason: 'burst_full' };
      return [long, short];
    },
  };
}
