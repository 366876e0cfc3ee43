/**
 * The 17 rules of Grafana's linter for dashboards (grafana/dashboard-linter 0.2.0), written anew from what they check;
 * stricter where that is noted. The linter itself is a Go program that is not built here.
 */
import * as units from '@grafana/grafana-foundation-sdk/units';

import {
  definition,
  type DashboardJson,
  type PanelJson,
  type Target,
  type VariableJson,
} from '../../../../tools/preview/dashboard-queries';
import { selectors, syntaxErrors } from './promql';

export interface Finding {
  readonly panel?: string;
  readonly what: string;
}

type Rule = (dashboard: DashboardJson) => Finding[];

const chartsOf = ({ panels }: DashboardJson): PanelJson[] => panels.filter(({ type }) => type !== 'row');

const perPanel =
  (check: (panel: PanelJson, dashboard: DashboardJson) => (string | undefined | false)[]): Rule =>
  (dashboard) =>
    chartsOf(dashboard).flatMap((panel) =>
      check(panel, dashboard)
        .filter((what): what is string => typeof what === 'string')
        .map((what) => ({ panel: panel.title, what })),
    );

const perTarget = (check: (target: Target) => (string | undefined | false)[]): Rule =>
  perPanel(({ targets = [] }) => targets.flatMap(check));

const perVariable =
  (type: string, check: (variable: VariableJson) => (string | undefined | false)[]): Rule =>
  ({ templating }) =>
    templating.list
      .filter((variable) => variable.type === type)
      .flatMap(check)
      .filter((what): what is string => typeof what === 'string')
      .map((what) => ({ what }));

/** A variable for one label of the targets. */
const targetVariable =
  (name: string): Rule =>
  ({ templating }) => {
    const variable = templating.list.find((candidate) => candidate.name === name);
    if (variable === undefined) return [{ what: `no variable ${name}` }];
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [
      variable.type !== 'query' && 'is no query',
      variable.datasource?.uid !== '${prometheus_datasource}' && 'is not of the chosen datasource',
      variable.label !== title && `is labelled ${variable.label}`,
      variable.multi !== true && 'takes one value only',
      variable.allValue !== '.+' && `stands for ${variable.allValue} when all are chosen`,
    ]
      .filter((what): what is string => typeof what === 'string')
      .map((what) => ({ what: `${name} ${what}` }));
  };

const matcher = (label: string): Rule =>
  perTarget(({ expr }) =>
    selectors(expr).map(({ matchers, text }) => !matchers.includes(`${label}=~"$${label}"`) && text),
  );

const KNOWN_UNITS = new Set<unknown>(Object.values(units));

const datasourceOf = (variable: VariableJson): (string | false)[] => {
  const { name, label } = variable;
  const kind = definition(variable);
  return [
    name !== `${kind}_datasource` && `the datasource of kind ${kind} is called ${name}`,
    label?.toLowerCase() !== `${kind} data source` && `${name} is labelled ${label}`,
  ];
};

/** Functions under which a counter's value is a growth. */
const GROWTH = ['rate', 'irate', 'increase'];

export const RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': (dashboard) => {
    const none = !dashboard.templating.list.some(({ type }) => type === 'datasource');
    return none ? [{ what: 'no datasource' }] : perVariable('datasource', datasourceOf)(dashboard);
  },
  'template-job-rule': targetVariable('job'),
  'template-instance-rule': targetVariable('instance'),
  'template-label-promql-rule': perVariable('query', (variable) => {
    const text = definition(variable);
    const [, name = '', argument = ''] = /^([a-z_]+)\((.+)\)$/s.exec(text) ?? [];
    const selector = name === 'label_values' ? argument.replace(/, \w+$/, '') : argument;
    return [
      !['label_names', 'label_values', 'metrics', 'query_result'].includes(name) && `${name}() in ${text}`,
      ...syntaxErrors(selector).map((where) => `${text}: ${where}`),
    ];
  }),
  'template-on-time-change-reload-rule': perVariable('query', ({ name, refresh }) => [refresh !== 2 && name]),
  // The linter looks at four kinds of panels here and below; these look at all.
  'panel-datasource-rule': perPanel(({ datasource, targets = [] }) =>
    [datasource, ...targets.map((target) => target.datasource)].map(
      (source) => source?.uid !== '${prometheus_datasource}' && `of ${source?.uid}`,
    ),
  ),
  'panel-title-description-rule': perPanel(({ title, description = '' }) => [
    title === '' && 'no title',
    description.length < 20 && 'no description',
  ]),
  // The linter has a list of its own, and reads one unit per panel; these are the SDK's, of every column.
  'panel-units-rule': perPanel(({ fieldConfig }) => {
    const own = fieldConfig?.overrides.flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'unit'),
    );
    const all = [fieldConfig?.defaults.unit, ...(own ?? []).map(({ value }) => value)];
    return all.map((unit) => !KNOWN_UNITS.has(unit) && `unit ${String(unit)}`);
  }),
  'panel-no-targets-rule': perPanel(({ targets = [] }) => [targets.length === 0 && 'no query']),
  'target-logql-rule': perTarget(({ datasource }) => [
    datasource?.uid?.includes('loki') === true && 'asks Loki',
  ]),
  'target-logql-auto-rule': perTarget(({ expr }) => [expr.includes('$__auto') && expr]),
  'target-promql-rule': perTarget(({ expr }) => [expr === '' && 'empty', ...syntaxErrors(expr)]),
  'target-rate-interval-rule': perTarget(({ expr }) =>
    selectors(expr).map(
      ({ inFunction = '', window, text }) =>
        ['rate', 'irate'].includes(inFunction) &&
        window !== '$__rate_interval' &&
        `${inFunction}(${text}[${window}])`,
    ),
  ),
  'target-job-rule': matcher('job'),
  'target-instance-rule': matcher('instance'),
  'target-counter-agg-rule': perTarget(({ expr }) =>
    selectors(expr).map(
      ({ name, inFunction = '' }) =>
        name.endsWith('_total') && !GROWTH.includes(inFunction) && `${inFunction}(${name})`,
    ),
  ),
  'uneditable-dashboard-rule': ({ editable }) => (editable ? [{ what: 'can be edited' }] : []),
};
