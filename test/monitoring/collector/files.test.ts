/** Every shipped Collector file: what its header promises, and that the real programs accept it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { run } from '../../../tools/stack/cache';
import { COLLECTOR_FOLDER, validateCollector } from '../../../tools/stack/collector';
import { program } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import {
  ADDITIONS,
  commandsIn,
  endpointsIn,
  JAEGER_FILE,
  shipped,
  typesIn,
  typesInHeader,
  variablesIn,
  VARIANTS,
  type Section,
} from './support/shipped';

const COLLECTOR_FILES = ['redaction.yaml', ...VARIANTS, ...ADDITIONS];
/** Where data goes, not where it comes in. */
const OUTGOING = /^\/(?:exporters\/otlp_http|extensions\/jaeger_storage\/)/;

for (const name of [...COLLECTOR_FILES, JAEGER_FILE]) {
  const { header, config, text } = shipped(name);

  void test(`${name} lists the components that it needs, and states its version`, () => {
    assert.deepEqual(typesInHeader(header), typesIn(config));
    const version =
      name === JAEGER_FILE
        ? /^Minimum version: 2\.13 /
        : /^Minimum version: 0\.158\.0\. {2}Distribution: otelcol-contrib\.$/m;
    assert.match(header, name === JAEGER_FILE ? new RegExp(version.source, 'm') : version);
  });

  void test(`${name} declares nothing that it does not use`, () => {
    const { service } = config;
    // The fragment has no pipelines; those of the variants use it.
    if (service === undefined) return;
    const used = JSON.stringify(service) + JSON.stringify(config.extensions);
    for (const section of ['receivers', 'processors', 'connectors', 'exporters', 'extensions'] as const) {
      for (const id of Object.keys(config[section] ?? {})) {
        // Exporters that MCP_LOG_EXPORTERS and the like switch on.
        const isChoice = id.startsWith('otlp_http/') && header.includes(id);
        assert.ok(isChoice || used.includes(id.split('/')[0] ?? id), `${id} is in no pipeline`);
      }
    }
  });

  void test(`${name} explains every variable that it reads, or says where it is explained`, () => {
    const inherited = /those of collector\.yaml|see collector\.yaml/.test(header)
      ? shipped('collector.yaml').header
      : '';
    const explained = header + inherited + shipped('redaction.yaml').header;
    const silent = variablesIn(text).filter((variable) => !explained.includes(variable));
    assert.deepEqual(silent, []);
  });

  void test(`${name} opens ports on MCP_BIND_HOST only, which is loopback unless set`, () => {
    const incoming = endpointsIn(config).filter(({ where }) => !OUTGOING.test(where));
    const elsewhere = incoming.filter(
      ({ endpoint }) => !endpoint.startsWith('${env:MCP_BIND_HOST:-127.0.0.1}'),
    );
    assert.deepEqual(elsewhere, []);
    assert.doesNotMatch(text, /0\.0\.0\.0/);
  });
}

void test('the two files that sample do it alike, and count spans alike', () => {
  const [one, gateway] = [shipped('collector.yaml').config, shipped('collector-gateway.yaml').config];
  const part = (section: Section | undefined, name: string): unknown => section?.[name];
  assert.deepEqual(part(gateway.processors, 'tail_sampling'), part(one.processors, 'tail_sampling'));
  assert.deepEqual(part(gateway.connectors, 'span_metrics'), part(one.connectors, 'span_metrics'));
  const agent = shipped('collector-gateway-agent.yaml').config;
  assert.deepEqual(part(agent.processors, 'transform/instance'), part(one.processors, 'transform/instance'));
  for (const file of VARIANTS) {
    const { config } = shipped(file);
    if (file !== 'collector-audit.yaml')
      assert.deepEqual(part(config.receivers, 'otlp'), part(one.receivers, 'otlp'));
    assert.deepEqual(part(config.processors, 'memory_limiter'), part(one.processors, 'memory_limiter'));
    assert.deepEqual(part(config.extensions, 'health_check'), part(one.extensions, 'health_check'));
  }
});

void test('memory is limited before anything else is done, and everything from agents is redacted', () => {
  for (const file of [...VARIANTS, ...ADDITIONS]) {
    const pipelines = shipped(file).config.service?.pipelines ?? {};
    for (const [name, { processors = [], ...rest }] of Object.entries(pipelines)) {
      const { receivers = [] } = rest as { receivers?: readonly string[] };
      if (receivers.some((id) => /^(?:otlp$|file_log|host_metrics)/.test(id))) {
        assert.equal(processors[0], 'memory_limiter', `${file} ${name}`);
      }
      if (!receivers.includes('otlp')) continue;
      assert.ok(processors.includes('redaction'), `${file} ${name}`);
      if (name === 'metrics') continue;
      assert.equal(
        processors[processors.indexOf('redaction') - 1],
        'transform/before_redaction',
        `${file} ${name}`,
      );
      if (name === 'traces')
        assert.equal(
          processors.at(processors.indexOf('redaction') + 1),
          'transform/after_redaction',
          `${file} ${name}`,
        );
    }
  }
});

void test('the built Collector has every component, and accepts every command of every header', async (context) => {
  const otelcol = await component(context, () => program('otelcol'));
  if (otelcol === undefined) return;
  const { stdout } = await run(otelcol, ['components']);
  const built = new Set([...stdout.matchAll(/^ {4}- name: (\S+)$/gm)].map(([, type]) => type));
  let commands = 0;
  for (const name of COLLECTOR_FILES) {
    const { header, config } = shipped(name);
    assert.deepEqual(
      typesIn(config).filter((type) => !built.has(type)),
      [],
      name,
    );
    for (const flags of commandsIn(header, 'otelcol-contrib')) {
      commands += 1;
      const files = flags.filter((flag) => flag.endsWith('.yaml'));
      assert.ok(
        files.includes(name) && files.every((file) => existsSync(join(COLLECTOR_FOLDER, file))),
        flags.join(' '),
      );
      const said: { stdout: string; stderr: string } = await run(otelcol, ['validate', ...flags], {
        cwd: COLLECTOR_FOLDER,
      });
      assert.equal(said.stdout + said.stderr, '', flags.join(' '));
    }
  }
  assert.ok(commands >= 8, `${commands} commands in the headers`);
});

void test('the built Collector has no component that no shipped file names', async (context) => {
  const otelcol = await component(context, () => program('otelcol'));
  if (otelcol === undefined) return;
  const { stdout } = await run(otelcol, ['components']);
  const built = [...stdout.matchAll(/^ {4}- name: (\S+)$/gm)].map(([, type = '']) => type);
  const named = new Set(COLLECTOR_FILES.flatMap((name) => typesIn(shipped(name).config)));
  const providers = ['env', 'file', 'yaml'];
  assert.deepEqual(
    built.filter((type) => !named.has(type) && !providers.includes(type)),
    [],
  );
});

void test('without redaction.yaml no variant that takes telemetry starts', async (context) => {
  const otelcol = await component(context, () => program('otelcol'));
  if (otelcol === undefined) return;
  for (const name of VARIANTS.filter((variant) => variant !== 'collector-audit.yaml')) {
    await assert.rejects(
      validateCollector({ config: name }),
      /references processor "(?:transform\/before_)?redaction"/,
      name,
    );
  }
});

void test('what goes on top of another file does not start alone', async (context) => {
  if ((await component(context, () => program('otelcol'))) === undefined) return;
  for (const name of ADDITIONS) {
    await assert.rejects(validateCollector({ config: name }), /no exporter configuration/, name);
  }
});

void test('the other ways that collector-gateway-agent.yaml names are accepted too', async (context) => {
  if ((await component(context, () => program('otelcol'))) === undefined) return;
  const { text } = shipped('collector-gateway-agent.yaml');
  const withoutStatic = text.replace(/^ {6}static:\n.*\n/m, '');
  const byName = withoutStatic.replaceAll(/^( {6})# (dns:|  hostname|  port|  interval)/gm, '$1$2');
  assert.match(byName, /^ {6}dns:\n {8}hostname: .*\n {8}port: .*\n {8}interval: /m);
  await validateCollector({ config: ['redaction.yaml', byName] });
  const env = { MCP_GATEWAY_INSECURE: 'false', MCP_GATEWAYS: '[gateway-1.example:4317]' };
  await validateCollector({ config: ['redaction.yaml', 'collector-gateway-agent.yaml'], env });
});

void test('the built Jaeger has every component of its file, and accepts it', async (context) => {
  const jaeger = await component(context, () => program('jaeger'));
  if (jaeger === undefined) return;
  const { header, config } = shipped(JAEGER_FILE);
  const { stdout } = await run(jaeger, ['components']);
  const built = new Set([...stdout.matchAll(/^ {4}- name: (\S+)$/gm)].map(([, type]) => type));
  assert.deepEqual(
    typesIn(config).filter((type) => !built.has(type)),
    [],
  );
  const [flags = []] = commandsIn(header, 'jaeger');
  assert.ok(flags.includes('jaeger.yaml'));
  await run(jaeger, ['validate', ...flags], { cwd: join(COLLECTOR_FOLDER, 'jaeger') });
});
