/** The runtime guide's rules on real calls: what is raised, what is not, and where a finding is told. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { runGuarded, type GuardedRun, type Policy, type Setup, type Step } from './support/guarded-run';
import { SIDES } from './support/nine-cases';

const ENFORCED: Policy = {
  mode: 'enforce',
  rules: [
    { id: 'no-admin', deny: { tool: ['*admin*', 'wipe'] } },
    { id: 'others', allow: { tool: '*' } },
  ],
  classification: { admin: ['*/wipe'], sensitive: ['*/echo'] },
  // What is unusual is another test's affair.
  monitor: { anomaly: { enabled: false } },
};

const denied = (userId: string, tool: string): Step => ({ as: { userId }, call: tool, arguments: {} });

interface Raised {
  readonly rule: string | undefined;
  readonly severity: string | undefined;
  readonly group: Readonly<Record<string, string>> | undefined;
}

const alerts = ({ audit }: GuardedRun) => audit.filter(({ event }) => event === 'mcp_security_alert');
const raised = (run: GuardedRun): Raised[] =>
  alerts(run).map(({ finding }) => ({
    rule: finding?.rule,
    severity: finding?.severity,
    group: finding?.group,
  }));

const counted = ({ points }: GuardedRun): Record<string, number> =>
  Object.fromEntries(
    points
      .filter(({ name }) => name === 'mcpguard.findings')
      .map(({ attributes, value }) => [
        `${attributes['rule'] as string} ${attributes['severity'] as string}`,
        Number(value),
      ]),
  );

for (const { name, agent, echo, textArgument } of SIDES) {
  const read = (userId: string, times: number): Step[] =>
    Array.from({ length: times }, (_, index) => ({
      as: { userId },
      call: 'echo',
      arguments: { [textArgument]: String(index) },
    }));
  const run = (
    steps: readonly Step[],
    policy: Policy = ENFORCED,
    more: Partial<Setup> = {},
  ): Promise<GuardedRun> => {
    const env = { OTEL_LOGS_EXPORTER: undefined, ...more.env };
    return runGuarded({ agent, servers: { main: echo }, steps, policy, ...more, env });
  };

  describe(`rules over windows: ${name}`, { concurrency: 2 }, () => {
    describe('three denied admin calls of one user', () => {
      let three: GuardedRun;
      before(async () => {
        three = await run(
          ['admin_reset', 'wipe', 'list_admins', 'wipe'].map((tool) => denied('mallory', tool)),
        );
      });

      test('are one critical finding, also when there are more', () => {
        const [first, ...others] = raised(three);
        assert.deepEqual([first?.rule, first?.severity], ['privilege_escalation', 'critical']);
        assert.equal(first?.group?.['user_id'], 'mallory');
        assert.deepEqual(others, []);
      });

      test('it is a span below that of the third call', () => {
        const [span, ...others] = three.spans.filter((one) => one.name === 'mcpguard.finding');
        const third = three.spans.find((one) => one.name === 'tools/call list_admins');
        assert.ok(span && third);
        assert.deepEqual(others, []);
        assert.deepEqual(
          [span.traceId, span.parentSpanId, span.kind],
          [third.traceId, third.spanId, 'INTERNAL'],
        );
        assert.equal(span.end - span.start, 0n);
        assert.ok(span.start / 1_000_000n >= third.end / 1_000_000n);
        assert.deepEqual(span.attributes, {
          'mcpguard.finding.rule': 'privilege_escalation',
          'mcpguard.finding.severity': 'critical',
          'mcpguard.finding.score': 1,
          'user.id': 'mallory',
          'gen_ai.agent.name': alerts(three)[0]?.agent_name,
          'gen_ai.tool.name': 'list_admins',
        });
      });

      test('it is counted, beside zeros of the others', () => {
        const { 'privilege_escalation critical': count, ...others } = counted(three);
        assert.equal(count, 1);
        assert.ok(Object.keys(others).length >= 2);
        assert.deepEqual(new Set(Object.values(others)), new Set([0]));
      });

      test('it is a log record of its severity, and a line of the audit log with the call’s ids', () => {
        const [record] = three.logs.filter(({ eventName }) => eventName === 'mcpguard.finding');
        const [line] = alerts(three);
        assert.ok(record && line);
        assert.equal(record.severity, 21);
        assert.equal(record.body, line.finding?.description);
        assert.match(line.finding?.description ?? '', /mallory/);
        assert.notEqual(line.finding?.recommended_action, undefined);
        const third = three.audit.find(({ tool_name: tool }) => tool === 'list_admins');
        for (const field of ['call_id', 'trace_id', 'span_id', 'user_id', 'server_id'] as const)
          assert.equal(line[field], third?.[field], field);
        assert.deepEqual([record.traceId, record.spanId], [line.trace_id, line.span_id]);
      });
    });

    test('two are none, and three of three users are none', async () => {
      const users = ['ada', 'bob', 'eve'];
      const few = await run([...users, 'ada'].map((userId) => denied(userId, 'wipe')));
      assert.equal(few.audit.filter(({ event }) => event === 'mcp_access_denied').length, 4);
      assert.deepEqual(raised(few), []);
    });

    test('under observe the same is raised, and the calls are made', async () => {
      const steps = [1, 2, 3].map(() => denied('mallory', 'wipe'));
      const observed = await run(steps, { ...ENFORCED, mode: 'observe' });
      assert.deepEqual(
        raised(observed).map(({ rule, severity }) => [rule, severity]),
        [['privilege_escalation', 'critical']],
      );
    });

    test('ten sensitive reads in an hour are one finding of severity medium, nine are none', async () => {
      const many = await run([...read('ada', 9), ...read('bob', 11)]);
      assert.deepEqual(
        raised(many).map(({ rule, severity, group }) => [rule, severity, group?.['user_id']]),
        [['unusual_data_access', 'medium', 'bob']],
      );
    });

    test('without an audit log it is the same', async () => {
      const steps = [...read('ada', 10), ...[1, 2, 3].map(() => denied('ada', 'wipe'))];
      const unlogged = await run(steps, ENFORCED, { audit: false });
      assert.deepEqual(unlogged.audit, []);
      const { 'privilege_escalation critical': critical, 'unusual_data_access medium': medium } =
        counted(unlogged);
      assert.deepEqual([critical, medium], [1, 1]);
      assert.equal(unlogged.spans.filter((one) => one.name === 'mcpguard.finding').length, 2);
    });

    test('an unsampled call has no span of a finding, but the rest', async () => {
      const steps = [1, 2, 3].map(() => denied('mallory', 'wipe'));
      const unsampled = await run(steps, ENFORCED, { env: { OTEL_TRACES_SAMPLER: 'always_off' } });
      assert.deepEqual(unsampled.spans, []);
      assert.equal(counted(unsampled)['privilege_escalation critical'], 1);
      assert.equal(alerts(unsampled).length, 1);
      assert.equal(unsampled.logs.filter(({ eventName }) => eventName === 'mcpguard.finding').length, 1);
    });
  });
}
