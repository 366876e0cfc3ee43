/** The formula of docs/operations.md for the series of an agent, beside the page of a real one; and its sums. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';

import { loadOf, pointsOfAgent, RATES, seriesOfAgent } from '../../tools/gen/operations/arithmetic';
import { bytes, cores, many } from '../../tools/gen/operations/units';
import { alertmanagerFlags, prometheusFlags } from '../../tools/stack/flags';
import { freePort } from '../../tools/stack/ports';
import { REPOSITORY } from '../support/installs';
import { startProgram } from '../support/run-program';

const AGENT = join(REPOSITORY, 'bench/fleet/programs/agent.mjs');

/** Series of the page of an agent with ten tools of two servers. */
async function pageOf(context: TestContext, users: number, hasPolicy: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'operations-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, readFileSync(join(REPOSITORY, 'bench/fleet/policy.yaml')));
  const port = await freePort();
  const { child, result } = startProgram(AGENT, {
    preload: 'require',
    cwd: REPOSITORY,
    env: {
      FLEET: JSON.stringify({ users, calls: users * 10, denied: 0, wait: true }),
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      ...(hasPolicy && { MCP_GUARD_POLICY: policy }),
    },
  });
  await Promise.race([once(child.stdout, 'data'), result]);
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  child.stdin.end();
  const { code, stderr } = await result;
  assert.equal(code, 0, stderr);
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}

describe('series of one agent', () => {
  for (const [users, guards] of [
    [1, 8],
    [20, 8],
    [5, 0],
  ] as const) {
    test(`${users} users, ${guards} guards: the formula is at most 3 % above, and not below`, async (context) => {
      const found = await pageOf(context, users, guards > 0);
      const computed = seriesOfAgent({ tools: 10, servers: 2, users, guards });
      assert.ok(computed >= found && computed <= found * 1.03, `${computed} computed, ${found} found`);
    });
  }

  test('a histogram is one point over OTLP and seventeen series', () => {
    const shape = { tools: 10, servers: 2, users: 5, guards: 8 };
    const { histograms, numbers } = pointsOfAgent(shape);
    assert.equal(histograms, 24);
    assert.equal(histograms * 17 - 2 + numbers + 1, seriesOfAgent(shape));
  });
});

test('what it says of the shipped configuration is in the shipped files', () => {
  const page = readFileSync(join(REPOSITORY, 'docs/operations.md'), 'utf8');
  const shipped = (file: string) => readFileSync(join(REPOSITORY, 'collector-config', file), 'utf8');
  const collector = shipped('collector.yaml');
  assert.ok(page.includes('`num_traces: 50000`') && collector.includes('num_traces: 50000'));
  assert.ok(page.includes('512 MiB') && collector.includes('${env:MCP_MEMORY_LIMIT_MIB:-512}'));
  assert.ok(collector.includes(`{env:MCP_DECISION_WAIT:-${RATES.decisionWaitSeconds}s}`));
  assert.ok(collector.includes('{env:MCP_SAMPLING_PERCENT:-10}'));
  assert.ok(
    page.includes('(100,000:') && shipped('jaeger/jaeger.yaml').includes('MCP_JAEGER_MAX_TRACES:-100000'),
  );
  const prometheus = shipped('prometheus/prometheus.yaml');
  assert.match(prometheus, /^ {2}scrape_interval: 15s$/m);
  // Its default is the 10 s of the page.
  assert.doesNotMatch(prometheus, /^ *scrape_timeout:/m);
  const folder = readdirSync(join(REPOSITORY, 'collector-config'));
  for (const [, name = ''] of page.matchAll(/`((?:collector|redaction)[\w-]*\.yaml)`/g)) {
    assert.ok(folder.includes(name), name);
  }
  const flags = [
    ...prometheusFlags({ config: '', data: '', listen: '' }, false),
    ...alertmanagerFlags({ config: '', data: '', listen: '' }),
  ];
  for (const flag of ['--storage.tsdb.retention.time=1y', '--data.retention=720h']) {
    assert.ok(page.includes(`\`${flag}\``) && flags.includes(flag), flag);
  }
});

test('sums are linear in the number of agents', () => {
  const [one, many100] = [loadOf(1), loadOf(100)];
  for (const key of Object.keys(one) as (keyof typeof one)[]) {
    assert.ok(one[key] > 0, key);
    assert.ok(Math.abs(many100[key] / one[key] - 100) < 1e-6, key);
  }
});

test('numbers are shown to two digits', () => {
  assert.deepEqual(
    [
      bytes(0),
      bytes(826),
      bytes(1_032),
      bytes(999.9),
      bytes(4.71e12),
      many(5_886_000),
      many(126),
      cores(0.002),
    ],
    ['0 B', '830 B', '1 kB', '1 kB', '4.7 TB', '5.9 million', '130', 'below 0.01'],
  );
});
