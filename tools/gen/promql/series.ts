/**
 * Every series that rules and dashboards may ask for, with its labels, as types made from the signal tables: a renamed
 * metric or label does not compile here and nowhere else.
 *
 * Left out are the conventions' histograms: their names depend on the path (`docs/telemetry.md`), so that a query over
 * them would be empty on one of the two.
 */
import { GUARD_SIGNALS } from '../../../src/telemetry/guard-signals';
import { SIGNALS, type Signal } from '../../../src/telemetry/signals';
import { prometheusNames } from '../prometheus-names';

const TABLE = { ...SIGNALS, ...GUARD_SIGNALS };
type Table = typeof TABLE;

type ConventionName = `mcp.client.${string}` | `mcp.server.${string}`;
type StableKey = {
  [Key in keyof Table]: Table[Key]['name'] extends ConventionName ? never : Key;
}[keyof Table];

/** What a scrape adds to every series. */
export type TargetLabel = 'job' | 'instance';

export interface Series<Label extends string = string> {
  readonly name: string;
  readonly labels: readonly Label[];
}

/** A series that no signal table has: one that a rule records, or another program's. */
export const record = <Label extends string>(name: string, ...labels: Label[]): Series<Label> => ({
  name,
  labels,
});

/** The labels that a series can be summed by. */
export type LabelOf<S> = S extends Series<infer Label> ? Label : never;

type Stable = {
  readonly [Key in StableKey]: Series<Table[Key]['attributes'][number] | TargetLabel>;
};

function series({ attributes, ...signal }: Signal): Series {
  const { exporter, collector } = prometheusNames(signal);
  if (exporter !== collector)
    throw new Error(`${signal.name} is ${exporter} on one path, ${collector} on the other`);
  return { name: exporter, labels: ['job', 'instance', ...attributes] };
}

const isConvention = (name: string): boolean => /^mcp\.(client|server)\./.test(name);

/** Counters and gauges by their own name; of histograms the stem, see {@link bucket}, {@link sum} and {@link count}. */
export const SERIES = Object.fromEntries(
  Object.entries<Signal>(TABLE)
    .filter(([, { name }]) => !isConvention(name))
    .map(([key, signal]) => [key, series(signal)]),
) as unknown as Stable;

function part<Label extends string, More extends string = never>(
  histogram: Series<Label>,
  suffix: string,
  ...more: More[]
): Series<Label | More> {
  return { name: `${histogram.name}_${suffix}`, labels: [...histogram.labels, ...more] };
}

export const bucket = <Label extends string>(histogram: Series<Label>): Series<Label | 'le'> =>
  part(histogram, 'bucket', 'le');
export const sum = <Label extends string>(histogram: Series<Label>): Series<Label> => part(histogram, 'sum');
export const count = <Label extends string>(histogram: Series<Label>): Series<Label> =>
  part(histogram, 'count');
