/**
 * From a finding to a person: a real agent under a policy with a monitor, a real streamable HTTP server with OAuth, a real
 * Prometheus with the shipped rules and the shipped Alertmanager. Each of the runtime guide's three rules reaches the channels of
 * its severity and no other; what stays below their numbers, and users that fail once each, reach nobody.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import type { PolicyInput } from '../../../src/policy/schema';
import { freePort } from '../../../tools/stack/ports';
import { PROMETHEUS_VERSIONS } from '../../../tools/stack/programs';
import { startPrometheus } from '../../../tools/stack/prometheus';
import { component } from '../../real/support/component';
import { serveWithOAuth, type OAuthServer } from '../../sdk/support/oauth-server';
import { REPOSITORY } from '../../support/installs';
import { startProgram } from '../../support/run-program';
import type { Channel, Receivers } from './support/receivers';
import { startChannels } from './support/shipped-alertmanager';
import { rulesAtOnce } from './support/rules-at-once';

const POLICY: PolicyInput = {
  version: 1,
  id: 'watched-agent',
  mode: 'enforce',
  rules: [
    { id: 'no-admin', deny: { tool: 'admin_*' } },
    { id: 'others', allow: { tool: '*' } },
  ],
  classification: { sensitive: ['*/echo'] },
  // What a new process has not seen before is no concern of this test.
  monitor: { anomaly: { enabled: false } },
};

/** What is done, what is raised by it, and who is told: the runtime guide's table. */
const CASES: readonly {
  readonly line: string;
  readonly rule: string;
  readonly severity: string;
  readonly channels: readonly Channel[];
}[] = [
  {
    line: 'call ada echo 10',
    rule: 'unusual_data_access',
    severity: 'medium',
    channels: ['email', 'slack'],
  },
  {
    line: 'login mallory 5',
    rule: 'brute_force',
    severity: 'high',
    channels: ['email', 'slack', 'pagerduty'],
  },
  {
    line: 'call eve admin_reset 3',
    rule: 'privilege_escalation',
    severity: 'critical',
    channels: ['email', 'slack', 'pagerduty', 'webhook'],
  },
];
const CHANNELS: readonly Channel[] = ['email', 'slack', 'pagerduty', 'webhook'];

/** One below every rule's number, and as many as it takes but of different users. */
const BELOW = [
  'call bob echo 9',
  'login bob 4',
  'call bob admin_reset 2',
  ...['u1', 'u2', 'u3', 'u4', 'u5'].map((user) => `login ${user} 1`),
];

async function startAgent(context: TestContext, server: OAuthServer) {
  const folder = mkdtempSync(join(tmpdir(), 'watched-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(POLICY), { mode: 0o600 });
  const port = await freePort();
  const { child, result, commandLine } = startProgram(
    join(REPOSITORY, 'test/monitoring/alerts/programs/watched-agent.cjs'),
    {
      preload: 'require',
      timeoutMs: 120_000,
      env: {
        SERVER: server.url.href,
        TOKEN: server.token(),
        MCP_GUARD_POLICY: policy,
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'prometheus',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      },
    },
  );
  context.after(async () => {
    child.stdin.end();
    await result;
  });
  const ended = result.then(({ stdout, stderr }) => {
    throw new Error(`ended early: ${commandLine}\n${stdout}${stderr}`);
  });
  ended.catch(() => undefined);
  let heard = '';
  child.stdout.on('data', (chunk: string) => void (heard += chunk));
  const said = async (text: string): Promise<void> => {
    while (!heard.includes(text)) await Promise.race([once(child.stdout, 'data'), ended]);
  };
  await said('ready');
  return {
    address: `127.0.0.1:${port}`,
    async does(line: string): Promise<void> {
      child.stdin.write(`${line}\n`);
      await said(`done: ${line}\n`);
    },
  };
}

const toldOf = (receivers: Receivers, text: string): Channel[] =>
  CHANNELS.filter((channel) => receivers.of(channel, text).length > 0);

for (const version of PROMETHEUS_VERSIONS) {
  test(`findings reach the channels of their severity through Prometheus ${version}`, async (context) => {
    const channels = await component(context, startChannels);
    if (channels === undefined) return;
    context.after(() => channels.stop());
    const server = await serveWithOAuth();
    context.after(() => server.close());
    const agent = await startAgent(context, server);
    const prometheus = await component(context, () =>
      startPrometheus({
        version,
        interval: '1s',
        targets: { agent: [agent.address], alertmanager: [channels.alertmanager.address] },
        files: { 'rules/mcp-alerts.yaml': rulesAtOnce('collector-config/prometheus/rules/mcp-alerts.yaml') },
      }),
    );
    if (prometheus === undefined) return;
    context.after(() => prometheus.stop());
    const { receivers } = channels;
    const count = (rule: string): Promise<number> =>
      prometheus.number(`sum(mcpguard_findings_total{rule="${rule}"})`);

    for (const line of BELOW) await agent.does(line);
    const failures = 'sum(mcpguard_auth_attempts_total{outcome="failure"})';
    await prometheus.eventually(
      'all failures are scraped',
      async () => (await prometheus.number(failures)) === 9,
    );
    for (const { rule } of CASES) assert.equal(await count(rule), 0, rule);

    for (const { line, rule, severity, channels: wanted } of CASES) {
      await agent.does(line);
      await prometheus.eventually(`${rule} is told`, () => toldOf(receivers, rule).length >= wanted.length);
      assert.deepEqual(toldOf(receivers, rule), wanted, rule);
      assert.equal(await count(rule), 1);
      assert.equal(
        await prometheus.number(
          `count(ALERTS{alertname="McpFinding",rule="${rule}",severity="${severity}",alertstate="firing"})`,
        ),
        1,
      );
    }
    assert.equal(await prometheus.number(failures), 14);
  });
}
