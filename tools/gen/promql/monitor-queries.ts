/** Questions about the runtime monitor: findings, authentications, and what it has not looked at. Words as in `queries.ts`. */
import { growthBy, ratio } from './expressions';
import type { Question } from './queries';
import { SERIES, type LabelOf } from './series';

type FindingLabel = LabelOf<typeof SERIES.findings>;
type AuthLabel = LabelOf<typeof SERIES.authAttempts>;

/** How often the monitor raised something within the window. */
export const findings = (
  by: readonly FindingLabel[],
  { window, ...where }: Question,
  which: Readonly<Partial<Record<FindingLabel, string>>> = {},
): string => growthBy(by, { series: SERIES.findings, ...where, where: which }, window);

/** How many authentications ended within the window, as the clients' transports have seen it. */
export const authentications = (
  by: readonly AuthLabel[],
  { window, ...where }: Question,
  outcome?: 'success' | 'failure',
): string => {
  const matchers = outcome === undefined ? {} : { where: { outcome: `="${outcome}"` } };
  return growthBy(by, { series: SERIES.authAttempts, ...where, ...matchers }, window);
};

/** Share of the authentications that failed, 0 to 1. */
export const authFailureRatio = (by: readonly AuthLabel[], question: Question): string =>
  ratio(authentications(by, question, 'failure'), authentications(by, question));

/** States of limits; all others are the monitor's. */
const OF_LIMITS = 'rate_limit|budget';

/** How many keys were forgotten within the window because there were too many. */
export const evictions = (of: 'limits' | 'monitor', { window, ...where }: Question): string => {
  const state = of === 'limits' ? `=~"${OF_LIMITS}"` : `!~"${OF_LIMITS}"`;
  return growthBy(['job', 'state'], { series: SERIES.stateEvictions, ...where, where: { state } }, window);
};
