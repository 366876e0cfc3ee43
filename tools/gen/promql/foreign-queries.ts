/** Questions about series that others make: Prometheus its alerts, OpenTelemetry's exporters the resource of an agent. */
import { select, sumBy, type Scope } from './expressions';
import { SERIES, type Series } from './series';

/** One series per pending or firing alert, with the labels of its rule. */
const ALERTS: Series<'alertname' | 'alertstate' | 'component' | 'job' | 'severity'> = {
  name: 'ALERTS',
  labels: ['alertname', 'alertstate', 'component', 'job', 'severity'],
};

/** What an agent says of itself; the Collector says `service.name` in `job` and nowhere else. */
const TARGET_INFO: Series<'job' | 'instance' | 'service_name'> = {
  name: 'target_info',
  labels: ['job', 'instance', 'service_name'],
};

export type AlertLabel = (typeof ALERTS.labels)[number];

/** Every alert of the shipped rules has it. */
const OURS = { component: '="mcp"' } as const;

/** Alerts that fire now, and with `pending` those that are about to. */
export function alerts(by: readonly AlertLabel[], scope: Scope, states: 'firing' | 'pending|firing'): string {
  const alertstate = states === 'firing' ? '="firing"' : `=~"${states}"`;
  return sumBy(by, select({ series: ALERTS, scope, where: { ...OURS, alertstate } }));
}

/** How many alerts fire now, zero included. */
export const firingAlerts = (scope: Scope, severity?: string): string => {
  const where = { ...OURS, alertstate: '="firing"', ...(severity && { severity: `="${severity}"` }) };
  return `${sumBy([], select({ series: ALERTS, scope, where }))} or vector(0)`;
};

/** The `service.name` of the agents, as traces have it, in label `service`, whichever way the metrics came. */
export function serviceNames(scope: Scope): string {
  const here = `and on (job, instance) ${select({ series: SERIES.activeConnections, scope })}`;
  const named = (which: string, from: string, pattern: string): string => {
    const info = select({ series: TARGET_INFO, scope, where: { service_name: which } });
    return `label_replace(${info} ${here}, "service", "$1", "${from}", "${pattern}")`;
  };
  const direct = named('!=""', 'service_name', '(.+)');
  // `job` is `service.namespace/service.name` where there is a namespace.
  const collected = named('=""', 'job', '(?:.*/)?(.+)');
  return `count by (service) (${direct} or ${collected})`;
}

/** Series whose values of a label a variable of a dashboard offers: whoever is connected, or was denied. */
const VARIABLE_SERIES = [SERIES.activeConnections.name, SERIES.accessDenied.name] as const;

/** Grafana's `label_values()`: not PromQL, but its first argument is a selector. */
export const labelValues = (label: 'job' | 'server_id' | 'agent_name', scope: Scope): string => {
  const anyOf: Series<'job' | 'server_id' | 'agent_name'> = {
    name: '',
    labels: ['job', 'server_id', 'agent_name'],
  };
  // The series that are there before anything was denied have `unknown` in every label that could be one.
  const name = `__name__=~"${VARIABLE_SERIES.join('|')}",tool_name!="unknown"`;
  const matchers = select({ series: anyOf, scope }).slice(1, -1);
  return `label_values({${[name, ...(matchers === '' ? [] : [matchers])].join(',')}}, ${label})`;
};

/** Grafana's `query_result()`. */
export const queryResult = (expression: string): string => `query_result(${expression})`;
