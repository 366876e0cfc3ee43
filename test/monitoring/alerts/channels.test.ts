/** The shipped Alertmanager configuration: who is told of what, on paper (amtool) and in fact. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { ALERTMANAGER_FOLDER } from '../../../tools/stack/alertmanager';
import { program } from '../../../tools/stack/programs';
import { component } from '../../real/support/component';
import type { Channel } from './support/receivers';
import { SECRETS, startChannels } from './support/shipped-alertmanager';

const FILE = join(ALERTMANAGER_FOLDER, 'alertmanager.yaml');

/** The runtime guide's table. */
const TABLE: Readonly<Record<string, readonly Channel[]>> = {
  low: ['email'],
  medium: ['email', 'slack'],
  high: ['email', 'slack', 'pagerduty'],
  critical: ['email', 'slack', 'pagerduty', 'webhook'],
  warning: ['email'],
};

async function amtool(...args: string[]): Promise<{ code: number; output: string }> {
  const binary = await program('amtool');
  return new Promise((resolve) => {
    execFile(binary, args, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

const routes = (receivers: readonly string[], ...labels: string[]) =>
  amtool(
    'config',
    'routes',
    'test',
    `--config.file=${FILE}`,
    `--verify.receivers=${receivers.join(',')}`,
    ...labels,
  );

test('amtool accepts the configuration and its templates', async (context) => {
  const result = await component(context, () => amtool('check-config', FILE));
  if (result === undefined) return;
  assert.equal(result.code, 0, result.output);
  assert.match(result.output, /4 receivers/);
  assert.match(result.output, /1 templates/);
});

test('every severity goes where the table says', async (context) => {
  for (const [severity, channels] of Object.entries(TABLE)) {
    // Its order is that of the routes.
    const expected = (['webhook', 'pagerduty', 'slack', 'email'] as const).filter((one) =>
      channels.includes(one),
    );
    const result = await component(context, () => routes(expected, 'component=mcp', `severity=${severity}`));
    if (result === undefined) return;
    assert.equal(result.code, 0, `${severity}: ${result.output}`);
  }
  // Whatever else an alert is labelled with; a finding brings its severity along.
  for (const [severity, channels] of Object.entries({ ...TABLE, dire: ['email'] as const })) {
    const expected = (['webhook', 'pagerduty', 'slack', 'email'] as const).filter((one) =>
      (channels as readonly Channel[]).includes(one),
    );
    const labels = ['alertname=McpFinding', 'alert_class=security', 'rule=brute_force', 'component=mcp'];
    const result = await routes(expected, ...labels, `severity=${severity}`);
    assert.equal(result.code, 0, `finding ${severity}: ${result.output}`);
  }
  for (const labels of [['component=mcp'], ['component=other', 'severity=critical'], ['alertname=x']]) {
    const result = await routes(['email'], ...labels);
    assert.equal(result.code, 0, `${labels.join()}: ${result.output}`);
  }
  const wrong = await routes(['email'], 'component=mcp', 'severity=critical');
  assert.equal(wrong.code, 1, 'a wrong expectation passes');
});

interface Given {
  readonly alertname: string;
  readonly severity: string;
  readonly job?: string;
  readonly tool_name?: string;
  readonly rule?: string;
  readonly host?: string;
  readonly mountpoint?: string;
}

const alert = ({ job = 'a', ...labels }: Given) => ({
  labels: { component: 'mcp', alert_class: 'reliability', job, ...labels },
  annotations: {
    summary: `summary of ${labels.alertname}`,
    description: `description of ${labels.alertname}`,
    runbook_url: 'docs/runbook.md#x',
  },
});

test('notifications arrive by channel, with secrets from files; the worse of two levels inhibits the other', async (context) => {
  const channels = await component(context, startChannels);
  if (channels === undefined) return;
  context.after(() => channels.stop());
  const { alertmanager, receivers } = channels;

  const bySeverity = Object.keys(TABLE).map((severity) => ({ alertname: `Only-${severity}`, severity }));
  const silenced: Given[] = [
    { alertname: 'HighErrorRate', severity: 'medium' },
    { alertname: 'McpToolLatencyHigh', severity: 'medium', tool_name: 'worst' },
    { alertname: 'McpAgentSilent', severity: 'medium', job: 'b' },
    { alertname: 'McpFinding', severity: 'medium', rule: 'latency' },
    { alertname: 'McpHostDiskHigh', severity: 'medium', host: 'hera', mountpoint: '/data' },
  ];
  const speaking: Given[] = [
    { alertname: 'HighErrorRate', severity: 'high' },
    { alertname: 'HighErrorRate', severity: 'medium', job: 'other' },
    { alertname: 'McpToolLatencyHigh', severity: 'critical', tool_name: 'worst' },
    { alertname: 'McpToolLatencyHigh', severity: 'medium', tool_name: 'slow' },
    { alertname: 'McpMetricsAbsent', severity: 'high', job: '' },
    // Another rule, another disk, another host: none hides the others.
    { alertname: 'McpFinding', severity: 'high', rule: 'latency' },
    { alertname: 'McpFinding', severity: 'critical', rule: 'privilege_escalation' },
    { alertname: 'McpFinding', severity: 'medium', rule: 'unusual_data_access' },
    { alertname: 'McpHostDiskHigh', severity: 'critical', host: 'hera', mountpoint: '/data' },
    { alertname: 'McpHostDiskHigh', severity: 'medium', host: 'hera', mountpoint: '/' },
    { alertname: 'McpHostDiskHigh', severity: 'medium', host: 'zeus', mountpoint: '/data' },
  ];
  await alertmanager.post([...bySeverity, ...silenced, ...speaking].map(alert));

  await alertmanager.eventually('every channel has what it is to get', () =>
    Object.entries(TABLE).every(([severity, expected]) =>
      expected.every((channel) => receivers.of(channel, `Only-${severity}`).length > 0),
    ),
  );
  // Whatever should not come would have come by now: three times the waiting time of a group.
  await pause(3000);
  for (const [severity, expected] of Object.entries(TABLE)) {
    for (const channel of ['email', 'slack', 'pagerduty', 'webhook'] as const) {
      const arrived = receivers.of(channel, `Only-${severity}`).length > 0;
      assert.equal(arrived, expected.includes(channel), `${severity} by ${channel}`);
    }
  }

  const keyOf = (labels: Readonly<Record<string, string | undefined>>): string =>
    ['alertname', 'severity', 'job', 'tool_name', 'rule', 'host', 'mountpoint']
      .map((name) => labels[name] ?? '')
      .join(' ');
  const states = new Map(
    (await alertmanager.alerts()).map(({ labels, status }) => [keyOf(labels), status.state]),
  );
  const stateOf = (given: Given) => states.get(keyOf({ job: 'a', ...given }));
  for (const one of silenced) assert.equal(stateOf(one), 'suppressed', JSON.stringify(one));
  for (const one of speaking) assert.equal(stateOf(one), 'active', JSON.stringify(one));

  // The same in what arrived: of HighErrorRate of job a, only the worse level.
  assert.equal(receivers.of('email', 'HighErrorRate high (a)').length, 1);
  assert.deepEqual(receivers.of('email', 'HighErrorRate medium (a)'), []);
  assert.equal(receivers.of('email', 'HighErrorRate medium (other)').length, 1);

  const [mail] = receivers.of('email', 'Only-high');
  assert.match(mail?.text ?? '', /Subject: \[FIRING:1\] Only-high high \(a\)/);
  assert.match(
    mail?.text ?? '',
    /summary of Only-high\s+description of Only-high\s+Runbook: docs\/runbook\.md#x/,
  );
  assert.ok(receivers.logins.every((login) => login === `alertmanager:${SECRETS.smtp_password}`));
  const page = JSON.parse(receivers.of('pagerduty', 'Only-high')[0]?.text ?? '{}') as Record<string, unknown>;
  assert.equal(page['routing_key'], SECRETS.pagerduty_routing_key);
  assert.deepEqual(severities(receivers.of('pagerduty', 'Only-')), ['critical', 'error']);
});

const severities = (pages: readonly { text: string }[]): string[] =>
  pages
    .map(({ text }) => (JSON.parse(text) as { payload: { severity: string } }).payload.severity)
    .toSorted();
