/** The agent of names.test.ts, and what takes its metrics: two Prometheus that scrape, one that receives, one Collector. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import type { PolicyInput } from '../../../../src/policy/schema';
import { startCollector, type Collector } from '../../../../tools/stack/collector';
import { freePort } from '../../../../tools/stack/ports';
import type { PrometheusVersion } from '../../../../tools/stack/programs';
import { startPrometheus, type Prometheus } from '../../../../tools/stack/prometheus';
import { component } from '../../../real/support/component';
import { REPOSITORY } from '../../../support/installs';
import { startProgram, type RunningProgram } from '../../../support/run-program';
import { startOtlpTee, type OtlpTee } from './otlp-tee';
import { readPage, sorted, type View } from './page';

const SERVICE = 'names-agent';

function policy(folder: string, audit: NonNullable<PolicyInput['audit']>): PolicyInput {
  return {
    version: 1,
    id: 'every-metric',
    mode: 'enforce',
    identity: { required: true },
    servers: {
      everything: { match: { command: 'node', args: ['*server-everything*', 'stdio'] } },
      unapproved: { match: { command: 'node', args: ['*server-everything*'] }, action: 'deny' },
      files: {
        match: { command: 'node', args: ['*server-filesystem*'] },
        filesystem: { enabled: true, root: folder },
      },
      '*': { action: 'allow' },
    },
    rules: [
      { id: 'tools', allow: { server: 'everything', tool: ['echo', 'get-sum', 'get-tiny-image'] } },
      { id: 'files', allow: { server: 'files', tool: 'read_*' } },
      { id: 'no-images', deny: { tool: 'get-tiny-image' }, mode: 'observe' },
    ],
    limits: {
      size: { request_bytes: 2000 },
      rate: [{ id: 'sums', per: ['user'], for: 'everything/get-sum', points: 2, window: '1h' }],
      budget: [{ id: 'echoes', per: ['user'], for: 'everything/echo', points: 3, window: 'total' }],
      store: { memory: { max_keys: 3 } },
    },
    content: { hidden_characters: 'deny' },
    breaker: { per: ['server'], consecutive: 3, count: ['tool_error'] },
    // Nothing is found; a counter of each kind is there all the same.
    monitor: {},
    audit,
  };
}

export class Stand {
  views: readonly View[] = [];
  agent: RunningProgram | undefined;
  /** How the agent's tool calls ended, as the agent counted. */
  counted: Record<'success' | 'error' | 'denied', number> = { success: 0, error: 0, denied: 0 };
  private readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'names-')));
  private readonly closing: (() => unknown)[] = [];
  tee: OtlpTee | undefined;

  /** Everything up, and the agent at rest. */
  async start(context: TestContext): Promise<boolean> {
    const port = await freePort();
    const collector = await component(context, () => this.keep(startCollector()));
    const scraping = (version: PrometheusVersion) =>
      component(context, () => this.keep(this.scraper(version, port, collector)));
    const oldest = collector && (await scraping('2.42'));
    const newest = oldest && (await scraping('3.15'));
    const receiver =
      newest && (await component(context, () => this.keep(startPrometheus({ version: '3.15', config: {} }))));
    if (collector === undefined || oldest === undefined || newest === undefined || receiver === undefined) {
      return false;
    }
    const scrapedFrom = (title: string, prometheus: Prometheus): View[] => [
      { title: `${title}, scraped`, prometheus, selector: 'path="direct"', names: 'exporter' },
      { title: `${title}, Collector`, prometheus, selector: 'path="collector"', names: 'collector' },
    ];
    this.views = [
      ...scrapedFrom('Prometheus 2.42', oldest),
      ...scrapedFrom('Prometheus 3.15', newest),
      { title: 'its OTLP receiver', prometheus: receiver, selector: `job="${SERVICE}"`, names: 'collector' },
    ];
    this.tee = await startOtlpTee({
      '/v1/traces': [collector.otlpUrl],
      '/v1/metrics': [collector.otlpUrl, receiver.otlpUrl],
    });
    this.closing.push(() => this.tee?.close());
    await this.runAgent(port);
    await this.settle();
    return true;
  }

  async close(): Promise<void> {
    this.agent?.child.stdin.end();
    await this.agent?.result;
    for (const close of this.closing.toReversed()) await close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async keep<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    this.closing.push(() => started.stop());
    return started;
  }

  private scraper(
    version: PrometheusVersion,
    agent: number,
    collector: Collector | undefined,
  ): Promise<Prometheus> {
    const job = (path: string, target: string, more: object = {}) => ({
      job_name: path,
      ...more,
      static_configs: [{ targets: [target], labels: { path } }],
    });
    const config = {
      global: { scrape_interval: '2s', scrape_timeout: '2s' },
      scrape_configs: [
        job('direct', `127.0.0.1:${agent}`),
        job('collector', `127.0.0.1:${collector?.ports.metrics}`, { honor_labels: true }),
      ],
    };
    return startPrometheus({ version, config, logLevel: 'warn' });
  }

  /** Starts the agent; its audit log cannot be written any more after a while, and its policy file is broken once. */
  private async runAgent(port: number): Promise<void> {
    const work = join(this.folder, 'work');
    mkdirSync(work);
    writeFileSync(join(work, 'note.txt'), 'a note');
    this.write(policy(work, { dir: join(this.folder, 'audit') }));
    this.agent = startProgram(join(REPOSITORY, 'test/monitoring/paths/programs/every-metric.cjs'), {
      preload: 'require',
      timeoutMs: 120_000,
      env: {
        FOLDER: work,
        MCP_GUARD_POLICY: this.policyFile,
        OTEL_SERVICE_NAME: SERVICE,
        OTEL_EXPORTER_OTLP_ENDPOINT: this.tee?.url,
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        OTEL_METRIC_EXPORT_INTERVAL: '500',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      },
    });
    await this.said();
    const page = `http://127.0.0.1:${port}/metrics`;
    this.write('{}');
    await waitForPage(page, /^mcpguard_policy_load_errors_total(\{.*\})? 1$/m);
    this.write(policy(work, { file: '/dev/full' }));
    await waitForPage(page, /^mcpguard_audit_head_seq(\{.*\})? -1$/m);
    this.agent.child.stdin.write('more\n');
    this.counted = JSON.parse(await this.said()) as typeof this.counted;
  }

  private get policyFile(): string {
    return join(this.folder, 'policy.json');
  }

  private write(content: object | string): void {
    const file = `${this.policyFile}.new`;
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
    renameSync(file, this.policyFile);
  }

  /** The next line on stdout. */
  private async said(): Promise<string> {
    const { child, result } = this.agent!;
    const ended = result.then(({ stderr }) => Promise.reject(new Error(`the agent ended: ${stderr}`)));
    const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [string];
    return line;
  }

  /** Waits until every view has the same, or gives up: the tests say what is missing. They ask about the time that is found. */
  private async settle(): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const views = this.views.map((view) => ({ ...view, at: Date.now() / 1000 }));
      const pages = await Promise.all(views.map(readPage));
      const texts = new Set(pages.map((page) => JSON.stringify(sorted(page))));
      if ((texts.size === 1 && (pages[0]?.size ?? 0) > 0) || Date.now() > deadline) {
        this.views = views;
        return;
      }
      await pause(500);
    }
  }
}

async function waitForPage(url: string, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const page = await (await fetch(url)).text();
    if (pattern.test(page)) return;
    assert.ok(Date.now() < deadline, `${String(pattern)} is not on the page:\n${page.slice(0, 20_000)}`);
    await pause(100);
  }
}
