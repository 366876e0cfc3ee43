/**
 * Agents under a policy with a monitor, and a real server behind OAuth: authentications are lines of the audit log and a metric,
 * and five failures of one user are a finding.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { readAuditRecords } from '../../src/audit/reader';
import type { AuditRecord } from '../../src/audit/schema';
import { serveWithOAuth } from '../sdk/support/oauth-server';
import { REPOSITORY } from '../support/installs';
import { startOtlpReceiver, type ReceivedPoint } from '../support/otlp-receiver';
import { expectExit, runProgram } from '../support/run-program';

interface Watched {
  readonly stdout: string;
  readonly lines: readonly AuditRecord[];
  readonly points: readonly ReceivedPoint[];
}

const AUDITED = { audit: { dir: 'audit' } };
const WATCHED = { ...AUDITED, monitor: {} };

async function run(policy: object, ...users: string[]): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'authentication-'));
  const [server, receiver] = await Promise.all([serveWithOAuth(), startOtlpReceiver()]);
  try {
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify({ version: 1, id: 'watching', mode: 'observe', ...policy }));
    const program = join(REPOSITORY, 'test/sdk/programs/wrong-tokens.cjs');
    const { stdout } = expectExit(
      await runProgram(program, {
        preload: 'require',
        env: { ...receiver.env(), MCP_GUARD_POLICY: file },
        args: [server.url.href, ...users],
      }),
    );
    const lines: AuditRecord[] = [];
    for await (const record of readAuditRecords([join(folder, 'audit')])) lines.push(record);
    return { stdout, lines, points: receiver.points };
  } finally {
    await Promise.all([server.close(), receiver.close()]);
    rmSync(folder, { recursive: true });
  }
}

const refusedUsers = (...users: string[]) => users.map((user) => `${user} 401\n`).join('');
const ofEvent = ({ lines }: Watched, event: string) => lines.filter((line) => line.event === event);

describe('authentication under a monitor', () => {
  test('five failures of one user: five lines, one finding of severity high', async () => {
    const users = ['ada', 'ada', 'ada', 'ada', 'ada'];
    const watched = await run(WATCHED, ...users);
    assert.equal(watched.stdout, refusedUsers(...users));
    const failures = ofEvent(watched, 'mcp_auth');
    assert.equal(failures.length, 5);
    for (const { method, success, error_type, user_id, agent_name, server_id } of failures) {
      assert.deepEqual([method, success, error_type], ['http_401', false, '401']);
      assert.deepEqual([user_id, agent_name], ['ada', 'forgetful']);
      assert.match(server_id ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
    }
    const alerts = ofEvent(watched, 'mcp_security_alert');
    assert.deepEqual(
      alerts.map(({ finding }) => [finding?.rule, finding?.severity]),
      [['brute_force', 'high']],
    );
    const attempts = watched.points.filter(({ name }) => name === 'mcpguard.auth.attempts');
    const last = new Map(attempts.map(({ attributes, value }) => [attributes['outcome'], value]));
    assert.deepEqual(Object.fromEntries(last), { success: 0, failure: 5 });
  });

  test('five users who fail once: five lines, no finding', async () => {
    const users = ['ada', 'bob', 'cid', 'dan', 'eve'];
    const watched = await run(WATCHED, ...users);
    assert.equal(watched.stdout, refusedUsers(...users));
    assert.deepEqual(
      ofEvent(watched, 'mcp_auth').map(({ user_id }) => user_id),
      users,
    );
    assert.deepEqual(ofEvent(watched, 'mcp_security_alert'), []);
  });

  test('without a monitor nobody looks, and the agent sees the same', async () => {
    const watched = await run(AUDITED, 'ada', 'ada', 'ada', 'ada', 'ada');
    assert.equal(watched.stdout, refusedUsers('ada', 'ada', 'ada', 'ada', 'ada'));
    assert.deepEqual(ofEvent(watched, 'mcp_auth'), []);
    assert.deepEqual(ofEvent(watched, 'mcp_security_alert'), []);
  });
});
