/**
 * PromQL as functions: selectors, sums, and the one increase that counts a series' first value. Only what Prometheus 2.42
 * understands.
 */
import type { Series } from './series';

/** `5m`, `1h`, or a variable of Grafana: `$__rate_interval`, `$__range`. */
export type Window = string;

/** Label to matcher (`=~"$job"`): applied to the series that have the label. */
export type Scope = Readonly<Record<string, string>>;

/** No restriction: recording rules. */
export const EVERYTHING: Scope = {};

/** Matchers of one query, by label: `{status: '="denied"'}`. */
type Matchers<Label extends string> = Readonly<Partial<Record<Label, string>>>;

/** What of a series a query looks at. */
export interface Selection<Label extends string> {
  readonly series: Series<Label>;
  readonly scope?: Scope;
  readonly where?: Matchers<NoInfer<Label>>;
}

/** `name{label="value",…}`, followed by what `suffix` says (`[5m] offset 1h`). */
export function select<Label extends string>(
  { series, scope = EVERYTHING, where }: Selection<Label>,
  suffix = '',
): string {
  const inScope = Object.entries(scope).filter(([label]) => series.labels.some((known) => known === label));
  const matchers = [...inScope, ...Object.entries<string | undefined>(where ?? {})]
    .map(([label, matcher]) => `${label}${matcher}`)
    .join(',');
  return `${series.name}${matchers === '' ? '' : `{${matchers}}`}${suffix}`;
}

export const sumBy = (labels: readonly string[], expression: string): string =>
  labels.length === 0 ? `sum(${expression})` : `sum by (${labels.join(', ')}) (${expression})`;

/** Per second. */
export const rateBy = <Label extends string>(
  by: readonly NoInfer<Label>[],
  selection: Selection<Label>,
  window: Window,
): string => sumBy(by, `rate(${select(selection, `[${window}]`)})`);

/** How long before the window a series is looked for, to tell one that is new from one that was not scraped for a while. */
const MEMORY = '1h';

/**
 * By how much the counters grew within `window`, first values included; 0, not nothing, where they stood still.
 *
 * `increase()` does not count the step from "no such series" to its first value, and counters of denials are born by a
 * denial; and it extrapolates, so that nine denials in the first two scrapes of a series pass for seventeen. Here a series
 * that was there before the window counts by the difference of its values, a new one with its value, and only one that
 * was reset within the window by `increase()`. The count of a process that is gone is kept until the window has passed.
 *
 * What it gets wrong: a process that Prometheus begins to watch late counts whole once, and so does one whose scrape
 * failed for longer than the hour before the window; of a new series that is reset within the window the first value is
 * lost.
 */
export function growthBy<Label extends string>(
  by: readonly NoInfer<Label>[],
  selection: Selection<Label>,
  window: Window,
): string {
  const within = select(selection, `[${window}]`);
  const before = select(selection, `[${MEMORY}] offset ${window}`);
  return sumBy(
    by,
    [
      '',
      `  (increase(${within}) and resets(${within}) > 0)`,
      // Below zero: it was reset between the last value before the window and the first in it.
      `  or (last_over_time(${within}) - last_over_time(${before}) >= 0)`,
      `  or last_over_time(${within})`,
      '',
    ].join('\n'),
  );
}

/** `part / whole` from 0 to 1; 0 where there is no part, nothing where the whole is 0. */
export function ratio(part: string, whole: string): string {
  return `(\n${group(part)}\n  or\n${group(whole)} * 0\n)\n/ (\n${group(whole)} > 0\n)`;
}

/** From the buckets of a histogram, summed by `le` and `by`. */
export const quantile = (q: number, buckets: string): string => `histogram_quantile(${q}, ${buckets})`;

/** One operand, set in by two. */
const group = (expression: string): string =>
  indent(expression.includes('\n') ? `(\n${indent(expression)}\n)` : expression);

export const indent = (expression: string): string => expression.replaceAll(/^/gm, '  ');
