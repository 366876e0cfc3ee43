/**
 * From an agent to a notification: a real agent under a policy is denied twelve times at once; a real Prometheus with the shipped
 * configuration scrapes it, the shipped Alertmanager tells email and Slack. The guide's own rule, in the same Prometheus, does
 * not notice. Then the agent ends, and that is noticed too. Only intervals and `for` are shortened.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import type { PolicyInput } from '../../../src/policy/schema';
import { RECORDS } from '../../../tools/gen/promql/records';
import { freePort } from '../../../tools/stack/ports';
import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import { startPrometheus, type Prometheus } from '../../../tools/stack/prometheus';
import { component } from '../../real/support/component';
import { REPOSITORY } from '../../support/installs';
import { startProgram, type RunningProgram } from '../../support/run-program';
import { rulesAtOnce } from './support/rules-at-once';
import { startChannels } from './support/shipped-alertmanager';

const POLICY: PolicyInput = {
  version: 1,
  id: 'denied-agent',
  mode: 'enforce',
  rules: [{ id: 'few-tools', allow: { tool: ['echo'] } }],
  // Never reached: their zeros are there.
  limits: {
    rate: [{ id: 'calls', per: ['user'], points: 1000, window: '60s' }],
    budget: [{ id: 'all', per: ['user'], points: 1000, window: 'total' }],
  },
};

const RULES = {
  'rules/guide.yaml': rulesAtOnce('test/monitoring/rules/guide.rules.yaml'),
  'rules/mcp-alerts.yaml': rulesAtOnce('collector-config/prometheus/rules/mcp-alerts.yaml'),
};

async function startAgent(context: TestContext): Promise<{ agent: RunningProgram; address: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'denied-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(POLICY));
  const port = await freePort();
  const agent = startProgram(join(REPOSITORY, 'test/monitoring/alerts/programs/denied-agent.cjs'), {
    preload: 'require',
    timeoutMs: 120_000,
    env: {
      MCP_GUARD_POLICY: policy,
      MCP_USER_ID: 'maria',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    },
  });
  context.after(async () => {
    agent.child.stdin.end();
    await agent.result;
  });
  await said(agent, 'ready');
  return { agent, address: `127.0.0.1:${port}` };
}

async function said({ child, result, commandLine }: RunningProgram, text: string): Promise<void> {
  let heard = '';
  const listen = (chunk: string): void => void (heard += chunk);
  child.stdout.on('data', listen);
  const ended = result.then(({ stdout, stderr }) => {
    throw new Error(`ended before it said ${text}: ${commandLine}\n${stdout}${stderr}`);
  });
  while (!heard.includes(text)) await Promise.race([once(child.stdout, 'data'), ended]);
  child.stdout.off('data', listen);
}

for (const version of PROMETHEUS_VERSIONS) {
  test(`twelve denials at once reach email and Slack through Prometheus ${version}`, async (context) => {
    const channels = await component(context, startChannels);
    if (channels === undefined) return;
    context.after(() => channels.stop());
    const { agent, address } = await startAgent(context);
    const prometheus = await component(context, () =>
      startPrometheus({
        version,
        interval: '1s',
        targets: { agent: [address], alertmanager: [channels.alertmanager.address] },
        files: RULES,
      }),
    );
    if (prometheus === undefined) return;
    context.after(() => prometheus.stop());

    // The zeros of the policy's guards are there; the series of what is denied is born with all twelve.
    const counted = 'sum(mcp_access_denied_total)';
    await prometheus.eventually('the page is scraped', async () => (await prometheus.number(counted)) === 0);
    const before = Date.now();
    agent.child.stdin.write('go\n');
    await said(agent, 'denied 12');

    const { receivers } = channels;
    await prometheus.eventually('Slack and email are told', () =>
      (['slack', 'email'] as const).every(
        (channel) => receivers.of(channel, 'HighAccessDeniedRate').length > 0,
      ),
    );
    const seconds = ((Date.now() - before) / 1000).toFixed(1);
    process.stderr.write(`Prometheus ${version}: notified ${seconds} s after the denials\n`);

    const text = '12 access denied events in the last hour, 12 of them blocked, the others only observed.';
    for (const channel of ['slack', 'email'] as const) {
      assert.equal(receivers.of(channel, text).length, 1, channel);
    }
    assert.deepEqual(receivers.of('pagerduty', ''), []);
    assert.deepEqual(receivers.of('webhook', ''), []);
    assert.deepEqual(await firing(prometheus), ['HighAccessDeniedRate mcp-agents medium']);

    assert.equal(await prometheus.number(counted), 12);
    assert.equal(await prometheus.number('job:mcp_access_denied:increase1h'), 12);
    // The controls: the guide's expression, and increase() alone.
    assert.deepEqual(await prometheus.query('rate(mcp_access_denied_total[1h]) > 10'), []);
    assert.deepEqual(await prometheus.query('sum by (job) (increase(mcp_access_denied_total[1h])) > 10'), []);
    assert.deepEqual(await prometheus.query('ALERTS{component="guide"}'), []);
    await assertRulesHealthy(prometheus.get('rules'));
    await assertRecorded(prometheus);

    agent.child.stdin.end();
    await agent.result;
    await prometheus.eventually('the end of the agent is told', () =>
      (['slack', 'email'] as const).every((channel) => receivers.of(channel, 'McpTargetDown').length > 0),
    );
    assert.equal(receivers.of('slack', `No metrics from ${address} (mcp-agents)`).length, 1);
    // What the process counted outlives it.
    assert.deepEqual(await firing(prometheus), [
      'HighAccessDeniedRate mcp-agents medium',
      'McpTargetDown mcp-agents medium',
    ]);
  });
}

async function firing(prometheus: Prometheus): Promise<string[]> {
  const alerts = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
  return alerts
    .map(({ labels }) => `${labels['alertname']} ${labels['job']} ${labels['severity']}`)
    .toSorted();
}

interface Groups {
  groups: { rules: { name: string; health: string; lastError?: string; type: string }[] }[];
}

/** Nobody measures this host here (how busy it is would be an alert), and every server answers. */
const RIGHTLY_EMPTY: readonly string[] = (
  ['hostCpu', 'hostMemory', 'hostDisk', 'unavailable5m'] as const
).map((key) => RECORDS[key].name);

/** Every other recording rule gives numbers for this agent, none of them negative. */
async function assertRecorded(prometheus: Prometheus): Promise<void> {
  const { groups } = await prometheus.get<Groups>('rules');
  const records = groups.flatMap(({ rules }) => rules.filter(({ type }) => type === 'recording'));
  assert.equal(records.length, Object.keys(RECORDS).length);
  for (const { name } of records.filter(({ name: record }) => !RIGHTLY_EMPTY.includes(record))) {
    const samples = await prometheus.query(`{__name__="${name}", job="mcp-agents"} >= 0`);
    assert.ok(samples.length > 0, `${name} records nothing`);
  }
}

/** No rule of the shipped files fails to evaluate. */
async function assertRulesHealthy(answer: Promise<unknown>): Promise<void> {
  const { groups } = (await answer) as Groups;
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 50);
  assert.deepEqual(
    rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`),
    [],
  );
}
