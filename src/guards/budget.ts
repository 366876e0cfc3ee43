/** How much may be spent in a window: each tool has its cost. */
import { globMatches } from '../core/glob';
import type { Policy } from '../policy/schema';
import type { GuardInput } from './guard';
import type { Limit } from './limit';
import { counterName, isInScope, limitValues, ownerOf, serverAndTool, tenantOf } from './limit-key';

type BudgetLimit = NonNullable<Policy['limits']>['budget'][number];

export function createBudget({ id, per, points, window, mode, cost, for: scope }: BudgetLimit): Limit {
  const costs = Object.entries(cost);
  const counter = counterName(id, window, per);
  return {
    name: 'budget',
    id,
    mode,
    charges(input) {
      if (!isInScope(scope, input)) return undefined;
      const values = limitValues(per, input);
      const owner = ownerOf(input);
      return [
        {
          counter,
          values,
          tenant: tenantOf(input),
          owner,
          points: costOf(input, costs),
          isCost: true,
          limit: points,
          window,
          reason: 'budget_spent',
        },
      ];
    },
  };
}

/** The first glob that matches counts; what none names costs nothing. */
function costOf(input: GuardInput, costs: readonly (readonly [string, number])[]): number {
  const name = serverAndTool(input);
  return costs.find(([pattern]) => globMatches(pattern, name))?.[1] ?? 0;
}
