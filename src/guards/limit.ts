/** What a limit takes of a call, wherever that is counted. */
import type { Mode } from '../policy/schema';
import type { Finding, GuardInput, StatefulGuard } from './guard';
import type { WindowSpec, WindowStore } from './window-store';

/** Points that a call takes of one counter. */
export interface Charge {
  /** The limit and what it is counted for; what counts differently has another name. */
  readonly counter: string;
  /** For whom it is counted. */
  readonly values: string;
  /** Whose tenant's; empty where there is none. What one call is charged for has one. */
  readonly tenant: string;
  /** Tenant and user, where there is one: how many counters one user may have can be bounded. */
  readonly owner: string | undefined;
  readonly points: number;
  /** The points are a cost that an audit line tells. */
  readonly isCost?: boolean;
  readonly limit: number;
  readonly window: WindowSpec;
  /** Why a call is denied that cannot have them. */
  readonly reason: string;
}

/** All of them have to be admitted. */
export type Charges = readonly [Charge, ...Charge[]];

export interface Limit {
  readonly name: 'rate_limit' | 'budget';
  readonly id: string;
  /** Mode of this limit, where it has one of its own. */
  readonly mode?: Mode | undefined;
  /** `undefined`: it does not concern this call. */
  charges(input: GuardInput): Charges | undefined;
}

/** What a counter says. */
export interface Taken {
  readonly admitted: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends; absent where it never does. */
  readonly retryAfterMs?: number | undefined;
}

/** @param taken - the first that was not admitted, else that of the first charge */
export function findingOf(
  rule: string,
  { isCost, limit, points, reason }: Charge,
  { admitted, remaining, retryAfterMs }: Taken,
): Finding {
  return admitted
    ? { verdict: 'allow', reason: 'allowed', rule, limit, remaining, cost: isCost ? points : undefined }
    : { verdict: 'deny', reason, rule, limit, remaining, retryAfterMs };
}

/** A limit that is counted in this process. */
export function countedIn(store: WindowStore, limit: Limit): StatefulGuard {
  const { id, mode, name } = limit;
  return {
    name,
    mode,
    reserve(input) {
      const charges = limit.charges(input);
      if (charges === undefined) return undefined;
      const [first] = charges;
      const long = store.take(first, input.now);
      if (charges.length === 1 || !long.admitted) {
        return { finding: findingOf(id, first, long), refund: () => long.refund() };
      }
      const taken = [long];
      const refund = (): void => {
        for (const one of taken) one.refund();
      };
      for (const charge of charges.slice(1)) {
        const further = store.take(charge, input.now);
        taken.push(further);
        if (further.admitted) continue;
        refund();
        return { finding: findingOf(id, charge, further), refund() {} };
      }
      return { finding: findingOf(id, first, long), refund };
    },
  };
}
