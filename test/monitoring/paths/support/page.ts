/** What one Prometheus shows of our metrics, under our own names, so that two of them can be compared. */
import { GUARD_SIGNALS } from '../../../../src/telemetry/guard-signals';
import type { Signal } from '../../../../src/telemetry/signals';
import { SIGNALS } from '../../../../src/telemetry/signals';
import { prometheusNames } from '../../../../tools/gen/prometheus-names';
import type { Prometheus, Sample } from '../../../../tools/stack/prometheus';

export const ALL: readonly Signal[] = [...Object.values(SIGNALS), ...Object.values(GUARD_SIGNALS)];

/** Where a Prometheus has an agent's metrics from. */
export interface View {
  readonly title: string;
  readonly prometheus: Prometheus;
  /** Matchers that choose the series of this path. */
  readonly selector: string;
  /** Who made the names. */
  readonly names: 'exporter' | 'collector';
  /** Unix time in seconds that is asked about: a scrape may fail at any later one. Default: now. */
  readonly at?: number;
}

/** Value of every series, by its own name of ours and its labels. */
export type Page = ReadonlyMap<string, number>;

/** What a path adds; `path` is the test's, `le` the bound of a bucket. */
const FOREIGN = /^(__name__|job|instance|path|le|otel_scope_.*)$/;
const HISTOGRAM = ['_bucket', '_sum', '_count'] as const;

/** Names of the series of a metric: those of a histogram end in three ways. */
export function seriesOf({ type }: Pick<Signal, 'type'>, name: string): string[] {
  return (type === 'histogram' ? HISTOGRAM : ['']).map((suffix) => name + suffix);
}

/** The one number that `expression` gives; `NaN` without a result. */
export async function ask({ prometheus, at }: View, expression: string): Promise<number> {
  return Number((await prometheus.query(expression, at))[0]?.value[1]);
}

export async function readPage({ prometheus, selector, names, at }: View): Promise<Page> {
  const ours = new Map(
    ALL.flatMap((signal) => {
      const found = seriesOf(signal, prometheusNames(signal)[names]);
      const own = seriesOf(signal, signal.name);
      return found.map((name, index) => [name, own[index] ?? name] as const);
    }),
  );
  const samples = await prometheus.query(`{__name__=~"mcp_.+|mcpguard_.+",${selector}}`, at);
  return new Map(
    samples.map(({ metric, value: [, value] }) => {
      const name = metric['__name__'] ?? '';
      return [keyOf(ours.get(name) ?? `(unknown) ${name}`, metric), Number(value)];
    }),
  );
}

function keyOf(name: string, metric: Sample['metric']): string {
  const labels = Object.keys(metric)
    .filter((key) => !FOREIGN.test(key))
    .toSorted(byCode)
    .map((key) => `${key}=${JSON.stringify(metric[key])}`);
  const bound = metric['le'] === undefined ? [] : [`le=${boundOf(metric['le'])}`];
  return `${name}{${[...labels, ...bound].join(',')}}`;
}

const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

/** `1` and `1.0` are one bound. */
const boundOf = (le: string): string => (le === '+Inf' ? le : String(Number(le)));

export const sorted = (page: Page): [string, number][] => [...page].toSorted(([a], [b]) => byCode(a, b));

export const namesIn = (page: Page): string[] => [
  ...new Set([...page.keys()].map((key) => key.slice(0, key.indexOf('{')))),
];

/** Keys of the labels that the series of a metric have. */
export function labelsOf(page: Page, signal: Signal): string[] {
  const names = new Set(seriesOf(signal, signal.name));
  const keys = [...page.keys()].filter((key) => names.has(key.slice(0, key.indexOf('{'))));
  const labels = keys.flatMap((key) => [...key.matchAll(/(\w+)="/g)].map(([, label = '']) => label));
  return [...new Set(labels)].toSorted(byCode);
}
