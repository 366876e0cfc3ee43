/**
 * The whole stack with two agents in it that do everything an agent can do, guards, monitor and audit log included: one is scraped
 * by Prometheus itself, one sends by OTLP to the Collector. Previews are drawn from it, and every query is tried on it.
 */
import { copyFileSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { REPOSITORY } from '../stack/cache';
import { COLLECTOR_FILES } from '../stack/collector';
import { freePort } from '../stack/ports';
import type { PrometheusVersion } from '../stack/programs';
import { runtimeFolder, Server } from '../stack/server';
import { startStack, type Stack } from '../stack/stack';

const PROGRAMS = join(REPOSITORY, 'tools/preview/programs');
const READY_MS = 90_000;

/** Who is scraped has the scrape job's name as `job`, who sends to the Collector its service's. */
export const AGENTS = { scraped: 'support-agent', sending: 'research-agent' } as const;
export const JOBS = { scraped: 'mcp-agents', sending: AGENTS.sending } as const;

export interface SessionOptions {
  prometheus?: PrometheusVersion;
  /** Of scrapes, exports and rules. Default 1 s. */
  interval?: `${number}s`;
  /** Milliseconds between the wishes of an agent's users; without it each kind of wish occurs once. */
  pace?: number;
  /** How long an incident lasts, in seconds. Default 60. */
  incident?: number;
}

export class Session {
  constructor(
    readonly stack: Stack,
    readonly agents: readonly Server[],
    readonly folder: string,
  ) {}

  /** Slow tools and a curious user for a while, and a crowd of visitors. */
  incident(): void {
    for (const agent of this.agents) agent.signal('SIGUSR2');
  }

  /** Puts a changed policy into force in one agent: the rule that is on trial is enforced. */
  changePolicy(): void {
    const file = policyOf(this.folder, AGENTS.scraped);
    const changed = readFileSync(file, 'utf8').replace(
      'reason: environment_denied, mode: observe',
      'reason: environment_denied',
    );
    replace(file, changed);
  }

  /** A policy that cannot be put into force; a second call takes it back. */
  breakPolicy(): void {
    const file = policyOf(this.folder, AGENTS.sending);
    const text = readFileSync(file, 'utf8');
    const broken = text.replace('mode: enforce', 'mode: enforced');
    replace(file, broken === text ? text.replace('mode: enforced', 'mode: enforce') : broken);
  }

  async stop(): Promise<void> {
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await this.stack.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

const policyOf = (folder: string, agent: string): string => join(folder, agent, 'policy.yaml');

/** @throws Missing when a program of the stack cannot be had */
export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const { interval = '1s' } = options;
  const port = await freePort();
  const versions = options.prometheus === undefined ? {} : { prometheus: options.prometheus };
  const stack = await startStack({
    ...versions,
    interval,
    agents: [`127.0.0.1:${port}`],
    collector: [...COLLECTOR_FILES, 'collector-hostmetrics.yaml'],
    // Traces are whole within milliseconds here.
    env: { MCP_DECISION_WAIT: '2s', MCP_HOST_METRICS_INTERVAL: interval },
  });
  const folder = runtimeFolder('session');
  const page = {
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
  };
  const toCollector = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_METRIC_EXPORT_INTERVAL: String(Number.parseInt(interval, 10) * 1000),
    // Without it nothing is a log record.
    OTEL_MCP_EVENTS: 'logs/dup',
  };
  const agents = [
    await startAgent(folder, AGENTS.scraped, stack, page, options),
    await startAgent(folder, AGENTS.sending, stack, toCollector, options),
  ];
  const session = new Session(stack, agents, folder);
  try {
    await Promise.all(
      agents.map((agent) => agent.eventually('says ready', () => agent.log.includes('ready'), READY_MS)),
    );
    return session;
  } catch (error) {
    await session.stop();
    throw error;
  }
}

async function startAgent(
  sessionFolder: string,
  name: string,
  stack: Stack,
  metrics: Readonly<Record<string, string>>,
  { pace, incident }: SessionOptions,
): Promise<Server> {
  const folder = join(sessionFolder, name);
  mkdirSync(join(folder, 'notes'), { recursive: true });
  writeFileSync(join(folder, 'notes/today.md'), '- call Lisbon\n');
  const policy = policyOf(sessionFolder, name);
  copyFileSync(join(PROGRAMS, 'policy.yaml'), policy);
  chmodSync(policy, 0o600);
  const inherited = Object.entries(process.env).filter(([key]) => !/^(OTEL_|MCP_|NODE_OPTIONS$)/.test(key));
  const env = {
    ...Object.fromEntries(inherited),
    ...metrics,
    OTEL_SERVICE_NAME: name,
    OTEL_EXPORTER_OTLP_ENDPOINT: stack.collector.otlpUrl,
    MCP_AGENT_NAME: name,
    MCP_GUARD_POLICY: policy,
    OTEL_MCP_HOST_METRICS: 'on',
    CRM_PORT: String(await freePort()),
    NOTES_FOLDER: join(folder, 'notes'),
    AUDIT_FOLDER: join(folder, 'audit'),
  };
  const program = ['--require', join(REPOSITORY, 'build/src/register.js'), join(PROGRAMS, 'busy-agent.mjs')];
  const told = { seed: name === AGENTS.scraped ? 1 : 2, pace, incident };
  const args = Object.entries(told).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key}=${value}`],
  );
  return new Server({
    title: name,
    binary: process.execPath,
    args: [...program, ...args],
    env,
    cwd: folder,
    folder,
  });
}
