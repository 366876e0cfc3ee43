/** Runs what a dashboard asks, as Grafana would: with its variables filled in, over a range or at its end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../stack/cache';
import type { Prometheus, Sample, Series } from '../stack/prometheus';

/** The part of Prometheus' API that is needed. */
export type Asked = Pick<Prometheus, 'query' | 'queryRange' | 'get'>;

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly format?: 'table' | 'heatmap' | 'time_series';
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly datasource?: { readonly uid?: string };
}

/** What is read of a panel; the whole of it is the SDK's type. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly interval?: string;
  readonly datasource?: { readonly uid?: string };
  readonly targets?: readonly Target[];
  readonly links?: readonly { readonly url?: string; readonly title: string }[];
  readonly transformations?: readonly { readonly id: string; readonly options: Record<string, unknown> }[];
  readonly options?: Record<string, unknown>;
  readonly fieldConfig?: {
    readonly defaults: Readonly<Record<string, unknown>> & { readonly unit?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query: string | { readonly query: string };
  readonly datasource?: { readonly uid?: string };
  readonly current?: { readonly text: string | string[]; readonly value: string | string[] };
  readonly multi?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
  readonly regex?: string;
}

export interface AnnotationJson {
  readonly name: string;
  readonly builtIn?: number;
  readonly enable: boolean;
  readonly iconColor: string;
  readonly datasource?: { readonly uid?: string };
  readonly titleFormat?: string;
  readonly target?: Target & { readonly interval?: string };
}

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly refresh: string;
  readonly panels: readonly PanelJson[];
  readonly templating: { readonly list: readonly VariableJson[] };
  readonly annotations: { readonly list: readonly AnnotationJson[] };
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[];
}

export const DASHBOARD_NAMES = ['overview', 'security', 'runtime'] as const;
export type DashboardName = (typeof DASHBOARD_NAMES)[number];

export const dashboardText = (name: DashboardName): string =>
  readFileSync(join(REPOSITORY, `grafana/dashboards/mcp-${name}.json`), 'utf8');

export const readDashboard = (name: DashboardName): DashboardJson =>
  JSON.parse(dashboardText(name)) as DashboardJson;

/** Seconds since 1970, and durations in seconds. */
export interface Range {
  readonly start: number;
  readonly end: number;
  /** Of lines and heatmaps. */
  readonly step: number;
  /** Of panels that ask for at least a minute: bars. */
  readonly barStep: number;
  readonly rateInterval: number;
}

/** What is chosen, as it stands in a query; `All` is `.+`. */
export type Choice = Readonly<Record<string, string>>;
export const ALL: Choice = { job: '.+', server_id: '.+', agent_name: '.+' };

/** Fills in Grafana's own variables and those that are chosen. */
export function filledIn(expression: string, choice: Choice, range: Range, step: number): string {
  const values: Record<string, string> = {
    __rate_interval: `${Math.max(range.rateInterval, step)}s`,
    __interval: `${step}s`,
    __interval_ms: String(step * 1000),
    __range: `${Math.round(range.end - range.start)}s`,
    ...choice,
  };
  return expression.replaceAll(/\$\{?([A-Za-z_]\w*)\}?/g, (whole, name: string) => values[name] ?? whole);
}

export interface Answer {
  readonly target: Target;
  /** As it was sent. */
  readonly query: string;
  readonly kind: 'instant' | 'range';
  /** Of an instant query with one value each. */
  readonly series: readonly Series[];
}

const stepOf = ({ interval }: { readonly interval?: string }, range: Range): number =>
  interval === undefined ? range.step : range.barStep;

const asSeries = ({ metric, value }: Sample): Series => ({ metric, values: [value] });

export async function ask(
  prometheus: Asked,
  target: Target,
  panel: { readonly interval?: string },
  range: Range,
  choice: Choice = ALL,
): Promise<Answer> {
  const step = stepOf(panel, range);
  const query = filledIn(target.expr, choice, range, step);
  if (target.instant === true) {
    const samples = await prometheus.query(query, range.end);
    return { target, query, kind: 'instant', series: samples.map(asSeries) };
  }
  // Grafana asks for steps that are multiples of the step.
  const align = (time: number): number => Math.floor(time / step) * step;
  const series = await prometheus.queryRange(query, align(range.start) + step, align(range.end), `${step}s`);
  return { target, query, kind: 'range', series };
}

/** Name of a series, by the target's legend. */
export const legendOf = (legend: string, metric: Readonly<Record<string, string>>): string =>
  legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? '');

/** The values that a variable offers. */
export async function valuesOf(
  prometheus: Asked,
  variable: VariableJson,
  range: Range,
  choice: Choice = ALL,
): Promise<string[]> {
  const text = filledIn(definition(variable), choice, range, range.step);
  const labelValues = /^label_values\((.+), (\w+)\)$/s.exec(text);
  if (labelValues !== null) {
    const [, selector = '', label = ''] = labelValues;
    const parameters = { 'match[]': selector, start: String(range.start), end: String(range.end) };
    return prometheus.get<string[]>(`label/${label}/values`, parameters);
  }
  const queryResult = /^query_result\((.+)\)$/s.exec(text);
  if (queryResult === null) throw new Error(`${variable.name} is neither label_values() nor query_result()`);
  const samples = await prometheus.query(queryResult[1] ?? '', range.end);
  const [, pattern = ''] = /^\/(.*)\/$/s.exec(variable.regex ?? '') ?? [];
  return samples.flatMap(({ metric, value }) => {
    const [, found] = new RegExp(pattern).exec(asText(metric, value)) ?? [];
    return found === undefined ? [] : [found];
  });
}

export const definition = ({ query }: VariableJson): string =>
  typeof query === 'string' ? query : query.query;

/** As Grafana writes a sample for the variable's regular expression. */
const asText = (metric: Readonly<Record<string, string>>, [time, value]: [number, string]): string => {
  const labels = Object.entries(metric).map(([name, text]) => `${name}="${text}"`);
  return `{${labels.join(',')}} ${value} ${time * 1000}`;
};
