/** Questions about calls that only dashboards ask: over the whole range that is shown, and of the few rows of a table. */
import { growthBy, quantile, type Scope } from './expressions';
import type { Question } from './queries';
import { bucket, count, SERIES, sum, type LabelOf, type Series } from './series';

type CallLabel = LabelOf<typeof SERIES.toolCalls>;
type DurationLabel = LabelOf<typeof SERIES.toolCallDuration>;

type Status = 'success' | 'error' | 'denied';

/** How many calls ended with `status` within the window. */
export const callsWithStatus = (
  status: Status,
  by: readonly CallLabel[],
  { window, ...where }: Question,
): string => growthBy(by, { series: SERIES.toolCalls, ...where, where: { status: `="${status}"` } }, window);

/**
 * The duration in seconds that a share `q` of the calls of the whole window does not exceed; unlike
 * `durationQuantile()` it counts the calls that a series was born with.
 */
export const durationQuantileWithin = (
  q: number,
  by: readonly DurationLabel[],
  { window, ...where }: Question,
): string =>
  quantile(q, growthBy(['le', ...by], { series: bucket(SERIES.toolCallDuration), ...where }, window));

/** Mean duration in seconds of the calls of the whole window. */
export function meanDurationWithin(by: readonly DurationLabel[], { window, ...where }: Question): string {
  const grown = (series: Series<DurationLabel>): string => growthBy(by, { series, ...where }, window);
  return `(\n${grown(sum(SERIES.toolCallDuration))}\n)\n/ (\n${grown(count(SERIES.toolCallDuration))}\n> 0)`;
}

/** The rows of a table: the `n` with the highest value. */
export const top = (n: number, ranked: string): string => `topk(${n},\n${ranked}\n)`;

/** A further column of such a table: values of the rows that {@link top} picks, by the same labels. */
export const ofTop = (n: number, ranked: string, by: readonly string[], column: string): string =>
  `(\n${column}\n)\nand on (${by.join(', ')}) ${top(n, ranked)}`;

/** Without the rows that stood still. */
export const nonZero = (growth: string): string => `${growth}\n> 0`;

/**
 * What happened within an interval of a chart, per second. Unlike `rate()` it counts what series are born with: a user's
 * first call, a tool's first error. Its window is the step of the chart, so the area is the number of calls.
 */
export const perSecond = (growth: (question: Question) => string, scope: Scope): string =>
  `(\n${growth({ scope, window: '$__interval' })}\n)\n/ ($__interval_ms / 1000)`;
