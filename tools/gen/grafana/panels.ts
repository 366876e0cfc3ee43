/** Panels as the dashboards use them: what they share (legend, tooltip, colours, datasource) is said here once. */
import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

import { PROMETHEUS } from './variables';

export type Link = Builder<dashboard.DashboardLink>;

/** What every panel says of itself. */
export interface About {
  readonly title: string;
  readonly description: string;
  /** Unit id of Grafana. */
  readonly unit: string;
  /** In the panel's corner. */
  readonly links?: readonly Link[];
}

export interface Query {
  readonly expr: string;
  /** Grafana's template for the name of a series, such as `{{status}}`. */
  readonly legend: string;
}

/** From a value on, `null` for the lowest, a colour. */
export type Steps = readonly (readonly [number | null, string])[];

/** Name of a series, or a regular expression between slashes, to colour. */
type Colours = Readonly<Record<string, string>>;

type AnyPanel = { datasource: unknown };
/** The part of the builders that is the same for every kind of panel. */
interface PanelBuilder<Self> extends Builder<dashboard.Panel> {
  title(title: string): Self;
  description(description: string): Self;
  datasource(datasource: common.DataSourceRef): Self;
  unit(unit: string): Self;
  links(links: Link[]): Self;
}

/** Sets what {@link About} says. */
export function about<Self extends PanelBuilder<Self> & AnyPanel>(
  builder: Self,
  { title, description, unit, links = [] }: About,
): Self {
  return builder
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(PROMETHEUS)
    .links([...links]);
}

const refId = (index: number): string => String.fromCodePoint(65 + index);

const overRange = ({ expr, legend }: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refId(index)).datasource(PROMETHEUS).expr(expr).legendFormat(legend).range();

/** One value per series, at the end of the range. */
const atEnd = ({ expr, legend }: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refId(index)).datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();

/** Rows with the labels as columns, at the end of the range. */
export const rows = (expr: string, index: number): DataqueryBuilder =>
  atEnd({ expr, legend: '' }, index).format(PromQueryFormat.Table);

export const thresholds = (steps: Steps): dashboard.ThresholdsConfigBuilder =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));

export const fixedColour = (colour: string): dashboard.DynamicConfigValue => ({
  id: 'color',
  value: { mode: 'fixed', fixedColor: colour },
});

function withColours<
  Self extends {
    overrideByName(name: string, properties: dashboard.DynamicConfigValue[]): Self;
    overrideByRegexp(regexp: string, properties: dashboard.DynamicConfigValue[]): Self;
  },
>(builder: Self, colours: Colours): Self {
  for (const [name, colour] of Object.entries(colours)) {
    if (name.startsWith('/')) builder.overrideByRegexp(name, [fixedColour(colour)]);
    else builder.overrideByName(name, [fixedColour(colour)]);
  }
  return builder;
}

export const tooltip = (): common.VizTooltipOptionsBuilder =>
  new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method
    .sort(common.SortOrder.Descending)
    .hideZeros(true);

/** A table below or beside the chart, the largest first. */
const legend = (
  calc: 'lastNotNull' | 'max' | 'mean' | 'sum',
  beside: boolean,
): common.VizLegendOptionsBuilder =>
  new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(beside ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
    .calcs([calc])
    .sortBy({ lastNotNull: 'Last *', max: 'Max', mean: 'Mean', sum: 'Total' }[calc])
    .sortDesc(true);

/** Names and colours alone, below the chart. */
const plainLegend = (): common.VizLegendOptionsBuilder =>
  new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom);

/** A window shorter than the time between two scrapes would be empty now and then. */
const SHORTEST = '1m';

interface Chart extends About {
  readonly queries: readonly Query[];
  readonly colours?: Colours;
  readonly thresholds?: Steps;
  /** Legend at the right: for panels with many series. */
  readonly legendBeside?: boolean;
  readonly dataLinks?: readonly Link[];
  readonly max?: number;
}

function chart(options: Chart): timeseries.PanelBuilder {
  const panel = about(new timeseries.PanelBuilder(), options)
    .targets(options.queries.map(overRange))
    .tooltip(tooltip())
    .min(0)
    .showPoints(common.VisibilityMode.Never)
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassic));
  if (options.max !== undefined) panel.axisSoftMax(options.max);
  if (options.dataLinks !== undefined) panel.dataLinks([...options.dataLinks]);
  if (options.thresholds !== undefined) {
    const style = new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);
    panel.thresholds(thresholds(options.thresholds)).thresholdsStyle(style);
  }
  return withColours(panel, options.colours ?? {});
}

const stacked = (): common.StackingConfigBuilder =>
  new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A');

/** A value over time. */
export const lines = (options: Chart): timeseries.PanelBuilder =>
  chart(options)
    .drawStyle(common.GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(options.legendBeside === true ? 0 : 8)
    .legend(legend('lastNotNull', options.legendBeside ?? false));

/** Parts of a whole over time, per interval of a minute or more. */
export const areas = (options: Chart): timeseries.PanelBuilder =>
  lines(options).stacking(stacked()).lineWidth(1).fillOpacity(35).interval(SHORTEST);

/** Counts per interval, of a minute or more, so that what happens once is a bar and not a slope. */
export const bars = (options: Chart): timeseries.PanelBuilder =>
  chart(options)
    .drawStyle(common.GraphDrawStyle.Bars)
    .stacking(stacked())
    .lineWidth(0)
    .fillOpacity(80)
    .interval(SHORTEST)
    .legend(legend('sum', options.legendBeside ?? false));

interface Number extends About {
  readonly expr: string;
  readonly steps: Steps;
  readonly decimals?: number;
  readonly noValue?: string;
}

/** One number, at the end of the range. */
export function number(options: Number): stat.PanelBuilder {
  const panel = about(new stat.PanelBuilder(), options)
    .withTarget(atEnd({ expr: options.expr, legend: options.title }, 0))
    .thresholds(thresholds(options.steps))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds))
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .noValue(options.noValue ?? 'none');
  return options.decimals === undefined ? panel : panel.decimals(options.decimals);
}

/** Calls by bucket of duration and time. */
export const durations = (options: About & { readonly expr: string }): heatmap.PanelBuilder =>
  about(new heatmap.PanelBuilder(), options)
    .withTarget(overRange({ expr: options.expr, legend: '{{le}}' }, 0).format(PromQueryFormat.Heatmap))
    .calculate(false)
    .color(
      new heatmap.HeatmapColorOptionsBuilder()
        .mode(heatmap.HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .fill('dark-orange')
        .scale(heatmap.HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64)
        .reverse(false),
    )
    .yAxis(new heatmap.YAxisConfigBuilder().unit('s').axisPlacement(common.AxisPlacement.Left).reverse(false))
    .cellValues(new heatmap.CellValuesBuilder().unit(options.unit).decimals(0))
    .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
    .tooltip(
      new heatmap.HeatmapTooltipBuilder()
        .mode(common.TooltipDisplayMode.Single)
        .yHistogram(true)
        .showColorScale(true),
    )
    .showLegend()
    .cellGap(1);

/** States over time, one line per series; `states` are value, text and colour. */
export function states(
  options: About & {
    readonly queries: readonly Query[];
    readonly states: readonly (readonly [number, string, string])[];
  },
): statetimeline.PanelBuilder {
  const named = options.states.map(
    ([value, text, color], index) => [String(value), { text, color, index }] as const,
  );
  return about(new statetimeline.PanelBuilder(), options)
    .targets(options.queries.map(overRange))
    .mappings([{ type: dashboard.MappingType.ValueToText, options: Object.fromEntries(named) }])
    .thresholds(thresholds([[null, 'text']]))
    .showValue(common.VisibilityMode.Auto)
    .rowHeight(0.8)
    .fillOpacity(80)
    .lineWidth(0)
    .mergeValues(true)
    .tooltip(tooltip())
    .legend(plainLegend());
}

/** One bar per category, in parts. */
export function categories(
  options: About & {
    /** Label whose values the bars are. */
    readonly category: string;
    /** Name of a part to its query. */
    readonly parts: Readonly<Record<string, string>>;
    readonly colours: Colours;
    readonly dataLinks?: Readonly<Record<string, readonly Link[]>>;
  },
): barchart.PanelBuilder {
  const names = Object.keys(options.parts);
  const panel = about(new barchart.PanelBuilder(), options)
    .targets(Object.values(options.parts).map(rows))
    .transformations(rowsToColumns([options.category], names))
    .xField(options.category)
    .orientation(common.VizOrientation.Horizontal)
    .stacking(common.StackingMode.Normal)
    .showValue(common.VisibilityMode.Auto)
    .barWidth(0.8)
    .groupWidth(0.7)
    .fillOpacity(80)
    .lineWidth(0)
    .min(0)
    .xTickLabelSpacing(0)
    .tooltip(tooltip())
    .legend(plainLegend());
  for (const [name, links] of Object.entries(options.dataLinks ?? {})) {
    panel.overrideByName(name, [{ id: 'links', value: links.map((link) => link.build()) }]);
  }
  return withColours(panel, options.colours);
}

/**
 * Makes one row per set of labels of several queries' results, with one column per label and per query.
 *
 * @param labels - in the order of the columns
 * @param values - name of each query's column, in the order of the queries
 * @param titles - of the labels, where they have one
 */
export function rowsToColumns(
  labels: readonly string[],
  values: readonly string[],
  titles: Readonly<Record<string, string>> = {},
): dashboard.DataTransformerConfig[] {
  const ofEach = values.map((name, index) => [`Value #${refId(index)}`, name] as const);
  // Grafana calls the value of a single query `Value`, and in some versions like those of several.
  const named = values.length === 1 ? [['Value', values[0]] as const, ...ofEach] : ofEach;
  const order = [...labels, ...named.map(([from]) => from)];
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
        renameByName: Object.fromEntries([...Object.entries(titles), ...named]),
      },
    },
  ];
}
