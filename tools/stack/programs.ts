/** THE table of programs that the stack consists of, and where each comes from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './cache';
import { relocate, unpackDebianPackages } from './debian';
import { buildCollector, buildTools, type GoProgram } from './go';
import { Missing } from './missing';

export type PrometheusVersion = '2.42' | '3.15';
/** The oldest that is supported, and the newest that can be built. */
export const PROMETHEUS_VERSIONS: readonly PrometheusVersion[] = ['2.42', '3.15'];

interface Source {
  /** Names a program to take instead. */
  readonly variable: string;
  /** Names on the PATH that are taken when they say this version. */
  readonly installed?: { readonly names: readonly string[]; readonly version: string };
  provide(otherwise: string): Promise<string>;
}

async function debianPrometheus(name: 'prometheus' | 'promtool', otherwise: string): Promise<string> {
  const folder = await unpackDebianPackages('prometheus/2.42.0', ['prometheus'], '2.42.0', otherwise);
  return join(folder, 'usr/bin', name);
}

/** Where Debian's Alertmanager looks for the templates without which it does not start. */
const ALERTMANAGER_DATA = '/usr/share/prometheus/alertmanager';

async function debianAlertmanager(name: string, otherwise: string): Promise<string> {
  const packages = ['prometheus-alertmanager'] as const;
  const folder = await unpackDebianPackages(
    'alertmanager/0.25.0',
    packages,
    '0.25.0',
    otherwise,
    (unpacked) =>
      // The program is started in that folder of the package: see alertmanager.ts.
      relocate(join(unpacked, 'usr/bin/prometheus-alertmanager'), ALERTMANAGER_DATA, '.'),
  );
  return join(folder, 'usr/bin', name);
}

const PROMETHEUS_3: GoProgram = {
  module: 'prometheus',
  version: '3.15.0',
  packages: {
    prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
    promtool: 'github.com/prometheus/prometheus/cmd/promtool',
  },
  versionVariable: 'github.com/prometheus/common/version.Version',
};

/** The module of 1.76.0 holds 2.13.0 too; later ones cannot be had as modules. */
const JAEGER: GoProgram = {
  module: 'jaeger',
  version: '2.13.0',
  packages: { jaeger: 'github.com/jaegertracing/jaeger/cmd/jaeger' },
  versionVariable: 'github.com/jaegertracing/jaeger/internal/version.latestVersion',
};

export const PROGRAMS = {
  'prometheus-2.42': {
    variable: 'PROMETHEUS_BINARY',
    installed: { names: ['prometheus'], version: '2.42.0' },
    provide: (otherwise) => debianPrometheus('prometheus', otherwise),
  },
  'promtool-2.42': {
    variable: 'PROMTOOL_BINARY',
    installed: { names: ['promtool'], version: '2.42.0' },
    provide: (otherwise) => debianPrometheus('promtool', otherwise),
  },
  'prometheus-3.15': {
    variable: 'PROMETHEUS_3_BINARY',
    installed: { names: ['prometheus'], version: '3.15.0' },
    provide: async () => join(await buildTools(PROMETHEUS_3), 'prometheus'),
  },
  'promtool-3.15': {
    variable: 'PROMTOOL_3_BINARY',
    installed: { names: ['promtool'], version: '3.15.0' },
    provide: async () => join(await buildTools(PROMETHEUS_3), 'promtool'),
  },
  alertmanager: {
    variable: 'ALERTMANAGER_BINARY',
    installed: { names: ['prometheus-alertmanager', 'alertmanager'], version: '0.25.0' },
    provide: (otherwise) => debianAlertmanager('prometheus-alertmanager', otherwise),
  },
  amtool: {
    variable: 'AMTOOL_BINARY',
    installed: { names: ['amtool'], version: '0.25.0' },
    provide: (otherwise) => debianAlertmanager('amtool', otherwise),
  },
  otelcol: {
    variable: 'OTELCOL_BINARY',
    installed: { names: ['otelcol-contrib'], version: '0.158.0' },
    provide: async () => join(await buildCollector(), 'otelcol'),
  },
  jaeger: {
    variable: 'JAEGER_BINARY',
    provide: async () => join(await buildTools(JAEGER), 'jaeger'),
  },
} as const satisfies Record<string, Source>;

export type ProgramName = 'prometheus' | 'promtool' | 'alertmanager' | 'amtool' | 'otelcol' | 'jaeger';

/**
 * Path of a program; fetched or built, which may take minutes, when it is not there.
 *
 * @param version - of `prometheus` and `promtool`, default 2.42
 * @throws Missing with the remedy
 */
export async function program(name: ProgramName, version: PrometheusVersion = '2.42'): Promise<string> {
  const key = name === 'prometheus' || name === 'promtool' ? (`${name}-${version}` as const) : name;
  return find(PROGRAMS[key]);
}

async function find(source: Source): Promise<string> {
  const given = process.env[source.variable];
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new Missing(`${source.variable} names ${given}, which is not there`);
    return given;
  }
  const { names, version } = source.installed ?? { names: [], version: '' };
  for (const name of names) if ((await versionOf(name))?.includes(version) === true) return name;
  return source.provide(`not installed, ${source.variable} is not set`);
}

/** What it prints for `--version`; some programs of earlier years print it on stderr. */
export async function versionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(binary, ['--version']);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}
