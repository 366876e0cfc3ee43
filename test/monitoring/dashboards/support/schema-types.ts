/**
 * The SDK's types of a classic dashboard, as JSON has them: values of enumerations are plain strings and numbers. The
 * SDK's npm package holds no JSON schema; these types are made from the same definitions.
 *
 * `schema.test.ts` compiles each dashboard, written as a literal, against {@link DashboardLiteral}: an unknown key, a
 * missing one and a value outside an enumeration do not compile.
 */
import type * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

type Plain<T> = 0 extends 1 & T
  ? unknown
  : T extends string
    ? `${T}`
    : T extends number
      ? `${T}` extends `${infer Value extends number}`
        ? Value
        : T
      : T extends readonly (infer Element)[]
        ? Plain<Element>[]
        : T extends object
          ? { [Key in keyof T as Key extends `_${string}` ? never : Key]: Plain<T[Key]> }
          : T;

/** Links of ours have no placement: it would move them into a menu. */
type Query = Plain<prometheus.Dataquery>;

type PanelOf<Type extends string, Options, Custom> = Omit<
  Plain<dashboard.Panel>,
  'type' | 'options' | 'fieldConfig' | 'targets'
> & {
  type: Type;
  targets: Query[];
  options: Plain<Options>;
  fieldConfig: {
    defaults: Omit<Plain<dashboard.FieldConfig>, 'custom'> & { custom?: Plain<Custom> };
    overrides: Plain<dashboard.FieldConfigSource>['overrides'];
  };
};

type AnyPanel =
  | Plain<dashboard.RowPanel>
  | PanelOf<'barchart', barchart.Options, barchart.FieldConfig>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'stat', stat.Options, never>
  | PanelOf<'state-timeline', statetimeline.Options, statetimeline.FieldConfig>
  | PanelOf<'table', table.Options, table.FieldConfig>
  | PanelOf<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export type DashboardLiteral = Omit<Plain<dashboard.Dashboard>, 'panels' | 'annotations'> & {
  panels: AnyPanel[];
  annotations: { list: (Omit<Plain<dashboard.AnnotationQuery>, 'target'> & { target?: Query })[] };
};
