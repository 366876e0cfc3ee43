/** A real Alertmanager with a data folder of its own. */
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';

import { REPOSITORY } from './cache';
import { alertmanagerFlags } from './flags';
import { onFreePorts } from './ports';
import { program } from './programs';
import { json, runtimeFolder, Server, whenHealthy, type Launch } from './server';

export const ALERTMANAGER_FOLDER = join(REPOSITORY, 'collector-config/alertmanager');

export interface AlertmanagerOptions {
  /** Default: a free one. */
  port?: number;
  /** The configuration: text, or what is written as JSON (which is YAML). Default: the shipped one. */
  config?: string | object;
  /** Further files beside the configuration, by name. */
  files?: Readonly<Record<string, string>>;
  args?: readonly string[];
}

export interface AlertmanagerAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  receivers: { name: string }[];
  status: { state: 'unprocessed' | 'active' | 'suppressed'; inhibitedBy: string[]; silencedBy: string[] };
  startsAt: string;
  endsAt: string;
}

/** Throws {@link Missing} when the program cannot be had. */
export async function startAlertmanager(options: AlertmanagerOptions = {}): Promise<Alertmanager> {
  const binary = await program('alertmanager');
  return onFreePorts(['web'], options.port === undefined ? {} : { web: options.port }, async ({ web }) => {
    const folder = runtimeFolder('alertmanager');
    const listen = `127.0.0.1:${web}`;
    const config = await writeConfiguration(join(folder, 'config'), options);
    const args = [
      ...alertmanagerFlags({ config, data: join(folder, 'data'), listen }),
      ...(options.args ?? []),
    ];
    const launch = { title: 'Alertmanager', binary, args, folder, cwd: dataOf(binary) ?? folder };
    const alertmanager = new Alertmanager(launch, listen);
    return whenHealthy(alertmanager, () => alertmanager.healthy(`${alertmanager.url}/-/ready`));
  });
}

/** The unpacked package's templates, which the program looks for in the folder that it is started in: see programs.ts. */
function dataOf(binary: string): string | undefined {
  const folder = join(dirname(binary), '../share/prometheus/alertmanager');
  return isAbsolute(binary) && existsSync(folder) ? folder : undefined;
}

async function writeConfiguration(
  folder: string,
  { config, files = {} }: AlertmanagerOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'alertmanager.yaml');
  if (config === undefined) await cp(ALERTMANAGER_FOLDER, folder, { recursive: true });
  else await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return file;
}

export class Alertmanager extends Server {
  readonly url: string;
  /** What a Prometheus lists among its targets. */
  readonly address: string;

  constructor(launch: Launch, listen: string) {
    super(launch);
    this.address = listen;
    this.url = `http://${listen}`;
  }

  /** Those that it holds; `filter` such as `severity="high"`. */
  alerts(...filter: readonly string[]): Promise<AlertmanagerAlert[]> {
    const search = new URLSearchParams(
      filter.map((matcher): [string, string] => ['filter', matcher]),
    ).toString();
    return json(`${this.url}/api/v2/alerts?${search}`);
  }

  /** Hands alerts in, as a Prometheus does. */
  async post(
    alerts: readonly { labels: Record<string, string>; annotations?: Record<string, string> }[],
  ): Promise<void> {
    const answer = await fetch(`${this.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    });
    if (!answer.ok) throw new Error(`alerts: ${answer.status} ${await answer.text()}`);
  }
}
