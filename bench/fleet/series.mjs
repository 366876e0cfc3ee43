/** How many time series one agent is to Prometheus: of a real page, beside what the formula of docs/operations.md says. */
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { policyFolder, startAgent } from './agents.mjs';
import { ROOT } from '../lib/paths.mjs';

const require = createRequire(import.meta.url);
const { seriesOfAgent } = require(join(ROOT, 'build/tools/gen/operations/arithmetic.js'));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function pageOf(users, policy) {
  const folder = policyFolder();
  const port = await freePort();
  const { child, ended } = startAgent(
    { users, calls: users * 10, denied: 0, wait: true },
    {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      ...(policy && { MCP_GUARD_POLICY: join(folder, 'policy.yaml') }),
    },
  );
  try {
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      ended.catch(reject);
    });
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } finally {
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const seriesIn = (page) => page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

export async function measureSeries() {
  const found = {};
  for (const [name, users, guarded] of [
    ['agentSeries1User', 1, true],
    ['agentSeries5Users', 5, true],
    ['agentSeries50Users', 50, true],
    ['agentSeriesNoPolicy', 5, false],
  ]) {
    const page = await pageOf(users, guarded);
    const shape = { tools: 10, servers: 2, users, guards: guarded ? 8 : 0 };
    found[name] = seriesIn(page);
    found[`${name}Formula`] = seriesOfAgent(shape);
    found[`${name}PageBytesPerSeries`] = page.length / seriesIn(page);
  }
  return found;
}
