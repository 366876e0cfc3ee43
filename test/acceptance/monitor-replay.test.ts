/** What `otel-mcp monitor` raises from the log of a real agent is what the agent's own monitor has raised, field by field. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import type { AuditRecord } from '../../src/audit/schema';
import type { MonitorReport } from '../../src/simulate/monitoring/model';
import { REPOSITORY } from '../support/installs';
import { expectExit, runProgram } from '../support/run-program';
import { runGuarded, temporaryFolder, type GuardedRun, type Policy, type Step } from './support/guarded-run';
import { SIDES } from './support/nine-cases';

const OTEL_MCP = join(REPOSITORY, 'build/src/cli/main.js');

const POLICY: Policy = {
  mode: 'enforce',
  rules: [
    { id: 'no-admin', deny: { tool: ['*admin*', 'wipe'] } },
    { id: 'maybe-not', deny: { tool: ['trigger*'] }, mode: 'observe' },
    { id: 'others', allow: { tool: '*' } },
  ],
  limits: { rate: [{ id: 'calls', per: ['user'], points: 15, window: '60s' }] },
  classification: { admin: ['*/wipe'], sensitive: ['main/echo'], egress: ['other/echo'] },
  // By the place that the recorder in front of each writes to.
  servers: {
    main: { match: { command: 'node', args: ['*tee.cjs', '*server-main', '*', '*'] } },
    other: { match: { command: 'node', args: ['*tee.cjs', '*server-other', '*', '*'] } },
  },
  monitor: {},
};

/** The fields of an alert that its event and its finding decide; what a writer adds is not among them. */
function toldOf(line: AuditRecord) {
  const { call_id, finding, server_id, span_id, tool_name, trace_id, user_id, agent_name, writer } = line;
  return { ...finding, call_id, server_id, span_id, tool_name, trace_id, user_id, agent_name, writer };
}

type Told = ReturnType<typeof toldOf>;

const alertsOf = ({ audit }: GuardedRun): Told[] =>
  audit.filter(({ event }) => event === 'mcp_security_alert').map(toldOf);

function replayedOf({ findings }: MonitorReport): Told[] {
  return findings.map(({ timeline: _, time: __, file: ___, line: ____, ...told }) => told as Told);
}

for (const { name, agent, echo, textArgument } of SIDES) {
  describe(`a replay: ${name}`, () => {
    test('raises what was raised live: bursts, denials, sensitive reads and what follows them, failures', async (t) => {
      const call = (userId: string, tool: string, more: Partial<Step> = {}): Step => ({
        as: { userId, sessionId: `session of ${userId}` },
        call: tool,
        arguments: {},
        ...more,
      });
      const read = (userId: string, server: string, text: string): Step =>
        call(userId, 'echo', { server, arguments: { [textArgument]: text } });
      const steps: Step[] = [
        ...Array.from({ length: 11 }, (_, index) => read('ada', 'main', String(index))),
        ...['wipe', 'admin_a', 'wipe', 'admin_b'].map((tool) => call('mallory', tool, { server: 'main' })),
        { together: [Array.from({ length: 20 }, (_, index) => read('bob', 'main', `burst ${index}`))] },
        read('eve', 'main', 'a secret'),
        read('eve', 'other', 'sent away'),
        ...[1, 2, 3].map(() => call('carl', 'no_such_tool', { server: 'main' })),
        ...[1, 2, 3].map(() => call('carl', 'trigger_admin', { server: 'main' })),
      ];
      const run = await runGuarded({ agent, servers: { main: echo, other: echo }, steps, policy: POLICY });
      const live = alertsOf(run);
      const rules = new Set(live.map(({ rule }) => rule));
      for (const rule of ['privilege_escalation', 'unusual_data_access', 'sensitive_flow'])
        assert.ok(rules.has(rule), `${rule} was raised live`);

      const folder = temporaryFolder(t);
      const [log, policy] = [join(folder, 'audit.jsonl'), join(folder, 'policy.json')];
      writeFileSync(log, run.audit.map((record) => `${JSON.stringify(record)}\n`).join(''));
      writeFileSync(policy, JSON.stringify({ version: 1, id: 'acceptance', ...POLICY }));
      const args = ['monitor', log, '--policy', policy, '--compare', '--json', '--fail-on', 'none'];
      const { stdout } = expectExit(await runProgram(OTEL_MCP, { args }));
      const report = JSON.parse(stdout) as MonitorReport;
      assert.deepEqual(replayedOf(report), live);
      assert.deepEqual(report.comparison, { both: live.length, only_live: 0, only_here: 0, unmatched: [] });
    });
  });
}
