/** The rules that come with the package, on events as the audit log has them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { compileRules } from '../../../src/monitor/rules/compile';
import { BUILT_IN_RULES } from '../../../src/policy/monitor-fields';
import { DENIED, FAILED, Run } from './support';

const run = (): Run => new Run(compileRules([...BUILT_IN_RULES], []));

test('every rule is announced with its severity, and recommends something', () => {
  assert.deepEqual(run().engine.ruleNames(), [
    { rule: 'brute_force', severity: 'high' },
    { rule: 'privilege_escalation', severity: 'critical' },
    { rule: 'unusual_data_access', severity: 'medium' },
    { rule: 'sensitive_flow', severity: 'high' },
  ]);
});

describe('brute_force', () => {
  test('is five failures of one user at one server in 300 s, once', () => {
    const rules = run();
    for (const at of [0, 10, 20, 298]) assert.deepEqual(rules.at(at, FAILED), []);
    assert.deepEqual(rules.at(299.999, FAILED), ['brute_force high']);
    assert.deepEqual(rules.at(300, FAILED), []);
    const [finding] = rules.findings;
    assert.equal(
      finding?.description,
      '5 failed authentications of user alice at crm within 300 s (limit 5)',
    );
    assert.deepEqual(finding.group, { user_id: 'alice', server_id: 'crm' });
    assert.equal(finding.count, 5);
    assert.equal(finding.score, 1);
    assert.equal(finding.category, 'security_alert');
    assert.equal(finding.since, finding.event.timestamp - 300_000);
    assert.match(finding.recommendedAction ?? '', /tokens/);
  });

  test('is not five failures in more than 300 s', () => {
    const rules = run();
    for (const at of [0, 10, 20, 30, 300]) assert.deepEqual(rules.at(at, FAILED), []);
  });

  test('is not five users who fail once, nor one user at five servers, nor of two tenants', () => {
    const rules = run();
    for (const user of ['a', 'b', 'c', 'd', 'e'])
      assert.deepEqual(rules.at(0, { ...FAILED, user_id: user }), []);
    for (const server of ['a', 'b', 'd', 'e', 'f'])
      assert.deepEqual(rules.at(1, { ...FAILED, server_id: server }), []);
    for (const tenant of ['x', 'y', 'x', 'y', 'x', 'y'])
      assert.deepEqual(rules.at(2, { ...FAILED, tenant_id: tenant, user_id: 't' }), []);
  });

  test('is not successes, and is raised again when it goes on for longer than its timespan', () => {
    const rules = run();
    for (let at = 0; at < 20; at += 1) assert.deepEqual(rules.at(at, { ...FAILED, success: true }), []);
    for (let at = 20; at < 24; at += 1) rules.at(at, FAILED);
    assert.deepEqual(rules.at(24, FAILED), ['brute_force high']);
    for (let at = 30; at < 324; at += 10) assert.deepEqual(rules.at(at, FAILED), []);
    assert.deepEqual(rules.at(324, FAILED), ['brute_force high']);
  });
});

describe('privilege_escalation', () => {
  test('is three denials of what is called or tagged admin, in 60 s', () => {
    const rules = run();
    assert.deepEqual(rules.at(0, { ...DENIED, target: 'Admin_reset' }), []);
    assert.deepEqual(rules.at(30, { ...DENIED, target: 'wipe', tags: ['admin'] }), []);
    assert.deepEqual(rules.at(31, { ...DENIED, target: 'search' }), []);
    assert.deepEqual(rules.at(59, { ...DENIED, target: 'list_admins', server_id: 'other' }), [
      'privilege_escalation critical',
    ]);
    assert.equal(
      rules.findings[0]?.description,
      '3 denied calls of administrative tools of user alice within 60 s (limit 3)',
    );
  });

  test('is not three in more time, nor calls that are allowed', () => {
    const rules = run();
    for (const at of [0, 30, 60]) assert.deepEqual(rules.at(at, { ...DENIED, target: 'admin' }), []);
    for (const at of [70, 71, 72]) assert.deepEqual(rules.at(at, { target: 'admin', user_id: 'bob' }), []);
  });
});

describe('unusual_data_access', () => {
  test('is ten reads of sensitive data in an hour', () => {
    const rules = run();
    for (let read = 0; read < 9; read += 1)
      assert.deepEqual(rules.at(read * 60, { tags: ['pii', 'sensitive'] }), []);
    assert.deepEqual(rules.at(590, { tags: ['pii'] }), []);
    assert.deepEqual(rules.at(591, { tags: ['sensitive'], success: false }), []);
    assert.deepEqual(rules.at(600, { tags: ['sensitive'] }), ['unusual_data_access medium']);
  });
});

describe('sensitive_flow', () => {
  const READ = { tags: ['sensitive'], server_id: 'crm' };
  const SEND = { tags: ['egress'], server_id: 'mail' };

  test('is a read of sensitive data, then a call that sends, of another server', () => {
    const rules = run();
    assert.deepEqual(rules.at(0, READ), []);
    assert.deepEqual(rules.at(10, SEND), ['sensitive_flow high']);
    assert.equal(
      rules.findings[0]?.description,
      'Sensitive flow: sensitive data read, then data sent to another server in session s1 within 1 h',
    );
  });

  test('is not the other order, the same server, another session, or an hour later', () => {
    const rules = run();
    assert.deepEqual(rules.at(0, SEND), []);
    assert.deepEqual(rules.at(1, READ), []);
    assert.deepEqual(rules.at(2, { ...SEND, server_id: 'crm' }), []);
    assert.deepEqual(rules.at(3, { ...SEND, session: 's2' }), []);
    assert.deepEqual(rules.at(3_601, SEND), []);
  });

  test('is not a tool that reads and sends itself, but is two of them', () => {
    const rules = run();
    const both = ['sensitive', 'egress'];
    assert.deepEqual(rules.at(0, { tags: both, server_id: 'a' }), []);
    assert.deepEqual(rules.at(1, { tags: both, server_id: 'b' }), ['sensitive_flow high']);
  });

  test('is not one call across sessions of connections, where the process and its user are the session', () => {
    const rules = run();
    const scope = { session_scope: 'connection' };
    assert.deepEqual(rules.at(0, { ...READ, ...scope, session: 'c1' }), []);
    assert.deepEqual(rules.at(1, { ...SEND, ...scope, session: 'c2' }), ['sensitive_flow high']);
  });
});
