/** Agents under steady load, the shipped Collector in front of a receiver that counts, and what happens to the Collector. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { SIGNALS } from '../../../../src/telemetry/signals';
import { prometheusNames } from '../../../../tools/gen/prometheus-names';
import { startCollector, sumOf, type Collector } from '../../../../tools/stack/collector';
import { REPOSITORY } from '../../../support/installs';
import type { OtlpReceiver, ReceivedSpan } from '../../../support/otlp-receiver';
import { startProgram, type ProgramResult, type RunningProgram } from '../../../support/run-program';

const SHORT_MS = 2_000;
const LONG_MS = 60_000;
export const RATE = 50;
/** Calls before, between and after the outages, in milliseconds. */
const STEADY_MS = 4_000;

const AGENTS = {
  /** Retries for as long as the exporter can: thirteen seconds. */
  standard: { OTEL_EXPORTER_OTLP_TIMEOUT: '15000' },
  overflowing: { OTEL_BSP_MAX_QUEUE_SIZE: '200', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '100' },
  untouched: undefined,
} as const;
export type Name = keyof typeof AGENTS;
export const TRACED = ['standard', 'overflowing'] as const;

export interface Call {
  readonly startedAt: number;
  readonly ms: number;
  readonly isRight: boolean;
}

interface Ended {
  readonly result: ProgramResult;
  readonly calls: readonly Call[];
}

/** Unix times. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

const inPrometheus = (name: keyof typeof SIGNALS): string => prometheusNames(SIGNALS[name]).collector;

export class Stand {
  collector: Collector | undefined;
  readonly ended = new Map<Name, Ended>();
  /** The metrics page of the Collector when everything had ended. */
  page = '';
  /** What the standard agent had lost when the short outage was over. */
  lostInShort = Number.NaN;
  outages: Outage[] = [];
  readonly storage = mkdtempSync(join(tmpdir(), 'outage-'));
  private readonly running = new Map<Name, RunningProgram>();

  constructor(readonly backend: OtlpReceiver) {}

  async run(): Promise<void> {
    for (const name of Object.keys(AGENTS) as Name[]) this.running.set(name, this.start(name));
    await this.collector?.eventually('spans of every agent arrive', () =>
      TRACED.every((name) => this.arrived(name) > RATE),
    );
    await pause(STEADY_MS);
    await this.outage(SHORT_MS);
    await this.caughtUp();
    this.lostInShort = this.lost('standard', 'traces', await this.metrics());
    await pause(STEADY_MS);
    await this.outage(LONG_MS);
    await this.caughtUp();
    await pause(STEADY_MS);
    for (const [name, program] of this.running) this.ended.set(name, await this.end(program));
    // The Collector's queue.
    await this.quiet();
    this.page = await this.metrics();
  }

  private start(name: Name): RunningProgram {
    const own = AGENTS[name];
    const env = own && {
      ...own,
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector?.otlpUrl,
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    };
    return startProgram(join(REPOSITORY, 'test/monitoring/outage/programs/steady-agent.cjs'), {
      preload: own === undefined ? 'none' : 'require',
      env: { CALLS_PER_SECOND: String(RATE), ...env },
      timeoutMs: 170_000,
    });
  }

  private async end({ child, result: ending }: RunningProgram): Promise<Ended> {
    child.stdin.write('end\n');
    const result = await ending;
    const calls = JSON.parse(result.stdout) as [number, number, boolean][];
    return { result, calls: calls.map(([startedAt, ms, isRight]) => ({ startedAt, ms, isRight })) };
  }

  private async outage(ms: number): Promise<void> {
    const { ports } = this.collector!;
    const from = Date.now();
    await this.collector?.stop();
    await pause(ms);
    this.collector = await this.startCollector(ports);
    this.outages.push({ from, to: Date.now() });
  }

  startCollector(ports: Collector['ports'] | undefined): Promise<Collector> {
    const env = { MCP_JAEGER_OTLP_ENDPOINT: this.backend.url, MCP_SAMPLING_PERCENT: '100' };
    return startCollector({ env, storage: this.storage, ...(ports === undefined ? {} : { ports }) });
  }

  /** Waits for spans that were made after the Collector was back, from each agent. */
  private async caughtUp(): Promise<void> {
    const since = Date.now();
    await this.backend.waitFor(
      ({ spans }) =>
        TRACED.every((name) =>
          spans.some((span) => span.resource['service.name'] === name && startOf(span) > since),
        ),
      40_000,
    );
  }

  /** Waits until nothing more arrives. */
  private async quiet(): Promise<void> {
    for (let before = -1; before !== this.backend.spans.length; await pause(3_000)) {
      before = this.backend.spans.length;
    }
  }

  private async metrics(): Promise<string> {
    return (await fetch(this.collector!.metricsUrl)).text();
  }

  metric(page: string, name: string, agent: Name, labels: Record<string, string> = {}): number {
    return sumOf(page, name, { job: agent, ...labels });
  }

  /** What `mcpguard.export.dropped` says. */
  lost(agent: Name, signal: 'traces' | 'metrics', page = this.page): number {
    return this.metric(page, inPrometheus('exportDropped'), agent, { signal });
  }

  /** Spans that arrived, each once. */
  arrived(agent: Name): number {
    const own = this.backend.spans.filter((span) => span.resource['service.name'] === agent);
    return new Set(own.map(({ spanId }) => spanId)).size;
  }

  /** Spans that the agent made: each is one sample of these. */
  made(agent: Name): number {
    return (['clientOperationDuration', 'serverOperationDuration'] as const)
      .map((name) => this.metric(this.page, `${inPrometheus(name)}_count`, agent))
      .reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    for (const { child } of this.running.values()) child.kill('SIGKILL');
    await this.collector?.stop();
    await this.backend.close();
    rmSync(this.storage, { recursive: true, force: true });
  }
}

const startOf = ({ start }: ReceivedSpan): number => Number(start / 1_000_000n);
