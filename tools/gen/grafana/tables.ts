/** Tables: columns of labels, then columns of values. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import * as table from '@grafana/grafana-foundation-sdk/table';

import {
  about,
  fixedColour,
  rows,
  rowsToColumns,
  thresholds,
  type About,
  type Link,
  type Steps,
} from './panels';
import { DURATION, positive } from './steps';
import { UNITS } from './units';

export interface LabelColumn {
  readonly label: string;
  readonly title: string;
  readonly links?: readonly Link[];
  readonly width?: number;
  /** Colour of the cell by its text. */
  readonly colours?: Readonly<Record<string, string>>;
}

export interface ValueColumn {
  readonly title: string;
  readonly expr: string;
  /** Default: that of the panel. */
  readonly unit?: string;
  readonly decimals?: number;
  /** Draws a bar of this colour in the cell. */
  readonly bar?: string;
  /** Colours the text by the value. */
  readonly steps?: Steps;
  /** Where the row has no value. Default `0`. */
  readonly noValue?: string;
}

/** Counts: grey at 0, coloured from 1 on. */
export const countColumn = (title: string, expr: string, colour: string): ValueColumn => ({
  title,
  expr,
  steps: positive(colour),
});

/** Durations, and a dash where no call ran. */
export const secondsColumn = (title: string, expr: string): ValueColumn => ({
  title,
  expr,
  unit: UNITS.seconds,
  steps: DURATION,
  noValue: '–',
});

interface Table extends About {
  readonly labels: readonly LabelColumn[];
  readonly values: readonly ValueColumn[];
  /** Title of the column; the largest first. */
  readonly sortBy: string;
  /** The smallest, or the first of the alphabet, first. */
  readonly ascending?: boolean;
}

const property = (id: string, value: unknown): DynamicConfigValue => ({ id, value });

function labelProperties({ links, width, colours }: LabelColumn): DynamicConfigValue[] {
  const found: DynamicConfigValue[] = [];
  if (links !== undefined)
    found.push(
      property(
        'links',
        links.map((link) => link.build()),
      ),
    );
  if (width !== undefined) found.push(property('custom.width', width));
  if (colours !== undefined) {
    const options = Object.fromEntries(
      Object.entries(colours).map(([text, color], index) => [text, { text, color, index }]),
    );
    found.push(property('mappings', [{ type: 'value', options }]));
    found.push(property('custom.cellOptions', { type: common.TableCellDisplayMode.ColorText }));
  }
  return found;
}

function valueProperties({ unit, decimals, bar, steps, noValue }: ValueColumn): DynamicConfigValue[] {
  const found: DynamicConfigValue[] = [];
  if (unit !== undefined) found.push(property('unit', unit));
  if (decimals !== undefined) found.push(property('decimals', decimals));
  if (bar !== undefined) {
    found.push(fixedColour(bar), property('min', 0));
    found.push(
      property('custom.cellOptions', {
        type: common.TableCellDisplayMode.Gauge,
        mode: common.BarGaugeDisplayMode.Basic,
        valueDisplayMode: common.BarGaugeValueMode.Text,
      }),
    );
  }
  if (steps !== undefined) {
    found.push(property('thresholds', thresholds(steps).build()), property('color', { mode: 'thresholds' }));
    found.push(property('custom.cellOptions', { type: common.TableCellDisplayMode.ColorText }));
  }
  if (noValue !== undefined) found.push(property('noValue', noValue));
  return found;
}

/** One row per set of labels. */
export function tableOf(options: Table): table.PanelBuilder {
  const { labels, values, sortBy } = options;
  const titles = Object.fromEntries(labels.map(({ label, title }) => [label, title]));
  const panel = about(new table.PanelBuilder(), options)
    .targets(values.map(({ expr }, index) => rows(expr, index)))
    .transformations(
      rowsToColumns(
        labels.map(({ label }) => label),
        values.map(({ title }) => title),
        titles,
      ),
    )
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(sortBy).desc(options.ascending !== true)])
    .cellHeight(common.TableCellHeight.Sm)
    .showHeader(true)
    .filterable(false)
    .noValue('0');
  for (const column of labels) {
    const properties = labelProperties(column);
    if (properties.length > 0) panel.overrideByName(column.title, properties);
  }
  for (const column of values) {
    const properties = valueProperties(column);
    if (properties.length > 0) panel.overrideByName(column.title, properties);
  }
  return panel;
}
