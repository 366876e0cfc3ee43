/** Links from a panel to the traces that it counts, in Grafana's Explore on the Jaeger datasource. */
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';

import type { DECISION_ATTRIBUTES, OUTCOME_ATTRIBUTE } from '../../../src/telemetry/decisions';
import type { FINDING_ATTRIBUTES } from '../../../src/telemetry/findings';
import type { ATTR } from '../../../src/telemetry/semconv';
import { JAEGER_VARIABLE, SERVICE_VARIABLE } from './variables';

/** Attributes of spans and of their events, by the tables that they are made from. */
type Searchable =
  | (typeof ATTR)[keyof typeof ATTR]
  | typeof OUTCOME_ATTRIBUTE
  | keyof typeof DECISION_ATTRIBUTES
  | keyof typeof FINDING_ATTRIBUTES;
type Tags = Readonly<Partial<Record<Searchable, string>>>;

/** What is looked for: attribute to value, which may be a variable of Grafana. */
export interface TraceSearch {
  readonly tags?: Tags;
  /** Such as `1s`. */
  readonly minDuration?: string;
}

/** Value of the label of the series that is under the pointer. */
export const fieldLabel = (label: string): string => `\${__field.labels.${label}}`;
/** Text of the cell of a table, or of the category of a bar. */
export const CELL = '${__value.text}';

/** Jaeger reads the tags of a search as logfmt. */
const logfmt = (tags: Tags): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ');

/** Everything but Grafana's variables, which it fills in (and encodes) itself. */
const encodeAroundVariables = (text: string): string =>
  text
    .split(/(\$\{[^}]+\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
    .join('');

function explore({ tags = {}, minDuration }: TraceSearch): string {
  const datasource = { type: 'jaeger', uid: `\${${JAEGER_VARIABLE}}` };
  const query = {
    refId: 'A',
    datasource,
    queryType: 'search',
    service: `\${${SERVICE_VARIABLE}}`,
    tags: logfmt(tags),
    ...(minDuration !== undefined && { minDuration }),
    limit: 50,
  };
  const pane = {
    datasource: datasource.uid,
    queries: [query],
    range: { from: '${__from}', to: '${__to}' },
  };
  return `/explore?schemaVersion=1&panes=${encodeAroundVariables(JSON.stringify({ mcp: pane }))}`;
}

/** @param title - begins with what is found: "Traces of …" */
export const traces = (title: string, search: TraceSearch): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(explore(search)).targetBlank(true);

/** To another of the dashboards, with the range and the choice of this one. */
export const toDashboard = (
  title: string,
  uid: 'mcp-overview' | 'mcp-security' | 'mcp-runtime',
): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(`/d/${uid}?\${__url_time_range}&\${__all_variables}`);
