/** What can be chosen at the top of every dashboard. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

import type { Scope } from '../promql/expressions';
import { labelValues, queryResult, serviceNames } from '../promql/foreign-queries';

/** Names as the public linter for dashboards wants them. */
const PROMETHEUS_VARIABLE = 'prometheus_datasource';
export const JAEGER_VARIABLE = 'jaeger_datasource';
/** `service.name` that links to traces look for. */
export const SERVICE_VARIABLE = 'service';

export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: `\${${PROMETHEUS_VARIABLE}}` };

/** The datasources that `grafana/provisioning/` makes; a Grafana without them offers its own. */
export const PROVISIONED = {
  prometheus: { name: 'MCP Prometheus', uid: 'mcp-prometheus' },
  jaeger: { name: 'MCP Jaeger', uid: 'mcp-jaeger' },
  alertmanager: { name: 'MCP Alertmanager', uid: 'mcp-alertmanager' },
} as const;

/** What the variables select, as matchers of a query. */
export const CHOSEN: Scope = {
  job: '=~"$job"',
  server_id: '=~"$server_id"',
  agent_name: '=~"$agent_name"',
};

/** Of alerts: one about something that is absent has no `job`. */
export const CHOSEN_OR_ABSENT: Scope = { job: '=~"$job|"' };

const datasource = (name: string, label: string, type: 'prometheus' | 'jaeger'): Builder<VariableModel> =>
  new DatasourceVariableBuilder(name)
    .label(label)
    .type(type)
    .hide(VariableHide.DontHide)
    .current({ text: PROVISIONED[type].name, value: PROVISIONED[type].uid, selected: true });

const query = (name: string, label: string, definition: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ query: definition, refId: `variable-${name}` })
    .definition(definition)
    .hide(VariableHide.DontHide)
    // When the time range changes: an agent of last week is offered only where last week is shown.
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // oxlint-disable-next-line unicorn/no-array-sort -- a builder's method
    .sort(VariableSort.NaturalAsc);

/** Any number of values; "All" is every series that has the label. */
const several = (
  label: 'job' | 'server_id' | 'agent_name',
  title: string,
  scope: Scope,
): QueryVariableBuilder =>
  query(label, title, labelValues(label, scope))
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current({ text: ['All'], value: ['$__all'], selected: true });

const ofJob: Scope = { job: '=~"$job"' };

export const variables = (): Builder<VariableModel>[] => [
  datasource(PROMETHEUS_VARIABLE, 'Prometheus data source', 'prometheus'),
  datasource(JAEGER_VARIABLE, 'Jaeger data source', 'jaeger'),
  several('job', 'Job', {}).description(
    'Through the Collector: service.name of the agents. Scraped from the agents: name of the scrape job.',
  ),
  several('server_id', 'Server', ofJob).description(
    'The policy’s alias of the MCP server, else a readable form.',
  ),
  several('agent_name', 'Agent', ofJob).description(
    'MCP_AGENT_NAME, withMcpContext(), else the client’s name.',
  ),
  query(SERVICE_VARIABLE, 'Traces of', queryResult(serviceNames(ofJob)))
    .regex('/service="([^"]+)"/')
    .description('service.name of the agent whose traces the links to Jaeger look for.')
    .current({ text: '', value: '', selected: false }),
];
