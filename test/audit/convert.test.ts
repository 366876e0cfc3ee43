/** Other systems' forms of a record. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { convertRecord } from '../../src/audit/convert';
import type { AuditRecord } from '../../src/audit/schema';
import { decision, filesIn, openLog, runCall, temporaryFolder, toolCall } from './support';

function blocked(t: { after(work: () => void): void }): { record: AuditRecord; text: string } {
  const folder = temporaryFolder(t);
  const facts = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  const log = openLog({ dir: folder }, {}, { facts: () => facts });
  const call = toolCall({
    target: { type: 'tool', name: 'a|b=c\\d\ne' },
    identity: { userId: 'u', roles: ['ops'] },
  });
  runCall(log, call, [decision({ rule: 'r1' })], { status: 'denied', errorType: 'access_denied' });
  log.close();
  const text = readFileSync(filesIn(folder)[0]!, 'utf8').split('\n')[1]!;
  return { record: JSON.parse(text) as AuditRecord, text };
}

describe('a record becomes', () => {
  test('an OCSF API Activity with its link of the chain', (t) => {
    const { record, text } = blocked(t);
    const event = JSON.parse(convertRecord(record, text, 'ocsf')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(
      [event['class_uid'], event['category_uid'], event['type_uid'], event['time'], event['status_id']],
      [6003, 6, 600_399, Date.parse(record.timestamp), 2],
    );
    assert.deepEqual([event['action_id'], event['disposition_id'], event['is_alert']], [2, 2, true]);
    assert.deepEqual(event['actor'], { user: { uid: 'u', groups: [{ name: 'ops' }] } });
    assert.deepEqual(event['trace'], { uid: 'a'.repeat(32), span: { uid: 'b'.repeat(16) } });
    assert.deepEqual(event['attestation'], {
      uid: `${record.writer}:1`,
      authority_uid: record.kid,
      chain_uid: record.writer,
      fingerprint: { algorithm_id: 99, algorithm: 'HMAC-SHA-256', value: record.hash },
      prev_event: { fingerprint: { algorithm_id: 99, algorithm: 'HMAC-SHA-256', value: record.prev } },
    });
    assert.equal(event['raw_data'], text);
    for (const required of ['activity_id', 'severity_id', 'metadata', 'api', 'src_endpoint']) {
      assert.ok(event[required] !== undefined, required);
    }
  });

  test('a CEF line, its delimiters escaped', (t) => {
    const { record, text } = blocked(t);
    const line = convertRecord(record, text, 'cef');
    assert.match(
      line,
      /^CEF:0\|opentelemetry-instrumentation-mcp\|MCP audit\|[^|]+\|mcp_access_denied\|mcp_access_denied by tool_allowlist\|7\|rt=\d+ act=blocked /,
    );
    assert.match(line, /request=a\|b\\=c\\\\d\\ne /);
    assert.doesNotMatch(line, /\n/);
  });

  test('a CloudEvent that holds the record unchanged', (t) => {
    const { record, text } = blocked(t);
    const event = JSON.parse(convertRecord(record, text, 'cloudevents')) as Record<string, unknown>;
    assert.deepEqual(event['data'], record);
    assert.deepEqual(
      [event['specversion'], event['type'], event['id'], event['time']],
      ['1.0', 'mcpguard.audit.mcp_access_denied', `${record.writer}:1`, record.timestamp],
    );
  });

  test('what the monitor has found, with its severity and its words; an authentication with its outcome', () => {
    const finding = {
      category: 'security_alert',
      count: 5,
      description: 'five failed authentications of ann',
      group: { user_id: 'ann' },
      rule: 'brute_force',
      score: 1,
      severity: 'high',
      since: '2026-03-01T00:00:00.000Z',
    } as const;
    const alert = {
      event: 'mcp_security_alert',
      timestamp: '2026-03-01T00:05:00Z',
      user_id: 'ann',
      finding,
    } as const;
    const ocsf = JSON.parse(convertRecord(alert, '{}', 'ocsf')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(
      [ocsf['severity_id'], ocsf['is_alert'], ocsf['message']],
      [4, true, finding.description],
    );
    assert.deepEqual(ocsf['unmapped']?.['finding'], finding);
    const cef = convertRecord(alert, '{}', 'cef');
    assert.match(cef, /\|mcp_security_alert\|mcp_security_alert: brute_force\|8\|/);
    assert.match(cef, / msg=five failed authentications of ann /);
    const cloud = JSON.parse(convertRecord(alert, '{}', 'cloudevents')) as Record<string, unknown>;
    assert.deepEqual([cloud['type'], cloud['data']], ['mcpguard.audit.mcp_security_alert', alert]);
    const auth = {
      event: 'mcp_auth',
      timestamp: '2026-03-01T00:05:00Z',
      method: 'http_401',
      success: false,
    } as const;
    const login = JSON.parse(convertRecord(auth, '{}', 'ocsf')) as Record<string, unknown>;
    assert.deepEqual([login['activity_name'], login['status_id'], login['is_alert']], ['mcp_auth', 2, false]);
    for (const hostile of [7, null, {}, { severity: 'worst', description: ['a'] }, { severity: '__proto__' }])
      for (const format of ['ocsf', 'cef', 'cloudevents'] as const)
        assert.doesNotMatch(
          convertRecord({ ...alert, finding: hostile as never }, '{}', format),
          /undefined|NaN/,
        );
  });

  test('something also when it is of another program', () => {
    const guide = { event: 'mcp_tool_call', timestamp: '2024-12-19T10:30:00Z', success: true } as const;
    for (const format of ['ocsf', 'cef', 'cloudevents'] as const) {
      assert.doesNotMatch(convertRecord(guide, '{}', format), /undefined|NaN/);
    }
  });
});
