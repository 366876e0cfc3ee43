/** What a time series costs a real Prometheus 3.15: memory in its head, CPU per sample, bytes per sample on disk. */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../lib/paths.mjs';
import { cpuSeconds, residentBytes } from './process.mjs';

const require = createRequire(import.meta.url);
const { startPrometheus } = require(join(ROOT, 'build/tools/stack/prometheus.js'));
const { program } = require(join(ROOT, 'build/tools/stack/programs.js'));

const VERSION = '3.15';
const STEPS = [20_000, 120_000];
const SCRAPES = 20;

/** One line of the page of an agent: labels as `mcp.tool.call.duration.seconds` has them. */
const line = (index, value) =>
  `mcp_tool_call_duration_seconds_bucket{otel_scope_name="opentelemetry-instrumentation-mcp",otel_scope_version="0.1.0",` +
  `tool_name="tool-${index % 10}",server_id="server-package-${index % 2}",agent_name="fleet-agent",status="success",` +
  `agent="agent-${Math.floor(index / 150)}",le="${index % 15}"} ${value}\n`;

async function startPages() {
  let series = 0;
  let scrape = 0;
  const server = createServer((_request, response) => {
    scrape += 1;
    const lines = Array.from({ length: series }, (_, index) => line(index, scrape * ((index % 7) + 1)));
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(lines.join(''));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    grow: (to) => (series = to),
    scrapes: () => scrape,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function measureHead() {
  const pages = await startPages();
  const scrape_configs = [{ job_name: 'agents', static_configs: [{ targets: [pages.address] }] }];
  const global = { scrape_interval: '2s', scrape_timeout: '2s' };
  const prometheus = await startPrometheus({
    version: VERSION,
    config: { global, scrape_configs },
    logLevel: 'warn',
  });
  try {
    const found = [];
    for (const series of STEPS) {
      pages.grow(series);
      const from = pages.scrapes();
      await prometheus.eventually(`${series} series`, () => pages.scrapes() >= from + 3, 120_000);
      const [cpu, first] = [cpuSeconds(prometheus.pid), pages.scrapes()];
      await prometheus.eventually('scrapes', () => pages.scrapes() >= first + SCRAPES, 300_000);
      found.push({
        resident: residentBytes(prometheus.pid),
        cpu: (cpuSeconds(prometheus.pid) - cpu) / ((pages.scrapes() - first) * series),
      });
    }
    const [small, large] = found;
    return {
      prometheusBytesPerSeries: (large.resident - small.resident) / (STEPS[1] - STEPS[0]),
      prometheusCpuPer1000Samples: large.cpu * 1000,
    };
  } finally {
    await prometheus.stop();
    pages.close();
  }
}

const SERIES = 300;
const INTERVAL_S = 30;
const SAMPLES = 2_880;

/** Counters that grow as an agent's do, written by promtool into blocks of a day. */
async function measureDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-prometheus-'));
  try {
    const file = join(folder, 'samples.txt');
    const out = createWriteStream(file);
    const start = Math.floor(Date.now() / 1000) - SAMPLES * INTERVAL_S - 86_400;
    out.write('# TYPE mcp_tool_calls counter\n');
    for (let index = 0; index < SERIES; index += 1) {
      let value = 0;
      let text = '';
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        if (Math.random() < 0.3) value += Math.ceil(Math.random() * 5);
        // Prometheus takes a scrape that is up to 2 ms late for one in time.
        const at = start + sample * INTERVAL_S;
        text += `mcp_tool_calls_total{tool_name="tool-${index % 10}",user_id="user-${index}"} ${value} ${at}\n`;
      }
      if (!out.write(text)) await once(out, 'drain');
    }
    out.end('# EOF\n');
    await once(out, 'finish');
    const promtool = await program('promtool', VERSION);
    const data = join(folder, 'data');
    execFileSync(
      promtool,
      ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=24h', file, data],
      {
        stdio: 'ignore',
      },
    );
    const names = readdirSync(data, { recursive: true, encoding: 'utf8' });
    const bytes = names.map((name) => statSync(join(data, name))).filter((one) => one.isFile());
    return { prometheusBytesPerSample: bytes.reduce((sum, { size }) => sum + size, 0) / (SERIES * SAMPLES) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function measurePrometheus() {
  return { ...(await measureHead()), ...(await measureDisk()) };
}
