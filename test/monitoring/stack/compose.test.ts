/**
 * `docker-compose.yaml` holds what the stack script runs: the same files, flags and variables, at other places.
 *
 * Compose itself is not run here.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { REPOSITORY } from '../../../tools/stack/cache';
import { COLLECTOR_FILES } from '../../../tools/stack/collector';
import { alertmanagerFlags, prometheusFlags } from '../../../tools/stack/flags';
import { COLLECTOR_VERSION } from '../../../tools/stack/go';
import { TARGET_PORTS } from '../../../tools/stack/prometheus';
import { STANDARD_PORTS } from '../../../tools/stack/stack';

interface Service {
  image: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const text = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const compose = parse(text('docker-compose.yaml')) as Compose;
const services = Object.entries(compose.services);

function service(name: string): Service {
  const found = compose.services[name];
  assert.ok(found, name);
  return found;
}

/** `./host:/container:ro` */
const mounts = ({ volumes = [] }: Service): { source: string; target: string; mode: string | undefined }[] =>
  volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source, target, mode };
  });

/** Where a file of the repository is seen from inside a service. */
function seenAs(name: string, path: string): string | undefined {
  const mount = mounts(service(name)).find(({ source }) => `./${path}`.startsWith(source));
  return mount && mount.target + `./${path}`.slice(mount.source.length);
}

test('the services are these', () => {
  assert.deepEqual(Object.keys(compose.services).toSorted(), [
    'alertmanager',
    'collector',
    'collector-data-owner',
    'collector-health',
    'grafana',
    'jaeger',
    'prometheus',
  ]);
});

test('what is mounted is there and read-only, and every named volume is declared and used', () => {
  const named = new Set<string>();
  let files = 0;
  for (const [name, definition] of services) {
    for (const { source, target, mode } of mounts(definition)) {
      if (source.startsWith('./')) {
        files += 1;
        assert.ok(existsSync(join(REPOSITORY, source)), `${name} mounts ${source}, which is not there`);
        assert.equal(mode, 'ro', `${name} could write to ${source}`);
      } else {
        assert.ok(Object.hasOwn(compose.volumes, source), `${name} uses the volume ${source}`);
        named.add(source);
        assert.match(target, /^\//);
      }
    }
  }
  assert.ok(files >= 8);
  assert.deepEqual([...named].toSorted(), Object.keys(compose.volumes).toSorted());
});

test('every port is published on 127.0.0.1 only, and is the standard one', () => {
  const standard = new Set([
    STANDARD_PORTS.prometheus,
    STANDARD_PORTS.alertmanager,
    ...Object.values(STANDARD_PORTS.collector),
    ...Object.values(STANDARD_PORTS.jaeger),
    3000,
  ]);
  const published = services.flatMap(([, { ports = [] }]) => ports);
  assert.deepEqual(published.toSorted(), [
    '127.0.0.1:13133:13133',
    '127.0.0.1:16686:16686',
    '127.0.0.1:3000:3000',
    '127.0.0.1:4317:4317',
    '127.0.0.1:4318:4318',
    '127.0.0.1:9090:9090',
    '127.0.0.1:9093:9093',
  ]);
  for (const port of published) {
    const [, outside, inside] = port.split(':').map(Number);
    assert.equal(outside, inside);
    assert.ok(standard.has(outside ?? 0), port);
  }
});

test('every image has an exact version, those of the tests where there are any', () => {
  for (const [name, { image }] of services) assert.match(image, /^[\w.-]+\/[\w.-]+:v?\d+\.\d+\.\d+$/, name);
  assert.equal(service('collector').image, `otel/opentelemetry-collector-contrib:${COLLECTOR_VERSION}`);
  const prometheus = 'prom/prometheus:v3.15.0';
  for (const name of ['prometheus', 'collector-health', 'collector-data-owner']) {
    assert.equal(service(name).image, prometheus);
  }
  assert.match(text('tools/stack/go/prometheus/go.mod'), /github\.com\/prometheus\/prometheus v0\.315\.0 /);
  assert.equal(service('jaeger').image, 'jaegertracing/jaeger:2.13.0');
  // The module's version line and the program's go together: 1.76 holds 2.13.
  assert.match(text('tools/stack/go/jaeger/go.mod'), /github\.com\/jaegertracing\/jaeger v1\.76\.0 /);
});

test('flags are those of the stack script but for addresses and paths', () => {
  assert.deepEqual(
    service('prometheus').command,
    prometheusFlags(
      { config: '/etc/prometheus/prometheus.yaml', data: '/prometheus', listen: '0.0.0.0:9090' },
      true,
    ),
  );
  assert.deepEqual(
    service('alertmanager').command,
    alertmanagerFlags({
      config: '/etc/alertmanager/alertmanager.yaml',
      data: '/alertmanager',
      listen: '0.0.0.0:9093',
    }),
  );
  assert.deepEqual(
    service('collector').command,
    COLLECTOR_FILES.map((file) => `--config=${seenAs('collector', `collector-config/${file}`)}`),
  );
  assert.deepEqual(service('jaeger').command, [
    `--config=${seenAs('jaeger', 'collector-config/jaeger/jaeger.yaml')}`,
  ]);
});

test('the configuration of Prometheus and Alertmanager lies where its flags and its own relative paths look', () => {
  const prometheus = 'collector-config/prometheus';
  assert.equal(seenAs('prometheus', `${prometheus}/prometheus.yaml`), '/etc/prometheus/prometheus.yaml');
  assert.equal(seenAs('prometheus', `${prometheus}/rules/`), '/etc/prometheus/rules/');
  assert.equal(seenAs('prometheus', `${prometheus}/targets-compose/`), '/etc/prometheus/targets/');
  const alertmanager = 'collector-config/alertmanager';
  assert.equal(
    seenAs('alertmanager', `${alertmanager}/alertmanager.yaml`),
    '/etc/alertmanager/alertmanager.yaml',
  );
  assert.equal(seenAs('alertmanager', `${alertmanager}/templates/`), '/etc/alertmanager/templates/');
});

test('a variable that is set is one that the configuration reads', () => {
  const read = {
    collector: COLLECTOR_FILES.map((file) => text(`collector-config/${file}`)).join('\n'),
    jaeger: text('collector-config/jaeger/jaeger.yaml'),
    grafana: filesBelow('grafana/provisioning').map(text).join('\n'),
  };
  for (const [name, configuration] of Object.entries(read)) {
    const set = Object.keys(service(name).environment ?? {}).filter((key) => key.startsWith('MCP_'));
    assert.notEqual(set.length, 0, name);
    for (const key of set)
      assert.match(configuration, new RegExp(String.raw`\$(\{env:|\{)?${key}\b`), `${name}: ${key}`);
  }
  // Else only the container itself could reach it.
  for (const name of ['collector', 'jaeger']) {
    assert.equal(service(name).environment?.['MCP_BIND_HOST'], '0.0.0.0', name);
  }
  assert.equal(service('collector').environment?.['GOMEMLIMIT'], '410MiB');
  assert.match(read.collector, /MCP_MEMORY_LIMIT_MIB:-512/);
});

function filesBelow(folder: string): string[] {
  return readdirSync(join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => /\.ya?ml$/.test(name));
}

test('Grafana looks for dashboards where they are mounted', () => {
  const providers = filesBelow('grafana/provisioning/dashboards').map(text).join('\n');
  const [, path] = /^\s*path: *(\S+)/m.exec(providers) ?? [];
  assert.equal(path, seenAs('grafana', 'grafana/dashboards'));
});

test('one service finds the other by its name and the port that it listens on', () => {
  const url = /^http:\/\/([\w.-]+):(\d+)/;
  const ports: Record<string, readonly number[]> = {
    collector: Object.values(STANDARD_PORTS.collector),
    jaeger: Object.values(STANDARD_PORTS.jaeger),
    prometheus: [STANDARD_PORTS.prometheus],
    alertmanager: [STANDARD_PORTS.alertmanager],
    '127.0.0.1': [],
  };
  for (const [name, { environment = {}, healthcheck }] of services) {
    for (const value of [...Object.values(environment), ...(healthcheck?.test ?? [])]) {
      const [, host = '', port = ''] = url.exec(value) ?? [];
      if (host === '') continue;
      const expected = host === '127.0.0.1' && name !== 'grafana' ? ports[name] : (ports[host] ?? []);
      if (name === 'grafana' && host === '127.0.0.1') assert.equal(port, '3000');
      else assert.ok(expected?.includes(Number(port)), `${name}: ${value}`);
    }
  }
});

test('every service that stays has a health check, the Collector one beside it', () => {
  for (const [name, { healthcheck }] of services) {
    // The image of the Collector holds no other program.
    if (name === 'collector' || name === 'collector-data-owner') assert.equal(healthcheck, undefined);
    else assert.deepEqual(healthcheck?.test.slice(0, 2), ['CMD', 'wget'], name);
  }
  assert.ok(service('collector-health').healthcheck?.test.includes('http://collector:13133/'));
});

interface TargetGroup {
  targets: string[];
  labels?: Record<string, string>;
}

test('the targets of compose are those of Prometheus at other hosts', () => {
  const folder = 'collector-config/prometheus';
  const names = readdirSync(join(REPOSITORY, folder, 'targets')).toSorted();
  assert.deepEqual(readdirSync(join(REPOSITORY, folder, 'targets-compose')).toSorted(), names);
  for (const name of names) {
    const here = parse(text(`${folder}/targets/${name}`)) as TargetGroup[];
    const there = parse(text(`${folder}/targets-compose/${name}`)) as TargetGroup[];
    if (name === 'agents.yaml') {
      // Agents send to the Collector: one that is listed and not there would be an alert.
      assert.deepEqual([here, there], [[], []]);
      continue;
    }
    const shape = (groups: TargetGroup[]): unknown =>
      groups.map(({ targets, labels }) => [targets.map((target) => target.split(':')[1]), labels]);
    assert.deepEqual(shape(there), shape(here), name);
    for (const target of there.flatMap(({ targets }) => targets)) {
      const [host = '', port] = target.split(':');
      assert.ok(Object.hasOwn(compose.services, host), `${name}: ${host}`);
      assert.ok((Object.values(TARGET_PORTS) as number[]).includes(Number(port)), `${name}: ${port}`);
    }
  }
});

test('the lines for the host, taken in, mount what they name and set what it reads', () => {
  const taken = text('docker-compose.yaml').replaceAll(
    /^( +)# ((?:- --config=|MCP_HOST_ROOT|- \S+:\/(?:etc\/otelcol|hostfs)).*)$/gm,
    '$1$2',
  );
  const { collector } = (parse(taken) as Compose).services;
  assert.ok(collector);
  const { command = [], environment = {} } = collector;
  const files = mounts(collector).map(({ target }) => target);
  for (const flag of command) assert.ok(files.includes(flag.replace('--config=', '')), flag);
  assert.equal(command.at(-1), '--config=/etc/otelcol/collector-hostmetrics.yaml');
  const root = mounts(collector).find(({ source }) => source === '/');
  assert.equal(root?.target, environment['MCP_HOST_ROOT']);
  assert.match(root?.mode ?? '', /^ro,/);
  for (const { source } of mounts(collector)) {
    if (source.startsWith('./')) assert.ok(existsSync(join(REPOSITORY, source)), source);
  }
});
