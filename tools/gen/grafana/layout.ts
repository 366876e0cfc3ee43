/** Puts panels on Grafana's grid of 24 columns and makes the file of a dashboard. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  TimePickerBuilder,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import { annotations } from './annotations';
import { variables } from './variables';

const COLUMNS = 24;
/** By which the dashboards link each other. */
const TAG = 'mcp';

/** Panels of one height side by side; their widths add up to 24. */
export interface Line {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: Builder<Panel>])[];
}

export interface Section {
  /** Of the row above the lines; the first section may have none. */
  readonly title?: string;
  readonly lines: readonly Line[];
}

export interface Plan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly refresh: string;
  readonly from: string;
  readonly sections: readonly Section[];
}

/** Rows and panels with their places; ids count from 1. */
function placed(sections: readonly Section[]): (Panel | RowPanel)[] {
  const found: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, lines } of sections) {
    if (title !== undefined) {
      const row = new RowBuilder(title).collapsed(false).gridPos({ h: 1, w: COLUMNS, x: 0, y });
      found.push({ ...row.build(), id: found.length + 1 });
      y += 1;
    }
    for (const { height, panels } of lines) {
      let x = 0;
      for (const [width, panel] of panels) {
        found.push({ ...panel.build(), id: found.length + 1, gridPos: { h: height, w: width, x, y } });
        x += width;
      }
      if (x !== COLUMNS) throw new Error(`panels are ${x} columns wide at line ${y}`);
      y += height;
    }
  }
  return found;
}

export function dashboard({ uid, title, description, refresh, from, sections }: Plan): Dashboard {
  const others = new DashboardLinkBuilder('MCP')
    .type(DashboardLinkType.Dashboards)
    .icon('dashboard')
    .tags([TAG])
    .includeVars(true)
    .keepTime(true);
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from, to: 'now' })
    .timepicker(new TimePickerBuilder().refreshIntervals(['10s', '30s', '1m', '5m', '15m', '1h']))
    .refresh(refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables())
    .annotations(annotations())
    .link(others)
    .build();
  return { ...built, id: null, version: 1, panels: placed(sections) };
}

/**
 * JSON of a dashboard, the same for the same tables: no time, no number that counts up.
 *
 * The SDK's builders put every link and annotation into the menu of the dashboard's controls; there they are not seen.
 */
export const dashboardFile = (made: Dashboard): string =>
  `${JSON.stringify(made, (key, value: unknown) => (key === 'placement' && value === 'inControlsMenu' ? undefined : value), 2)}\n`;
