/** What no rule and no type says: places, links, and that dashboards, datasources and Compose fit together. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import {
  DASHBOARD_NAMES,
  dashboardText,
  definition,
  readDashboard,
} from '../../../tools/preview/dashboard-queries';
import { DECISION_ATTRIBUTES, OUTCOME_ATTRIBUTE } from '../../../src/telemetry/decisions';
import { FINDING_ATTRIBUTES } from '../../../src/telemetry/findings';
import { ATTR } from '../../../src/telemetry/semconv';
import { REPOSITORY } from '../../support/installs';
import { linksOf, searchOf, tagsOf } from './support/links';
import { syntaxErrors } from './support/promql';

const dashboards = DASHBOARD_NAMES.map((name) => [name, readDashboard(name)] as const);
const yaml = (file: string): unknown => parse(readFileSync(join(REPOSITORY, file), 'utf8'));

/** The six panels that the monitoring guide asks for. */
const GUIDE_PANELS = [
  'Tool Call Volume',
  'Error Rate',
  'Latency',
  'Security Events',
  'Top Users',
  'Top Tools',
];

test('the overview has the guide’s six panels', () => {
  const titles = readDashboard('overview').panels.map(({ title }) => title);
  for (const title of GUIDE_PANELS) assert.ok(titles.includes(title), title);
});

test('the runtime dashboard has the runtime guide’s five widgets', () => {
  const rows = readDashboard('runtime').panels.filter(({ type }) => type === 'row');
  assert.deepEqual(rows.map(({ title }) => title).toSorted(), [
    'Alert summary',
    'Performance metrics',
    'Security events',
    'System overview',
    'Tool performance',
  ]);
});

test('every dashboard is shipped, and nothing else', () => {
  const files = readdirSync(join(REPOSITORY, 'grafana/dashboards')).toSorted();
  assert.deepEqual(files, DASHBOARD_NAMES.map((name) => `mcp-${name}.json`).toSorted());
});

test('uids and ids are one of each', () => {
  const uids = dashboards.map(([, { uid }]) => uid);
  assert.deepEqual(uids, ['mcp-overview', 'mcp-security', 'mcp-runtime']);
  for (const [name, { panels }] of dashboards) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, name);
    const titles = panels.map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length, name);
  }
});

test('files can be imported and provisioned alike: no inputs, no time, no number of a Grafana', () => {
  for (const [name, dashboard] of dashboards) {
    assert.doesNotMatch(dashboardText(name), /__inputs|__requires|\$\{DS_|"(?:iteration|gnetId)"/, name);
    assert.equal((dashboard as unknown as { id: unknown }).id, null);
    assert.ok(
      dashboard.schemaVersion >= 39 && dashboard.schemaVersion <= 42,
      String(dashboard.schemaVersion),
    );
  }
});

test('every variable has a value before Grafana has asked', () => {
  for (const [name, { templating }] of dashboards) {
    for (const { name: variable, current } of templating.list) {
      assert.ok(current !== undefined && 'text' in current && 'value' in current, `${name}: ${variable}`);
    }
  }
});

test('panels neither overlap nor leave a gap', () => {
  for (const [name, { panels }] of dashboards) {
    const taken = new Map<string, string>();
    for (const { gridPos, title } of panels) {
      const { x, y, w, h } = gridPos;
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          const cell = `${row}/${column}`;
          assert.equal(taken.get(cell), undefined, `${name}: ${title} lies over ${taken.get(cell)}`);
          taken.set(cell, title);
        }
      }
    }
    const bottom = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    assert.equal(taken.size, bottom * 24, `${name} has a gap`);
  }
});

test('the runtime dashboard is read again every 30 s', () => {
  assert.equal(readDashboard('runtime').refresh, '30s');
});

const SEARCHABLE = new Set<string>([
  ...Object.values(ATTR),
  ...Object.keys(DECISION_ATTRIBUTES),
  ...Object.keys(FINDING_ATTRIBUTES),
  OUTCOME_ATTRIBUTE,
]);
const GRAFANAS = /^(?:__from|__to|__field\.labels\.\w+|__value\.text)$/;

test('every link to traces is a search in Explore for attributes that spans have', () => {
  for (const [name, dashboard] of dashboards) {
    const variables = new Set(dashboard.templating.list.map((variable) => variable.name));
    const links = linksOf(dashboard, '/explore?');
    assert.ok(links.length > 3, name);
    for (const link of links) {
      for (const [, used = ''] of link.matchAll(/\$\{([^}]+)\}/g)) {
        assert.ok(variables.has(used) || GRAFANAS.test(used), `${name}: \${${used}}`);
      }
      const query = searchOf(link);
      assert.equal(query.datasource.type, 'jaeger');
      assert.equal(query.queryType, 'search');
      assert.equal(query.service, '${service}');
      for (const tag of Object.keys(tagsOf(query))) assert.ok(SEARCHABLE.has(tag), tag);
    }
  }
});

test('every other link leads to one of the dashboards, with what is chosen here', () => {
  for (const [name, dashboard] of dashboards) {
    const others = linksOf(dashboard, '').filter((link) => !link.startsWith('/explore?'));
    for (const link of others) {
      const [, uid = ''] = /^\/d\/([\w-]+)\?\$\{__url_time_range\}&\$\{__all_variables\}$/.exec(link) ?? [];
      assert.ok(
        dashboards.some(([, { uid: known }]) => known === uid && known !== `mcp-${name}`),
        link,
      );
    }
  }
});

test('the dashboards link each other by their tag', () => {
  for (const [name, { links }] of dashboards) {
    assert.deepEqual(
      links.map(({ type, tags }) => [type, tags]),
      [['dashboards', ['mcp']]],
      name,
    );
  }
});

interface Datasources {
  datasources: {
    uid: string;
    type: string;
    url: string;
    jsonData: {
      exemplarTraceIdDestinations?: { datasourceUid: string }[];
      alertmanagerUid?: string;
      tracesToMetrics?: { datasourceUid: string; queries: { query: string }[] };
    };
  }[];
}
interface Compose {
  services: { grafana: { environment: Record<string, string>; volumes: string[] } };
}
const COMPOSE = 'docker-compose.yaml';
const datasourcesFile = (): Datasources => yaml('grafana/provisioning/datasources/mcp.yaml') as Datasources;

test('the datasources that are provisioned are those that the dashboards choose', () => {
  const { datasources } = datasourcesFile();
  const uidOf = (type: string) => datasources.find((source) => source.type === type)?.uid;
  for (const [name, { templating }] of dashboards) {
    for (const variable of templating.list.filter(({ type }) => type === 'datasource')) {
      assert.equal(variable.current?.value, uidOf(definition(variable)), `${name}: ${variable.name}`);
    }
  }
  const uids = new Set(datasources.map(({ uid }) => uid));
  for (const { jsonData } of datasources) {
    const { exemplarTraceIdDestinations: exemplars = [], tracesToMetrics, alertmanagerUid } = jsonData;
    const named = [
      ...exemplars.map((to) => to.datasourceUid),
      tracesToMetrics?.datasourceUid,
      alertmanagerUid,
    ];
    for (const uid of named) assert.ok(uid === undefined || uids.has(uid), uid);
  }
});

test('what is asked of metrics from a trace parses, with the span’s labels and without', () => {
  const { datasources } = datasourcesFile();
  const queries = datasources.flatMap(({ jsonData }) => jsonData.tracesToMetrics?.queries ?? []);
  assert.equal(queries.length, 3);
  for (const { query } of queries) {
    // Two dollars are one, to Grafana.
    assert.doesNotMatch(query.replaceAll('$$', ''), /\$/);
    for (const tags of ['tool_name="echo",agent_name="a"', '']) {
      assert.deepEqual(syntaxErrors(query.replaceAll('$$__tags', tags)), []);
    }
  }
});

test('Compose gives Grafana the addresses and the files that provisioning names', () => {
  assert.ok(existsSync(join(REPOSITORY, COMPOSE)));
  const { environment, volumes } = (yaml(COMPOSE) as Compose).services.grafana;
  for (const { url } of datasourcesFile().datasources) {
    const [, name = ''] = /^\$\{(\w+)\}$/.exec(url) ?? [];
    assert.match(environment[name] ?? '', /^http:\/\//, url);
  }
  const { providers } = yaml('grafana/provisioning/dashboards/mcp.yaml') as {
    providers: { options: { path: string } }[];
  };
  const [provider] = providers;
  assert.ok(volumes.includes(`./grafana/dashboards:${provider?.options.path}:ro`));
  assert.ok(volumes.includes('./grafana/provisioning:/etc/grafana/provisioning:ro'));
});

test('alerts lead to dashboards that are there, with variables that they have', () => {
  const { groups } = yaml('collector-config/prometheus/rules/mcp-alerts.yaml') as {
    groups: { rules: { annotations: { dashboard: string } }[] }[];
  };
  const paths = groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.dashboard));
  assert.ok(paths.length > 10);
  for (const path of paths) {
    const [, uid = '', search = ''] = /^\/d\/([\w-]+)(?:\?(.*))?$/.exec(path) ?? [];
    const dashboard = dashboards.find(([, candidate]) => candidate.uid === uid)?.[1];
    assert.ok(dashboard !== undefined, path);
    const names = new Set(dashboard.templating.list.map(({ name }) => `var-${name}`));
    for (const part of search.split('&').filter((text) => text !== '')) {
      assert.ok(names.has(part.split('=')[0] ?? ''), path);
    }
  }
});

test('each dashboard has a picture, small enough for a repository, with its caption beside it', () => {
  const page = readFileSync(join(REPOSITORY, 'docs/dashboards.md'), 'utf8');
  for (const [name] of dashboards) {
    const picture = readFileSync(join(REPOSITORY, `docs/dashboards/${name}.png`));
    assert.equal(picture.toString('latin1', 1, 4), 'PNG');
    assert.ok(picture.length < 300_000, `${name}: ${picture.length} bytes`);
    assert.match(page, new RegExp(`\\(dashboards/${name}\\.png\\)\\n\\n\\*Not Grafana: `));
  }
});
