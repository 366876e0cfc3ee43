/** Runs the agent, and asks everything that it depends on. */
import { realpathSync } from 'node:fs';

import { saidDuring } from '../../core/diagnostics';
import { parseAddress } from '../../http/address';
import type { Environment } from '../../telemetry/own-sdk/configuration';
import { parseUrl } from '../../core/parse-url';
import { describeEnvironment, type EnvironmentReport } from '../commands/env-report';
import { readCommand, type CommandLine } from './command-line';
import { askDestinations, askUrls, isTaken } from './endpoints';
import type { Evidence, SdkCopy, Port } from './evidence';
import { isOlder, OLDEST_PROBED } from './node-version';
import { packageOf } from './preload-words';
import { runAgent, type AgentRun, type RunOptions } from './run-agent';
import type { Snapshot } from './snapshot';

/** What the user asks for. */
type Trial = Omit<RunOptions, 'addPreload' | 'hasPermissions' | 'needsShell'>;

/** @throws NodeJS.ErrnoException when the command cannot be started */
export async function gather(options: Trial): Promise<Evidence> {
  const { words, seconds } = options;
  const before = portsOf(read(process.env).exports, process.env);
  const states = await Promise.all(
    before.map(async (port) => ({ port, taken: await isTaken(port.host, port.port) })),
  );
  const command = words.length === 0 ? undefined : readCommand(words, process.env);
  const run = command && (await tried(command, options));
  const agent = run && agentOf(run);
  const environment: Environment = agent?.environment ?? process.env;
  const { exports, warnings } = read(environment);
  // What an SDK of the agent's own does is not said by these variables.
  const isOurs = agent?.provider === undefined || agent.provider === 'own';
  return {
    command,
    run,
    agent,
    copies: agent === undefined ? [] : copiesOf(agent),
    environment,
    cwd: agent?.cwd ?? process.cwd(),
    exports,
    warnings,
    endpoints: await (isOurs ? askDestinations(exports, environment) : askUrls(urlsOf(agent))),
    takenPorts: states.filter(({ taken }) => taken === true).map(({ port }) => port),
    ports: portsOf(exports, environment),
    seconds,
  };
}

/** Of an SDK of the agent's own. */
function urlsOf(agent: Snapshot | undefined): Parameters<typeof askUrls>[0] {
  if (agent?.provider !== 'agent') return { traces: [], metrics: [] };
  return { traces: agent.traces?.urls ?? [], metrics: agent.metrics?.urls ?? [] };
}

async function tried(command: CommandLine, options: Trial): Promise<AgentRun | undefined> {
  const { version, runtime, preload, hasPermissions, needsShell } = command;
  // The probe itself would stop it.
  if (version !== undefined && isOlder(version, OLDEST_PROBED)) return undefined;
  const isPreloaded = preload === 'flag' || preload === 'NODE_OPTIONS';
  const mayNeedIt = runtime === 'node' || runtime === 'launcher';
  return runAgent({ ...options, addPreload: mayNeedIt && !isPreloaded, hasPermissions, needsShell });
}

/** Runners whose own process is not the agent's. */
const LAUNCHER =
  /[\\/](?:npm|npx|pnpm|pnpx|yarn|corepack|tsx)(?:[\\/](?:bin|dist)[\\/][\w.-]+|(?:-cli)?\.[cm]?js)?$/;

/** The one that uses MCP as a client, else the one that was started. */
function agentOf({ pid, snapshots }: AgentRun): Snapshot | undefined {
  const order = (a: Snapshot, b: Snapshot): number =>
    rank(a) - rank(b) ||
    Number(b.pid === pid) - Number(a.pid === pid) ||
    a.pid - b.pid ||
    a.thread - b.thread;
  let first: Snapshot | undefined;
  for (const one of snapshots) if (first === undefined || order(one, first) < 0) first = one;
  return first;
}

function rank({ sessions, isInUse, script }: Snapshot): number {
  if (sessions.some(({ role }) => role === 'client')) return 0;
  if (isInUse) return 1;
  return LAUNCHER.test(script ?? '') ? 3 : 2;
}

function copiesOf({ sdkFiles }: Snapshot): SdkCopy[] {
  const copies = new Map<string, { owner: SdkCopy['owner']; via: SdkCopy['via']; files: string[] }>();
  for (const { file, via } of sdkFiles) {
    const path = realPath(file);
    const owner = packageOf(path);
    const key = via === 'bundle' ? path : (owner?.folder ?? path);
    const known = copies.get(key);
    if (known === undefined) copies.set(key, { owner, via, files: [path] });
    else known.files.push(path);
  }
  return [...copies.values()];
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const OURS = /^(?:OTEL_|MCP_|CONTEXT_)/;

/** What the variables mean, read as the agent reads its own. */
function read(environment: Environment): Pick<Evidence, 'exports' | 'warnings'> {
  const kept = { ...process.env };
  const wanted = { ...environment };
  const warnings: string[] = [];
  try {
    useVariables(wanted);
    const exports = saidDuring(describeEnvironment, (text) => warnings.push(text));
    return { exports, warnings };
  } finally {
    useVariables(kept);
  }
}

function useVariables(variables: Environment): void {
  for (const name of Object.keys(process.env)) if (OURS.test(name)) delete process.env[name];
  for (const [name, value] of Object.entries(variables)) {
    if (OURS.test(name) && value !== undefined) process.env[name] = value;
  }
}

/** Ports that a process of ours listens on. */
function portsOf({ metrics }: EnvironmentReport, environment: Environment): Port[] {
  const ports: Port[] = [];
  const page = metrics.find(({ exporter }) => exporter === 'prometheus');
  const url = page && parseUrl(page.to);
  if (url !== undefined) {
    const host = url.hostname.replaceAll(/^\[|\]$/g, '');
    const port = url.port === '' ? 80 : Number(url.port);
    ports.push({ variable: 'OTEL_EXPORTER_PROMETHEUS_PORT', address: `${host}:${port}`, host, port });
  }
  const http = parseAddress(environment['OTEL_MCP_HTTP']?.trim() ?? '');
  if (http !== undefined) {
    ports.push({ variable: 'OTEL_MCP_HTTP', address: `${http.host}:${http.port}`, ...http });
  }
  return ports;
}
