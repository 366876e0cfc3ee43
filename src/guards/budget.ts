/** How much may be spent in a window: each tool has its cost. */
import { globMatches } from '../core/glob';
import type { Policy } from '../policy/schema';
import type { GuardInput, StatefulGuard } from './guard';
import { isInScope, limitKey, serverAndTool } from './limit-key';
import { finding, reservation } from './rate-limit';
import type { WindowStore } from './window-store';

type BudgetLimit = NonNullable<Policy['limits']>['budget'][number];

export function createBudget(limit: BudgetLimit, store: WindowStore): StatefulGuard {
  const { id, per, points, window } = limit;
  const costs = Object.entries(limit.cost);
  return {
    name: 'budget',
    mode: limit.mode,
    reserve(input) {
      if (!isInScope(limit.for, input)) return undefined;
      const cost = costOf(input, costs);
      const taken = store.take(limitKey(id, per, input), cost, points, window, input.now);
      return reservation(finding(taken, id, points, 'budget_spent'), [taken]);
    },
  };
}

/** The first glob that matches counts; what none names costs nothing. */
function costOf(input: GuardInput, costs: readonly (readonly [string, number])[]): number {
  const name = serverAndTool(input);
  return costs.find(([pattern]) => globMatches(pattern, name))?.[1] ?? 0;
}
